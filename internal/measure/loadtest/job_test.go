package loadtest

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"authbench/bench"
	"authbench/internal/measure/load"
)

// A worker's own machine decides where load may go, and has the credentials.
func TestALocalPolicy(t *testing.T) {
	var dialled atomic.Bool
	server := serve(t, func(http.ResponseWriter, *http.Request) { dialled.Store(true) })
	path := keysFile(t)
	jobs, err := Split(withKeys(t, server, path), 1)
	if err != nil {
		t.Fatal(err)
	}
	another := keysFile(t)
	if err := os.WriteFile(another, []byte(`{"kind":"credentials","version":1,"field":"X-Key"}`+"\n"+`{"class":"valid","value":"x"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	remote := jobs[0]
	remote.URL = "http://192.0.2.1/"
	smuggled := jobs[0]
	smuggled.Request.Host += "\r\n\r\nGET / HTTP/1.1\r\nHost: a"
	refusal := errors.New("only 10.0.0.0/8")
	for name, c := range map[string]struct {
		j    Job
		l    Local
		want string
	}{
		"no credentials": {jobs[0], Local{}, "the same file"},
		"others":         {jobs[0], Local{Credentials: another}, "not the coordinator's"},
		"refused":        {jobs[0], Local{Credentials: path, Allow: func(context.Context, bench.Address) error { return refusal }}, "only 10.0.0.0/8"},
		"two requests":   {smuggled, Local{Credentials: path}, "the value of Host has a control character"},
		"elsewhere":      {remote, Local{Credentials: path}, "loopback"},
		"elsewhere, and asked": {remote, Local{Credentials: path, Allow: func(_ context.Context, a bench.Address) error {
			if a.String() != "192.0.2.1:80" {
				t.Errorf("asked for %v", a)
			}
			return refusal
		}}, "only 10.0.0.0/8"},
	} {
		_, err := RunJob(t.Context(), c.j, c.l, Hooks{Armed: func(context.Context, Armed) (time.Time, error) { return time.Now(), errors.New("armed") }})
		if err == nil || !strings.Contains(err.Error(), c.want) || dialled.Load() {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

// Nothing that a coordinator and its workers tell each other has a credential: neither what goes to
// a worker nor what is stored of it.
func TestCredentialsStayWhereTheyAre(t *testing.T) {
	var good atomic.Int64
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.Header.Get("X-Key"), "good") {
			good.Add(1)
			return
		}
		w.WriteHeader(http.StatusUnauthorized)
	})
	path := keysFile(t)
	jobs, err := Split(withKeys(t, server, path), 2)
	if err != nil {
		t.Fatal(err)
	}
	told := []any{jobs}
	final, err := RunJob(t.Context(), jobs[0], Local{Credentials: path}, Hooks{
		Armed: func(ctx context.Context, a Armed) (time.Time, error) {
			told = append(told, a)
			return soon(ctx, a)
		},
		Delta: func(d Delta) { told = append(told, d) },
	})
	if err != nil || good.Load() == 0 {
		t.Fatalf("%d good credentials: %v", good.Load(), err)
	}
	for _, one := range append(told, final) {
		text, err := json.Marshal(one)
		if err != nil {
			t.Fatal(err)
		}
		if at := regexp.MustCompile(`(good|bad)[0-9]`).FindIndex(text); at != nil {
			t.Errorf("%T has a credential: %s", one, text[max(0, at[0]-40):min(len(text), at[1]+40)])
		}
	}
}

// A worker runs through a long schedule before it is ready, and stops when it is told to.
func TestALongScheduleIsStopped(t *testing.T) {
	var dialled atomic.Bool
	server := serve(t, func(http.ResponseWriter, *http.Request) { dialled.Store(true) })
	spec := open(t, server, MostRate, mostRequests)
	spec.Arrivals = bench.Poisson
	jobs, err := Split(spec, 1)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	final, err := RunJob(ctx, jobs[0], Local{}, Hooks{Armed: func(context.Context, Armed) (time.Time, error) {
		return time.Time{}, errors.New("ready before it has run through its schedule")
	}})
	if !errors.Is(err, context.DeadlineExceeded) || final != nil || dialled.Load() {
		t.Errorf("%v, %v, dialled: %v", final, err, dialled.Load())
	}
}

// The jobs of a fleet make the whole, however many they are, and come through JSON as they are.
func TestSplit(t *testing.T) {
	server := serve(t, func(http.ResponseWriter, *http.Request) {})
	whole := withKeys(t, server, keysFile(t))
	rapid.Check(t, func(t *rapid.T) {
		workers := rapid.IntRange(1, 64).Draw(t, "workers")
		spec := whole
		spec.Connections = rapid.IntRange(workers, 1000).Draw(t, "connections")
		jobs, err := Split(spec, workers)
		if err != nil {
			t.Fatal(err)
		}
		connections := 0
		for k, j := range jobs {
			text, err := json.Marshal(j)
			if err != nil {
				t.Fatal(err)
			}
			back, err := ReadJob(text)
			if err != nil || back.Digest() != j.Digest() {
				t.Fatalf("%v: %s", err, text)
			}
			if j.Part != (load.Part{Index: k, Of: workers}) || j.Connections < 1 {
				t.Fatalf("job %d has %+v, %d connections", k, j.Part, j.Connections)
			}
			connections += j.Connections
		}
		if len(jobs) != workers || connections != spec.Connections {
			t.Fatalf("%d jobs of %d, %d connections of %d", len(jobs), workers, connections, spec.Connections)
		}
	})
	if _, problems := bench.NewMessage(whole.Request.Draft()); len(problems) > 0 {
		t.Error(problems)
	}
	for name, c := range map[string]struct {
		change  func(*Spec)
		workers int
		want    string
	}{
		"nobody":               {func(*Spec) {}, 0, "without workers"},
		"few connections":      {func(s *Spec) { s.Connections = 1 }, 2, "-c"},
		"few requests":         {func(s *Spec) { s.Requests = 1 }, 2, "-n"},
		"requests and warm-up": {func(s *Spec) { s.Requests, s.Warmup = 100, time.Second }, 2, "warm-up"},
		"too fast":             {func(s *Spec) { s.Rate = MostRate + 1 }, 2, "up to 5000000"},
	} {
		spec := whole
		c.change(&spec)
		if _, err := Split(spec, c.workers); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

// A job from elsewhere is refused with what is wrong with it.
func TestReadJob(t *testing.T) {
	server := serve(t, func(http.ResponseWriter, *http.Request) {})
	jobs, err := Split(open(t, server, 100, 10), 1)
	if err != nil {
		t.Fatal(err)
	}
	good, err := json.Marshal(jobs[0])
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ old, replaced, want string }{
		{`"version":1`, `"version":2`, "one build"}, {`"version":1`, `"version":1,"exec":"sh"`, "exec"}, {`"of":1`, `"of":0`, "without a part"},
		{`"connections":1`, `"connections":0`, "0 connections"}, {`"connections":1`, `"connections":28001`, "up to 28000"}, {`"requests":10`, `"requests":9223372036854775807`, "up to 10000000000"},
		{`"threads":1`, `"threads":100000`, "100000 threads"}, {`"requests":10`, `"requests":0`, "an end"},
		{`"timeout":"10s"`, `"timeout":"0s"`, "timeout"}, {`"rate_rps":100`, `"rate_rps":1e9`, "up to"}, {`"rate_rps":100`, `"rate_rps":-1`, "up to"}, {`"arrivals":"constant"`, `"arrivals":"weekly"`, "weekly"},
		{`"arrivals":"constant",`, ``, "arrivals"}, {`"seed":0`, `"seed":0,"ramp":{"from_rps":1,"stages":[{"length":"1s","to_rps":9}]}`, "stages"}, {`"engine":""`, `"engine":"steam"`, "steam"}, {`"seed":0`, `"seed":-1`, "seed"},
	} {
		text := strings.Replace(string(good), c.old, c.replaced, 1)
		if text == string(good) {
			t.Fatalf("%s has no %s", good, c.old)
		}
		if _, err := ReadJob([]byte(text)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.replaced, err, c.want)
		}
	}
}
