package method

import (
	"io"

	"authbench/bench"
)

// Verifier decides about requests. It is safe for concurrent use.
type Verifier interface {
	Verify(bench.Request) bench.Decision
	// Scheme is the authentication scheme that a refused client is told to use.
	Scheme() string
}

// Challenger is a verifier whose scheme has a challenge of its own (RFC 9110 §11.6.1). Others
// are told the error codes of bearer tokens (RFC 6750 §3.1).
type Challenger interface {
	// Challenge is what follows the realm, such as charset="UTF-8".
	Challenge() string
}

// OnNotice has tell called with what v's operator should know while it serves, such as
// why the keys that it fetches cannot be had. Each text is told once, until it changes,
// and holds no key. Calls do not overlap. Most verifiers have nothing to tell.
func OnNotice(v Verifier, tell func(text string)) {
	if n, ok := v.(interface{ OnNotice(tell func(text string)) }); ok {
		n.OnNotice(tell)
	}
}

// Close gives back what a verifier holds: connections, files. It decides about
// nothing after that.
func Close(v Verifier) error {
	if c, ok := v.(io.Closer); ok {
		return c.Close()
	}
	return nil
}
