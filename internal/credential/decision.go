package credential

import (
	"fmt"

	"authbench/bench"
)

// ErrIndex says that an issuer has no such credential.
func ErrIndex(class bench.Class, index int) error {
	return fmt.Errorf("there is no %s credential number %d", class, index)
}

// ErrClass says that a method has no such class.
func ErrClass(method string, class bench.Class) error {
	return fmt.Errorf("method %s has no %s credentials", method, class)
}

// Allow lets a request in, as somebody.
func Allow(subject, tenant string) bench.Decision {
	return bench.Decision{Outcome: bench.Allow, Subject: subject, Tenant: tenant}
}

// Deny refuses a request.
func Deny(r bench.Reason) bench.Decision {
	return bench.Decision{Outcome: bench.Deny, Reason: r}
}
