package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"authbench/bench"
	"authbench/internal/measure/control"
	"authbench/internal/measure/target"
	"authbench/internal/method"
	"authbench/internal/method/all"
)

// standIn is a program that a gate can be given instead of authbench: a target that
// does something wrong.
func standIn(newVerifier func(bench.Method, json.RawMessage, func(done, total int)) (method.Verifier, error)) func() {
	return func() {
		if len(os.Args) < 2 || os.Args[1] != "target" {
			fmt.Fprintln(os.Stderr, "a target, and nothing else")
			os.Exit(exitUsage)
		}
		if err := target.Controlled(context.Background(), newVerifier); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(exitRuntime)
		}
	}
}

// careless lets every forged credential in.
type careless struct{ method.Verifier }

func (c careless) Verify(r bench.Request) bench.Decision {
	d := c.Verifier.Verify(r)
	if d.Outcome == bench.Deny {
		d = bench.Decision{Outcome: bench.Allow, Subject: "anybody"}
	}
	return d
}

// sly is careless once it is used as no examiner does: the catalogue sends some
// thousand requests.
type sly struct {
	careless
	asked *atomic.Int64
}

func (s sly) Verify(r bench.Request) bench.Decision {
	const examined = 4000
	if s.asked.Add(1) > examined {
		return s.careless.Verify(r)
	}
	return s.Verifier.Verify(r)
}

// crowded is slow for all that come while it has others to serve, and so slow that there
// are few requests to see it by.
type crowded struct {
	method.Verifier
	inside *atomic.Int64
}

func (c crowded) Verify(r bench.Request) bench.Decision {
	const few = 4
	defer c.inside.Add(-1)
	if c.inside.Add(1) > few {
		time.Sleep(time.Second)
	}
	time.Sleep(time.Millisecond) // or none would be inside together
	return c.Verifier.Verify(r)
}

// impostor says that it listens where it does not.
func impostor() {
	conn, err := control.FromEnvironment()
	if err == nil {
		err = json.NewEncoder(conn).Encode(control.Ready{Addr: netip.MustParseAddrPort("127.0.0.1:9")})
	}
	if err == nil {
		_, err = io.Copy(io.Discard, conn)
	}
	if err != nil {
		os.Exit(exitRuntime)
	}
}

// standIns are the programs by their names in scripts.
var standIns = map[string]func(){
	"careless": standIn(func(m bench.Method, v json.RawMessage, loading func(done, total int)) (method.Verifier, error) {
		verifier, err := all.Catalogue().NewVerifier(m, v, loading)
		return careless{verifier}, err
	}),
	"sly": standIn(func(m bench.Method, v json.RawMessage, loading func(done, total int)) (method.Verifier, error) {
		verifier, err := all.Catalogue().NewVerifier(m, v, loading)
		return sly{careless{verifier}, new(atomic.Int64)}, err
	}),
	"crowded": standIn(func(m bench.Method, v json.RawMessage, loading func(done, total int)) (method.Verifier, error) {
		verifier, err := all.Catalogue().NewVerifier(m, v, loading)
		return crowded{verifier, new(atomic.Int64)}, err
	}),
	"impostor": impostor,
	// older knows no JWT yet.
	"older": standIn(func(m bench.Method, v json.RawMessage, loading func(done, total int)) (method.Verifier, error) {
		if m.ID == "jwt" {
			return nil, errors.New("unknown method jwt")
		}
		return all.Catalogue().NewVerifier(m, v, loading)
	}),
	"broken": standIn(func(bench.Method, json.RawMessage, func(done, total int)) (method.Verifier, error) {
		return nil, errors.New("out of order")
	}),
}

// A request that found no free connection until long after its slice was not answered in
// time either: a slice that is left out for it says as much of its server.
func TestGateCountsWhatWasNotSent(t *testing.T) {
	g := &gateRun{}
	g.records.run.Slices = []bench.Slice{
		{Arm: "a.head", Scheduled: 400, Sent: 210, Completed: 210, Invalid: []string{"delivered"}},
		{Arm: "a.head", Scheduled: 400, Sent: 400, Completed: 399, Errors: map[string]int64{"timeout": 1}},
		{Arm: "a.base", Scheduled: 400, Sent: 400, Completed: 400},
	}
	if got := g.side("a.head"); got.Requests != 800 || got.Failures != 191 {
		t.Errorf("%d of %d requests failed, want 191 of 800", got.Failures, got.Requests)
	}
}

// A base that counts more requests than it was sent is asked by somebody else.
func TestGateNoticesStrangersAtBase(t *testing.T) {
	for served, want := range map[int64]bool{0: false, 2_300: false, 2_400: false, 2_600: true, 90_000: true} {
		g := &gateRun{}
		g.scenario.Pairs = []bench.Pair{{Arm: "a", Base: "a.base", Head: "a.head"}}
		g.records.run.Header.Scenario.Settle = bench.Duration(20 * time.Millisecond)
		for launch := range 3 {
			one := bench.Slice{Arm: "a.base", Launch: launch, Completed: 999, Errors: map[string]int64{"reset": 1}, Measured: 1e8}
			g.records.run.Slices = append(g.records.run.Slices, one)
			l := bench.Launch{Launch: launch, Arms: []bench.ArmLaunch{{Arm: "a.base"}, {Arm: "a.head", Counters: &bench.Counters{Requests: 1e6}}}}
			if served > 0 {
				l.Arms[0].Counters = &bench.Counters{Requests: served / 2}
			}
			g.records.run.Launches = append(g.records.run.Launches, l)
		}
		got := g.interference()
		if (len(got) > 0) != want || want && (got[0].Level != bench.Void || !strings.Contains(got[0].Text, "was sent about 2400")) {
			t.Errorf("%d answered: %+v", served, got)
		}
	}
}
