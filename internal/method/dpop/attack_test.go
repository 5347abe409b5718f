package dpop

import (
	"bytes"
	"encoding/json"
	"slices"
	"sync"
	"testing"
	"time"

	"authbench/bench"
	"authbench/internal/conform"
	"authbench/internal/method"
)

// TestWeakVerifiersAreUnsafe: what each of them skips, the method's own cases find, and the
// verifier as it is passes them all, in process and over the wire, whatever signs.
func TestWeakVerifiersAreUnsafe(t *testing.T) {
	for _, c := range []struct {
		name   string
		params bench.Params
		weaken func(v *verifier, r bench.Request) (bench.Decision, bool)
		finds  []string // the cases that must find it; none: it is as it is
	}{
		{name: "as it is"},
		{name: "with Ed25519", params: bench.Params{"alg": "EdDSA", "proof": "EdDSA", "engine": "lean"}},
		{name: "with RSA, and no memory", params: bench.Params{"alg": "RS256", "replays": "allowed"}},
		{name: "forgets", weaken: func(v *verifier, r bench.Request) (bench.Decision, bool) {
			v.seen = nil
			return v.Verify(r), true
		}, finds: []string{"PROOF-02"}},
		{name: "remembers the last proof alone", weaken: remembers(func(seen map[string]bool, proof string) bool {
			last := seen[proof]
			clear(seen)
			return last
		}), finds: []string{"PROOF-02"}},
		{name: "remembers what proofs look like", weaken: remembers(func(seen map[string]bool, proof string) bool { return seen[proof] }),
			finds: []string{"DPOP-21"}},
		{name: "has a window of an hour", weaken: func(v *verifier, r bench.Request) (bench.Decision, bool) {
			v.window = time.Hour - time.Minute
			return v.Verify(r), true
		}, finds: []string{"DPOP-09"}},
		{name: "has an endless window", weaken: func(v *verifier, r bench.Request) (bench.Decision, bool) {
			v.window = 100 * 365 * 24 * time.Hour
			return v.Verify(r), true
		}, finds: []string{"DPOP-09"}},
		{name: "needs no proof", weaken: func(v *verifier, r bench.Request) (bench.Decision, bool) {
			if token, reason := carrier.Read(r); reason == bench.ReasonNone && len(r.Values(proofField)) == 0 {
				if who, reason := v.engine.Verify(token, make([]byte, len(token))); reason == bench.ReasonNone {
					return bench.Decision{Outcome: bench.Allow, Subject: who.Subject, Tenant: who.Tenant}, true
				}
			}
			return bench.Decision{}, false
		}, finds: []string{"DPOP-12", "PROOF-01"}},
		{name: "takes the proof's word", weaken: wordOfProof(func(*verifier, bench.Request, claims) bool { return true }),
			finds: []string{"DPOP-06", "DPOP-07", "DPOP-08", "DPOP-09", "DPOP-15", "PROOF-01"}},
		{name: "looks at the URI alone", weaken: wordOfProof(func(_ *verifier, r bench.Request, c claims) bool {
			return sameURI(c.uri, host(r), r.Target())
		}), finds: []string{"DPOP-06", "DPOP-08", "DPOP-15"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			weak := Method()
			weak.Verifier = func(p bench.Params, verification json.RawMessage, _ func(int, int)) (method.Verifier, error) {
				v, err := newVerifierAt(p, verification, time.Now)
				return weakVerifier{v, c.weaken}, err
			}
			score := examine(t, weak, c.params)
			failed := map[string]bool{}
			for _, v := range score.Failed() {
				failed[v.Case.ID] = v.Gating()
				if len(c.finds) == 0 {
					t.Errorf("%s: %+v", v.Case.ID, v.Failures)
				}
			}
			for _, id := range c.finds {
				if !failed[id] {
					t.Errorf("%s does not find it", id)
				}
			}
			if score.Unsafe() != (len(c.finds) > 0) {
				t.Errorf("unsafe: %v; failed: %v", score.Unsafe(), failed)
			}
		})
	}
}

