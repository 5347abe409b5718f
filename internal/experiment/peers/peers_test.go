package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"authbench/internal/measure/proc"
)

// A whole comparison with stand-ins: every part that takes seconds only.
func TestComparison(t *testing.T) {
	ours := standIns(t, "")
	var stdout, stderr bytes.Buffer
	args := []string{"-authbench", ours, "-pairs", "1", "-rounds", "1", "-pin", "true", "-o", "json", "cost", "open"}
	if code := run(args, &stdout, &stderr); code != exitOK {
		t.Fatalf("exit code %d\n%s", code, stderr.String())
	}
	var r report
	if err := json.Unmarshal(stdout.Bytes(), &r); err != nil {
		t.Fatal(err)
	}
	if want := (tool{"wrk", "1.2.3-test"}); len(r.Clients) != 2 || r.Clients[0].Version != "9.8.7" || r.Clients[1] != want {
		t.Errorf("clients: %+v", r.Clients)
	}
	absent := map[string]string{}
	for _, a := range r.Absent {
		absent[a.Name] = a.Why
	}
	if why := absent["authbench (io_uring)"]; !strings.Contains(why, "exit status 2; it printed: this kernel has no io_uring") {
		t.Errorf("io_uring is absent because %q", why)
	}
	if why := absent["k6"]; why != "not on the PATH: go install go.k6.io/k6@latest" {
		t.Errorf("k6 is absent because %q", why)
	}
	if len(r.Cost) != 1 || len(r.Open) != 4 || len(r.Freeze) != 0 {
		t.Fatalf("%d pairs, %d open visits, %d frozen ones", len(r.Cost), len(r.Open), len(r.Freeze))
	}
	for _, v := range []visit{r.Cost[0].Client, r.Cost[0].Wrk, r.Open[0]} {
		if v.Requests <= 0 || v.Requests >= v.Served || v.ClientCPUNanos <= 0 || v.ServerCPUNanos <= 0 || v.Seconds < 0.5 {
			t.Errorf("%+v", v)
		}
	}
	if c := r.Cost[0]; c.Client.Client != "authbench (epoll)" || c.Wrk.Client != "wrk" || !c.Pinned {
		t.Errorf("%+v", c)
	}
	if v := r.Open[0]; v.Rate != openRate || v.Claim.Verdict != "invalid" || len(v.Claim.Lag) != 4 {
		t.Errorf("%+v", v)
	}
}

// A client that goes wrong ends the comparison; the error names it, what it was told
// and what it said.
func TestBrokenClients(t *testing.T) {
	for behaviour, wants := range map[string][]string{
		"wrk fails":   {"exit status 1; it printed:\n    | unable to connect", "command: wrk -t1 -c32 -d1s --latency http://127.0.0.1:", `output: ""`},
		"wrk babbles": {"its output cannot be read: no match of", `output: "52272 requests"`},
		"wrk lies":    {"it counts 1000000000 requests, the server"},
	} {
		ours := standIns(t, behaviour)
		var stdout, stderr bytes.Buffer
		if code := run([]string{"-authbench", ours, "-pairs", "1", "-pin", "false", "cost"}, &stdout, &stderr); code != exitRuntime {
			t.Errorf("%s: exit code %d", behaviour, code)
		}
		for _, want := range append(wants, "peers: cost: wrk: ") {
			if !strings.Contains(stderr.String(), want) {
				t.Errorf("%s: no %q in\n%s", behaviour, want, stderr.String())
			}
		}
	}
}

// Without wrk there is no cost to compare with, without authbench nothing at all.
func TestMissingClients(t *testing.T) {
	ours := standIns(t, "")
	t.Setenv("PATH", t.TempDir())
	for path, want := range map[string]string{
		ours:            "cost: wrk, which the others are compared with, is not on the PATH: apt-get install wrk",
		"bin/authbench": "make build leaves authbench there, or say where it is",
	} {
		var stdout, stderr bytes.Buffer
		if code := run([]string{"-authbench", path, "cost"}, &stdout, &stderr); code != exitRuntime || !strings.Contains(stderr.String(), want) {
			t.Errorf("exit code %d, %s; want %q", code, stderr.String(), want)
		}
	}
}

