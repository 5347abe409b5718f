package conform

import (
	"context"
	"encoding/json"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"authbench/bench"
	"authbench/internal/method/all"
)

// launchHere is a Launch that starts the arm's own verifier, behind our target.
func launchHere(_ context.Context, a bench.Arm, material json.RawMessage) (bench.Address, func() error, error) {
	v, err := all.Catalogue().NewVerifier(a.Method, material, nil)
	if err != nil {
		return bench.Address{}, nil, err
	}
	s, stop, err := serve(v, nil)
	if err != nil {
		return bench.Address{}, nil, err
	}
	return s.(meteredWire).addr, stop, nil
}

// TestScoreArm: the server of an arm is asked over the wire, with keys made here; one
// that fetches its keys has an issuer.
func TestScoreArm(t *testing.T) {
	catalogue, err := builtin(t).Select([]string{"CACHE-05", "CTX-01", "CRIT-06"})
	if err != nil {
		t.Fatal(err)
	}
	m := bench.Method{ID: "jwt", Params: bench.Params{"alg": "ES256", "keys": "jwks"}}
	score, err := NewHarness(all.Catalogue(), catalogue, 1).ScoreArm(t.Context(), bench.Arm{Method: m}, launchHere)
	if err != nil {
		t.Fatal(err)
	}
	if c := score.Count(All); c.Passed != 2 || c.Skipped != 1 {
		t.Errorf("%+v: %+v", c, score.Verdicts)
	}
	broken := errors.New("no such program")
	_, err = NewHarness(all.Catalogue(), catalogue, 1).ScoreArm(t.Context(), bench.Arm{Method: m}, func(context.Context, bench.Arm, json.RawMessage) (bench.Address, func() error, error) {
		return bench.Address{}, nil, broken
	})
	if !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

// TestUntested: what is not examined has a reason, and commands of the user's are
// examined each time.
func TestUntested(t *testing.T) {
	cache := t.TempDir()
	t.Setenv("XDG_CACHE_HOME", cache)
	catalogue, err := builtin(t).Select([]string{"CTX-01"})
	if err != nil {
		t.Fatal(err)
	}
	a := OpenScoreCache(NewHarness(all.Catalogue(), catalogue, 1), Programs{Main: "no program", Engines: t.TempDir(), Launch: launchHere})
	command := &bench.Target{Command: []string{"x"}}
	jwx := jwtMethod("HS256")
	jwx.Params["engine"] = "jwx"
	for want, arm := range map[string]bench.Arm{
		"checks no credential":   {Method: bench.Method{ID: "none"}, Target: command},
		"the server runs":        {Method: jwtMethod("HS256"), Target: &bench.Target{URL: "http://127.0.0.1:1"}},
		"are ready-made":         {Method: jwtMethod("HS256"), Target: command, Credentials: "own.jsonl"},
		"are not plain GETs":     {Method: jwtMethod("HS256"), Target: command, Request: bench.RequestShape{Method: "POST"}},
		"authbench-engines, was": {Method: jwx},
	} {
		c, err := a.Conformance(t.Context(), arm, func() { t.Errorf("%s: examined", want) })
		if err != nil || !strings.Contains(c.Untested, want) {
			t.Errorf("got %q, %v; want %s", c.Untested, err, want)
		}
	}
	examined := 0
	for range 2 {
		c, err := a.Conformance(t.Context(), bench.Arm{Name: "mine", Method: jwtMethod("HS256"), Target: command}, func() { examined++ })
		if err != nil || !c.Safe || c.Passed != 1 || c.Arm != "mine" {
			t.Errorf("%+v, %v", c, err)
		}
	}
	if kept, err := filepath.Glob(filepath.Join(cache, "*", "*", "*")); err != nil || len(kept) > 0 || examined != 2 {
		t.Errorf("examined %d times, kept %v, %v", examined, kept, err)
	}
	untrusted := OpenScoreCache(NewHarness(all.Catalogue(), catalogue, 1), Programs{Main: "no program", Launch: launchHere, Untrusted: true})
	for range 2 {
		c, err := untrusted.Conformance(t.Context(), bench.Arm{Name: "ours", Method: jwtMethod("HS256")}, func() { examined++ })
		if err != nil || !c.Safe || c.Passed != 1 {
			t.Errorf("%+v, %v", c, err)
		}
	}
	if kept, err := filepath.Glob(filepath.Join(cache, "*", "*", "*")); err != nil || len(kept) > 0 || examined != 4 {
		t.Errorf("examined %d times, kept %v, %v", examined, kept, err)
	}
	if _, err := a.Conformance(t.Context(), bench.Arm{Method: jwtMethod("HS256")}, func() {}); err == nil {
		t.Error("a program that is not there has a score")
	}
}