// TestCasesAreOfTheVerifier: two verifiers share the tokens, and only the one that remembers is
// asked to.
func TestCasesAreOfTheVerifier(t *testing.T) {
	h := harness(t, Method())
	for _, c := range []struct {
		params bench.Params
		once   bool
	}{{nil, true}, {bench.Params{"replays": "allowed"}, false}, {bench.Params{"engine": "lean"}, true}} {
		score, err := h.Score(t.Context(), bench.Method{ID: ID, Params: c.params}, conform.Process)
		if err != nil {
			t.Fatal(err)
		}
		once := slices.ContainsFunc(score.Verdicts, func(v conform.CaseResult) bool { return v.Case.ID == "PROOF-02" })
		if score.Unsafe() || once != c.once {
			t.Errorf("%v: unsafe: %v; once: %v", c.params, score.Unsafe(), once)
		}
	}
}

// remembers refuses a proof that was seen, and knows of no ids.
func remembers(saw func(seen map[string]bool, proof string) bool) func(*verifier, bench.Request) (bench.Decision, bool) {
	var mu sync.Mutex
	seen := map[string]bool{}
	return func(v *verifier, r bench.Request) (bench.Decision, bool) {
		mu.Lock()
		defer mu.Unlock()
		v.seen = nil
		proof := string(bytes.Join(r.Values(proofField), nil))
		if saw(seen, proof) {
			return bench.Decision{Reason: bench.ReasonReplayed}, true
		}
		d := v.Verify(r)
		seen[proof] = d.Outcome == bench.Allow
		return d, true
	}
}

// wordOfProof lets a good token in with any proof that its maker signed, whose claims are good
// enough.
func wordOfProof(enough func(*verifier, bench.Request, claims) bool) func(*verifier, bench.Request) (bench.Decision, bool) {
	return func(v *verifier, r bench.Request) (bench.Decision, bool) {
		given := r.Values(proofField)
		if len(given) != 1 {
			return bench.Decision{}, false
		}
		proof := string(given[0])
		token, reason := carrier.Read(r)
		if reason != bench.ReasonNone {
			return bench.Decision{}, false
		}
		who, reason := v.engine.Verify(token, make([]byte, len(token)))
		if reason != bench.ReasonNone {
			return bench.Decision{}, false
		}
		payload, _, reason := v.proofs.Verify([]byte(proof), make([]byte, len(proof)))
		var c claims
		if reason != bench.ReasonNone || !c.read(payload) || !enough(v, r, c) {
			return bench.Decision{}, false
		}
		return bench.Decision{Outcome: bench.Allow, Subject: who.Subject, Tenant: who.Tenant}, true
	}
}

// host is what a request calls the server.
func host(r bench.Request) []byte {
	if hosts := r.Values("Host"); len(hosts) == 1 {
		return []byte(string(hosts[0]))
	}
	return nil
}

// examine puts the method's own cases to it, and those of all proofs.
func examine(t *testing.T, m method.Method, p bench.Params) *conform.Score {
	t.Helper()
	score, err := harness(t, m).Score(t.Context(), bench.Method{ID: ID, Params: p}, conform.Process, conform.Wire)
	if err != nil {
		t.Fatal(err)
	}
	return score
}

// harness has one case of the catalogue beside the method's own.
func harness(t *testing.T, m method.Method) *conform.Harness {
	t.Helper()
	whole, err := conform.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	catalogue, err := whole.Select([]string{"HTTP-01"})
	if err != nil {
		t.Fatal(err)
	}
	return conform.NewHarness(method.Catalogue{m}, catalogue, 1)
}

// weakVerifier asks somebody else first.
type weakVerifier struct {
	*verifier
	weaken func(*verifier, bench.Request) (bench.Decision, bool)
}

func (w weakVerifier) Verify(r bench.Request) bench.Decision {
	if w.weaken != nil {
		weak := *w.verifier // what weaken changes is for this request
		if d, decided := w.weaken(&weak, r); decided {
			return d
		}
	}
	return w.verifier.Verify(r)
}
