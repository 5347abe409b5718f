package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"authbench/bench"
	"authbench/internal/measure/courier"
	"authbench/internal/measure/load"
	"authbench/internal/measure/loadtest"
	"authbench/internal/result"
	"authbench/internal/result/validity"
)

// worked is a fleet of one worker, which has done its part.
func worked(t *testing.T) *loadtest.Fleet {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer server.Close()
	site, p := bench.ParseSite(server.URL)
	if p != nil {
		t.Fatal(p)
	}
	request, problems := bench.NewMessage(bench.Draft{Authority: site.Authority()})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	spec := loadtest.Spec{
		Site: site, Request: request, Connections: 1, Requests: 1000,
		Expect: loadtest.DefaultExpect(), Timeout: time.Minute, Poll: load.PollNever,
	}
	jobs, err := loadtest.Split(spec, 1)
	if err != nil {
		t.Fatal(err)
	}
	fleet := loadtest.NewFleet(spec, jobs)
	final, err := loadtest.RunJob(t.Context(), jobs[0], loadtest.Local{}, loadtest.Hooks{
		Armed: func(context.Context, loadtest.Armed) (time.Time, error) {
			start := time.Now().Add(3 * time.Second)
			fleet.Started(start)
			return start, nil
		},
		Delta: func(d loadtest.Delta) {
			if err := fleet.Delta(0, d); err != nil {
				t.Error(err)
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := fleet.Final(0, final); err != nil {
		t.Fatal(err)
	}
	return fleet
}

// A run that did not come to its end by itself never succeeds: the user ended it, or it is
// invalid, whoever ended the coordinator.
func TestFleetsThatAreEnded(t *testing.T) {
	fleet := worked(t)
	ended, end := context.WithCancel(t.Context())
	end()
	for name, c := range map[string]struct {
		ctx      context.Context
		over     courier.Over
		code     int
		stopped  bool
		shown    bool // as interrupted
		hasFound bool
	}{
		"whole":                      {ctx: t.Context(), over: courier.Over{Started: true}, hasFound: true},
		"by the user":                {ctx: ended, over: courier.Over{Started: true, Interrupted: true, Why: "interrupted by the user"}, code: exitInterrupted, shown: true, hasFound: true},
		"from outside":               {ctx: t.Context(), over: courier.Over{Started: true, Interrupted: true, Why: "interrupted by the user"}, code: exitInvalid, stopped: true, shown: true, hasFound: true},
		"broken off":                 {ctx: t.Context(), over: courier.Over{Started: true, Why: "w1 is lost"}, code: exitInvalid, stopped: true, shown: true, hasFound: true},
		"from outside, at the start": {ctx: t.Context(), over: courier.Over{Interrupted: true, Why: "interrupted by the user"}, code: exitRuntime},
	} {
		t.Run(name, func(t *testing.T) {
			c.over.Workers = []courier.Worker{{Name: "w1"}}
			found, err := conclude(c.ctx, fleet, &c.over)
			if (found != nil) != c.hasFound {
				t.Fatalf("%+v: %v", found, err)
			}
			if found == nil {
				if code := exitCode(err); code != c.code {
					t.Errorf("exit code %d, want %d: %v", code, c.code, err)
				}
				return
			}
			s := found.Summary
			if err == nil {
				err = judgeLoadTest(&s, false)
			}
			if code := exitCode(err); code != c.code && !(c.code == exitOK && code == exitInvalid && s.Validity == result.Invalid) { // a busy machine
				t.Errorf("exit code %d, want %d: %v", code, c.code, err)
			}
			stopped := slices.IndexFunc(s.Warnings, func(w result.LoadTestWarning) bool { return w.Code == validity.CodeFleetStopped })
			switch {
			case (stopped >= 0) != c.shown, s.Interrupted != c.shown,
				c.shown && (s.Validity == result.Valid || (s.Warnings[stopped].Level == bench.Void) != c.stopped):
				t.Errorf("%s, interrupted: %v, %+v", s.Validity, s.Interrupted, s.Warnings)
			}
		})
	}
}
