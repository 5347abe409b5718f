package arms

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"

	"authbench/bench"
	"authbench/internal/measure/load"
)

// Ready are the credentials of a file, ready to be sent.
type Ready struct {
	// Field is the header field that carries them.
	Field       string
	Credentials load.Credentials
	Mix         []load.Share
	// SHA256 is the file's, in hexadecimal digits, BadShare the bad ones' share of the
	// requests if there are any: the same of both are the same credentials.
	SHA256   string
	BadShare float64
}

// ReadCredentials reads a file of the user's own credentials. Its bad ones get
// badShare of the requests, if there are any.
func ReadCredentials(path string, badShare float64) (Ready, error) {
	content := sha256.New()
	field, credentials, err := fromFile(path, content)
	if err != nil {
		return Ready{}, err
	}
	w := mintedCredentials{field: field, credentials: credentials}
	return Ready{
		Field: field, Credentials: credentials, Mix: w.mix(badShare, 0),
		SHA256: hex.EncodeToString(content.Sum(nil)), BadShare: badShare,
	}, nil
}

// fromFile reads the user's own credentials, and hands over the file's content.
func fromFile(path string, content io.Writer) (field string, _ credentials, err error) {
	list, err := readList(path, content)
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
