package main

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"authbench/internal/judge/analysis"
	"authbench/internal/measure/issuer"
	"authbench/internal/result"
	"authbench/internal/scenario"
	"authbench/internal/show/report"
)

// renewing is a scenario in which clients exchange keys for tokens of five seconds, while the
// keys of some of them are taken back.
const renewing = `question: What becomes of clients whose issuer fails?
baseline: none
launches: 1
rounds: 1
slice: 20ms
settle: 5ms
warmup: 20ms
population: {credentials: 40, bad_share: 0.2}
loads:
  - {name: open, kind: open, connections: 8, rate: 4000}
episodes:
  - {name: worst, revocations: 6, rate: 200, spread: 300ms}
arms:
  - {name: none, method: {id: none}}
  - {name: exchange, replicas: 2, method: {id: exchange, alg: HS256, lifetime: 5s}}
`

// TestClientsOfAnIssuerThatFails: in a run, clients whose refresh fails go on with what they
// hold until it expires, and are refused then; so are those whose tokens are of another clock.
// Both are counted, and said in the report. What was found out before stays true: a key that was
// taken back buys no further token.
func TestClientsOfAnIssuerThatFails(t *testing.T) {
	t.Setenv(beMain, "1") // the children are this program
	for name, c := range map[string]struct {
		befalls func(*issuer.Realm) error
		says    string
		fails   bool
	}{
		"answers 500":   {func(r *issuer.Realm) error { return r.Break("token", issuer.Fault{Kind: issuer.Failing}) }, "failed: the clients went on with the tokens that they held until these expired", true},
		"refuses":       {func(r *issuer.Realm) error { return r.Host.Refuse(true) }, "failed: the clients went on with the tokens", true},
		"another clock": {func(r *issuer.Realm) error { return r.Restart(2 * time.Second) }, "see whether the clocks of the issuer and of the servers agree", false},
	} {
		run, said := befallen(t, c.befalls)
		if len(run.Episodes) != 1 || run.Episodes[0].Failed != "" || run.Episodes[0].Load.FalseAccepts != 0 {
			t.Fatalf("%s: %+v", name, run.Episodes)
		}
		e := run.Episodes[0]
		if got := e.Load.Refreshes; got == nil || (got.Failed > 0) != c.fails || e.Load.Statuses["valid"][401] == 0 || e.Load.Statuses["valid"][200] == 0 {
			t.Errorf("%s: refreshes %+v, statuses %v", name, got, e.Load.Statuses)
		}
		for _, r := range e.Revocations {
			if r.Failed == "" && (r.Refused == 0 || r.Refused > (6*time.Second+time.Minute).Nanoseconds()) {
				t.Errorf("%s: a key that was taken back: %+v", name, r)
			}
		}
		if !strings.Contains(said, c.says) {
			t.Errorf("%s: the report lacks %q:\n%s", name, c.says, said)
		}
	}
}

// befallen takes a run of [renewing] in which something befalls the issuer as soon as all keys
// of the episode are taken back, and returns it with its report.
func befallen(t *testing.T, befalls func(*issuer.Realm) error) (*result.Run, string) {
	t.Helper()
	s, err := readScenario("-", strings.NewReader(renewing), scenario.Changes{})
	if err != nil {
		t.Fatal(err)
	}
	p := newProgress(io.Discard, true, 0)
	m, err := setUp(t.Context(), s, 1, p, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer m.close()
	dir := filepath.Join(t.TempDir(), "out")
	w, err := result.Create(dir, p.veil)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Header(m.header(nil)); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var fate sync.WaitGroup
	fate.Go(func() {
		for _, realm := range m.backends.Realms() {
			for taken := int64(0); taken < int64(s.Episodes[0].Revocations) && ctx.Err() == nil; time.Sleep(10 * time.Millisecond) {
				now, err := realm.Counters()
				if taken = now.Revoked; err != nil {
					t.Error(err)
					return
				}
			}
			if ctx.Err() == nil {
				err = befalls(realm)
			}
		}
	})
	ran := m.run(ctx, w, p)
	cancel()
	fate.Wait()
	if err := errors.Join(ran, err, w.Close(footer(nil, time.Second))); err != nil {
		t.Fatal(err)
	}
	run, err := result.Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	a, err := analysis.Analyze(run)
	if err != nil {
		t.Fatal(err)
	}
	if err := report.WriteAll(dir, a); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "report.md"))
	if err != nil {
		t.Fatal(err)
	}
	return run, string(text)
}