func TestUsage(t *testing.T) {
	for _, c := range []struct{ args, want string }{
		{"costs", `"costs": choose from cost, open, freeze`},
		{"-o yaml", `-o "yaml": choose from text, json`},
		{"-pin maybe", `-pin "maybe": choose from true, false, both`},
		{"-pairs 0", "at least one of each"},
		{"-duration 1500ms", "write whole seconds up to a minute"},
		{"-speed 9", "flag provided but not defined: -speed"},
	} {
		var stdout, stderr bytes.Buffer
		if code := run(strings.Fields(c.args), &stdout, &stderr); code != exitUsage || !strings.Contains(stderr.String(), c.want) {
			t.Errorf("%s: exit code %d, %s", c.args, code, stderr.String())
		}
	}
	var stdout, stderr bytes.Buffer
	if code := run([]string{"-h"}, &stdout, &stderr); code != exitOK || !strings.Contains(stderr.String(), "latencies at 10000 requests per second") {
		t.Errorf("-h: exit code %d, %s", code, stderr.String())
	}
}

// serverOf starts a server as a comparison does.
func serverOf(t *testing.T) *server {
	t.Helper()
	starter, err := proc.NewStarter()
	must(err)
	t.Cleanup(func() { must(starter.Close()) })
	s, err := startServer(context.Background(), starter, standIns(t, ""), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { must(s.stop()) })
	return s
}

// While it is stopped the server answers nothing; before and after it does.
func TestStopNowAndThen(t *testing.T) {
	s := serverOf(t)
	// As if the client had begun 900 ms ago: the first stop comes in 100 ms.
	began := time.Now().Add(-900 * time.Millisecond)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var stops []stop
	var err error
	go func() {
		defer cancel()
		stops, err = stopNowAndThen(context.Background(), s.process.PID(), began, stopFirst+stopEvery)
	}()
	type exchange struct{ asked, answered time.Time }
	var exchanges []exchange
	for ctx.Err() == nil {
		asked := time.Now()
		if _, err := s.session.Counters(); err != nil {
			t.Fatal(err)
		}
		exchanges = append(exchanges, exchange{asked, time.Now()})
	}
	if err != nil || len(stops) != 1 || len(exchanges) < 2 {
		t.Fatalf("%+v, %v, %d exchanges", stops, err, len(exchanges))
	}
	from := began.Add(time.Duration(stops[0].AtSeconds * float64(time.Second)))
	until := from.Add(time.Duration(stops[0].Nanos))
	if from.Before(began.Add(stopFirst)) || until.Before(from.Add(stopLength/2)) {
		t.Errorf("%+v", stops[0])
	}
	for _, e := range exchanges {
		// The signal takes its time to arrive on another CPU.
		if e.asked.After(from.Add(10*time.Millisecond)) && e.answered.Before(until) {
			t.Errorf("asked %v after the beginning of a stop of %v, it answered %v before the end", e.asked.Sub(from), until.Sub(from), until.Sub(e.answered))
		}
	}
}

// An interruption in the middle of a stop lets the server go on.
func TestInterruptedStop(t *testing.T) {
	s := serverOf(t)
	ctx, cancel := context.WithCancel(context.Background())
	began := time.Now().Add(-stopFirst)
	time.AfterFunc(stopLength/4, cancel)
	stops, err := stopNowAndThen(ctx, s.process.PID(), began, time.Minute)
	if !errors.Is(err, context.Canceled) || len(stops) != 0 {
		t.Errorf("%v, %v", stops, err)
	}
	if _, err := s.session.Counters(); err != nil {
		t.Error(err)
	}
}

// Ctrl-C ends the client that runs, and the server.
func TestInterruption(t *testing.T) {
	ours := standIns(t, "")
	starter, err := proc.NewStarter()
	must(err)
	defer func() { must(starter.Close()) }()
	s, err := startServer(context.Background(), starter, ours, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { must(s.stop()) }()
	ctx, cancel := context.WithCancel(context.Background())
	st := &stage{starter: starter, server: s, dir: t.TempDir()}
	_, err = st.run(ctx, wrk(), job{connections: 2, maxConnections: 2, duration: time.Minute}, cancel)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	var broken *failure
	if !errors.As(err, &broken) || broken.client != "wrk" {
		t.Errorf("%v", err)
	}
	select {
	case <-s.process.Done():
		t.Error("the server is gone before its owner ended it")
	default:
	}
}
