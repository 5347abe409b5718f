package target

import (
	"context"
	"encoding/json"

	"authbench/bench"
	"authbench/internal/measure/control"
)

// Controlled is a target that the harness started: it takes its spec from the
// control socket and ends with it. newVerifier makes the method's verifier from its
// verification material.
func Controlled[V Verifier](ctx context.Context, newVerifier func(m bench.Method, verification json.RawMessage, loading func(done, total int)) (V, error)) error {
	return control.Serve(ctx, func(spec control.Spec, loading func(done, total int)) (control.Target, error) {
		control.LimitProcs(spec)
		verifier, err := newVerifier(spec.Method, spec.Verification, loading)
		if err != nil {
			return nil, err
		}
		return Listen(spec.Listen, verifier)
	})
}
