package arms

import (
	"fmt"
	"os"

	"authbench/bench"
	"authbench/internal/auth"
)

// fromFile reads the user's own credentials.
func fromFile(path string) (field string, _ *credentials, err error) {
	f, err := os.Open(path)
	if err != nil {
		return "", nil, fmt.Errorf("read credentials: %w", err)
	}
	defer f.Close()
	list, err := auth.ReadCredentials(path, f)
	if err != nil {
		return "", nil, err
	}
	out := &credentials{}
	for _, c := range list.Credentials {
		out.byClass[c.Class.Index()].add([]byte(c.Value))
	}
	if out.byClass[0].len() == 0 {
		return "", nil, fmt.Errorf("%s: no credential of class %s; the arm needs at least one", path, bench.Valid)
	}
	return list.Field, out, nil
}
