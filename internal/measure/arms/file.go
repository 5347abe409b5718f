package arms

import (
	"fmt"

	"authbench/bench"
	"authbench/internal/measure/load"
)

// Ready are the credentials of a file, ready to be sent.
type Ready struct {
	// Field is the header field that carries them.
	Field       string
	Credentials load.Credentials
	Mix         []load.Share
}

// ReadCredentials reads a file of the user's own credentials. Its bad ones get
// badShare of the requests, if there are any.
func ReadCredentials(path string, badShare float64) (Ready, error) {
	field, credentials, err := fromFile(path)
	if err != nil {
		return Ready{}, err
	}
	w := mintedCredentials{field: field, credentials: credentials}
	return Ready{Field: field, Credentials: credentials, Mix: w.mix(badShare, 0)}, nil
}

// fromFile reads the user's own credentials.
func fromFile(path string) (field string, _ credentials, err error) {
	list, err := readList(path)
	if err != nil {
		return "", nil, err
	}
	out := &pooled{}
	for _, c := range list.Credentials {
		out.byClass[c.Class.Index()].add([]byte(c.Value))
	}
	if out.byClass[0].len() == 0 {
		return "", nil, fmt.Errorf("%s: no credential of class %s; at least one is needed", path, bench.Valid)
	}
	return list.Field, out, nil
}
