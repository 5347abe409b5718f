package conform

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"

	"authbench/bench"
	"authbench/internal/method"
)

// Launch starts the server of an arm, which verifies with the material, until stop is
// called.
type Launch func(ctx context.Context, a bench.Arm, material json.RawMessage) (addr bench.Address, stop func() error, err error)

// ScoreArm examines an arm whose server is a program of its own: another program of ours,
// or the user's command. The server gets keys made here and is asked over the wire, so
// that cases for a verifier in process are skipped, and demands on its process are left
// unjudged.
func (h *Harness) ScoreArm(ctx context.Context, a bench.Arm, launch Launch) (_ *Score, err error) {
	ready := sync.OnceFunc(h.cpu.acquire(cpuShared))
	defer ready()
	f, err := h.fixture(a.Method)
	if err != nil {
		return nil, err
	}
	keys, material, err := h.armMaterial(ctx, f, a)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, keys.close()) }()
	addr, stop, err := launch(ctx, a, material)
	if err != nil {
		return nil, fmt.Errorf("start the server: %w", err)
	}
	defer func() { err = errors.Join(err, stop()) }()
	request, problems := a.Message(addr, f.Field)
	if len(problems) > 0 {
		return nil, fmt.Errorf("request: %w", problems[0])
	}
	if a.Request.Path != "" {
		f.Path = request.Target()
	}
	e := &examiner{
		Catalogue: h.catalogue, Fixture: f, Foreign: a.Target != nil, cpu: &h.cpu,
		Remedy:   "check its path, and that it verifies with the file that AUTHBENCH_CREDENTIALS names (authbench mint writes such a file, and credentials to try it with by hand)",
		Subjects: []Subject{keys.withOperator(&wire{addr: addr, template: request, proofs: f.proofs})},
	}
	ready()
	score, err := e.Examine(ctx)
	if err == nil && a.Target != nil {
		score.Arm = a.Name
	}
	return score, err
}

// armMaterial is what the server of an arm verifies with, and the issuer that it asks; nil
// for the user's command, which asks none.
func (h *Harness) armMaterial(ctx context.Context, f *Fixture, a bench.Arm) (*issuer, json.RawMessage, error) {
	if a.Target == nil {
		return h.launchMaterial(ctx, f)
	}
	if f.keys != nil {
		material, err := f.material(f.keys[roleVictim], method.Places{})
		return nil, material, err
	}
	issuer, err := h.issuer(f.Method)
	if err != nil {
		return nil, nil, err
	}
	material, err := issuer.Published()
	return nil, material, err
}

// PlainRequest reports whether an arm's requests are plain GETs, as the catalogue's are.
func PlainRequest(r bench.RequestShape) bool {
	return (r.Method == "" || r.Method == http.MethodGet) && r.Body == "" && len(r.Headers) == 0
}
