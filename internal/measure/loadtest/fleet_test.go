package loadtest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"authbench/bench"
	"authbench/internal/measure/arms"
	"authbench/internal/measure/load"
	"authbench/internal/result"
	"authbench/internal/result/validity"
)

// told is what a worker told its coordinator, as text.
type told struct {
	deltas [][]byte
	final  []byte
	err    error
}

// work has workers do jobs at the same time, in this process, from one start on.
func work(t *testing.T, ctx context.Context, jobs []Job, l Local) []told {
	t.Helper()
	out := make([]told, len(jobs))
	var armed, working sync.WaitGroup
	armed.Add(len(jobs))
	start := sync.OnceValue(func() time.Time { armed.Wait(); return time.Now().Add(3 * time.Second) })
	for k, j := range jobs {
		text, err := json.Marshal(j)
		if err != nil {
			t.Fatal(err)
		}
		working.Go(func() {
			j, err := ReadJob(text)
			if err != nil {
				t.Error(err)
			}
			hooks := Hooks{
				Armed: func(context.Context, Armed) (time.Time, error) { armed.Done(); return start(), nil },
				Delta: func(d Delta) {
					text, err := json.Marshal(d)
					if err != nil {
						t.Error(err)
					}
					out[k].deltas = append(out[k].deltas, text)
				},
			}
			var f *Final
			if f, out[k].err = RunJob(ctx, j, l, hooks); f != nil {
				if out[k].final, err = json.Marshal(f); err != nil {
					t.Error(err)
				}
			}
		})
	}
	working.Wait()
	return out
}

// collect hands what workers told to their fleet.
func collect(t *testing.T, f *Fleet, all []told) {
	t.Helper()
	f.Started(time.Now())
	for k, w := range all {
		for _, text := range w.deltas {
			var d Delta
			if err := errors.Join(json.Unmarshal(text, &d), f.Delta(k, d)); err != nil {
				t.Fatal(err)
			}
		}
		if w.final == nil {
			t.Logf("worker %d has no final: %v", k, w.err)
			continue
		}
		var final Final
		if err := errors.Join(json.Unmarshal(w.final, &final), f.Final(k, &final)); err != nil {
			t.Fatal(err)
		}
	}
}

// judged is the result of a fleet whose workers are called a, b, c ….
func judged(t *testing.T, f *Fleet, e Ending) result.LoadTest {
	t.Helper()
	about := make([]result.Worker, len(f.jobs))
	for i := range about {
		about[i] = result.Worker{Name: string(rune('a' + i)), Host: "here", ClockError: 100}
	}
	r, err := f.Result(about, e)
	if err != nil {
		t.Fatal(err)
	}
	return r.Summary
}

// fleetCodes are the warnings that only a fleet has.
func fleetCodes(s result.LoadTest) (out []string) {
	for _, w := range s.Warnings {
		switch w.Code {
		case validity.CodeWorkerLost, validity.CodeFleetStopped, validity.CodeIdentity, validity.CodeDeltas, validity.CodeClockError, validity.CodeConstantShift:
			out = append(out, w.Code)
		}
	}
	return out
}

// keyed counts requests by the credential that they carry.
type keyed struct {
	mu   sync.Mutex
	seen map[string]int
}

func (k *keyed) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	key := r.Header.Get("X-Key")
	k.mu.Lock()
	k.seen[key]++
	k.mu.Unlock()
	if strings.HasPrefix(key, "bad") {
		w.WriteHeader(http.StatusUnauthorized)
	}
}

// keysFile is a file of credentials.
func keysFile(t *testing.T) string {
	t.Helper()
	text := `{"kind":"credentials","version":1,"field":"X-Key"}` + "\n"
	for i := range 50 {
		text += fmt.Sprintf(`{"class":"valid","value":"good%d"}`+"\n", i)
	}
	for i := range 5 {
		text += fmt.Sprintf(`{"class":"forged","value":"bad%d"}`+"\n", i)
	}
	path := filepath.Join(t.TempDir(), "keys.jsonl")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// withKeys is a load test that sends the credentials of a file.
func withKeys(t *testing.T, server *httptest.Server, path string) Spec {
	t.Helper()
	spec := open(t, server, 1000, 0)
	spec.Arrivals, spec.Duration, spec.Connections, spec.Seed = bench.Poisson, 300*time.Millisecond, 12, 7
	ready, err := arms.ReadCredentials(path, 0.1)
	if err != nil {
		t.Fatal(err)
	}
	spec.Credentials = &ready
	request, problems := bench.NewMessage(bench.Draft{Authority: spec.Site.Authority(), Credential: ready.Field, Method: "POST", Body: "x", Fields: []bench.Field{{Name: "A", Value: "1"}}})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	spec.Request = request
	return spec
}

// Four workers send what one machine does: each credential as often, by the server's own
// count. What they find adds up to one result, whose sums agree.
func TestAFleetSendsTheSchedule(t *testing.T) {
	path := keysFile(t)
	for _, arrivals := range []bench.Arrivals{bench.Poisson, bench.Constant} {
		count := func(run func(Spec)) map[string]int {
			k := &keyed{seen: map[string]int{}}
			server := httptest.NewServer(k)
			defer server.Close()
			spec := withKeys(t, server, path)
			spec.Arrivals = arrivals
			run(spec)
			return k.seen
		}
		var alone, together result.LoadTest
		want := count(func(s Spec) {
			r, err := Run(t.Context(), s, nil)
			if err != nil {
				t.Fatal(err)
			}
			alone = r.Summary
		})
		got := count(func(s Spec) {
			jobs, err := Split(s, 4)
			if err != nil {
				t.Fatal(err)
			}
			f := NewFleet(s, jobs)
			all := work(t, t.Context(), jobs, Local{Credentials: path})
			collect(t, f, all)
			collect(t, f, all) // once more changes nothing
			together = judged(t, f, Ending{})
		})
		if fmt.Sprint(got) != fmt.Sprint(want) || len(want) < 30 {
			t.Errorf("%s: a fleet sent %v, one machine %v", arrivals, got, want)
		}
		if codes := fleetCodes(together); len(codes) > 0 && !(arrivals == bench.Constant && slices.Equal(codes, []string{validity.CodeConstantShift})) {
			t.Errorf("%s: %v: %+v", arrivals, codes, together.Warnings)
		}
		if together.Requests != alone.Requests || together.Response.Count != alone.Response.Count || together.Statuses[401] != alone.Statuses[401] || together.Statuses[401] == 0 {
			t.Errorf("%s: %d requests, statuses %v; of one machine %d, %v", arrivals, together.Requests, together.Statuses, alone.Requests, alone.Statuses)
		}
		checkRows(t, together)
	}
}

// checkRows looks whether the workers' rows add up to the whole.
func checkRows(t *testing.T, s result.LoadTest) {
	t.Helper()
	var requests, times, connections int64
	share := 0.0
	answers := make([]int64, len(s.Intervals))
	for _, w := range s.Workers {
		requests, times, connections, share = requests+w.Requests, times+w.Times.Count, connections+int64(w.Connections), share+w.Share
		for i, n := range w.Answers {
			answers[i] += n
		}
		if w.Lost || w.Engine == "" || w.Due != w.Requests || w.Host != "here" {
			t.Errorf("%+v", w)
		}
	}
	if requests != s.Requests || times != s.Response.Count || int(connections) != s.Connections || share != 1 {
		t.Errorf("the workers have %d requests, %d times, %d connections, %v of the schedule: %+v", requests, times, connections, share, s)
	}
	for i, interval := range s.Intervals {
		if answers[i] != interval.Answers {
			t.Errorf("interval %d has %d answers, the workers' %d", i, interval.Answers, answers[i])
		}
	}
}

// Whatever is lost, doubled or changed on the way makes the result invalid, and is named. What the
// user ended early proves nothing, and is suspicious.
func TestAFleetBelievesNobody(t *testing.T) {
	server := serve(t, func(http.ResponseWriter, *http.Request) {})
	spec := withKeys(t, server, keysFile(t))
	spec.Credentials, spec.Request = nil, open(t, server, 1, 0).Request
	jobs, err := Split(spec, 3)
	if err != nil {
		t.Fatal(err)
	}
	all := work(t, t.Context(), jobs, Local{})
	change := func(text []byte, old, replaced string) []byte {
		if !strings.Contains(string(text), old) {
			t.Fatalf("%s has no %s", text, old)
		}
		return []byte(strings.Replace(string(text), old, replaced, 1))
	}
	var final Final
	if err := json.Unmarshal(all[1].final, &final); err != nil {
		t.Fatal(err)
	}
	sent := fmt.Sprintf(`"sent":%d`, final.Outcome.Sent)
	n := len(all[1].deltas) // one, unless the machine was held up
	full := slices.IndexFunc(all[1].deltas, func(d []byte) bool { return bytes.Contains(d, []byte(`"sent":`)) })
	for _, c := range []struct {
		name  string
		spoil func([]told)
		e     Ending
		want  []string
		says  string
	}{
		{name: "as it came", spoil: func([]told) {}},
		{name: "a worker is lost", spoil: func(a []told) { a[1].final = nil }, want: []string{validity.CodeWorkerLost, validity.CodeIdentity}, says: "1 of 3 workers (b)"},
		{name: "a delta is lost", spoil: func(a []told) { a[1].deltas = slices.Delete(slices.Clone(a[1].deltas), full, full+1) }, want: []string{validity.CodeDeltas}, says: fmt.Sprintf("delta %d of %d is not there of b", full, n)},
		{name: "a delta too many", spoil: func(a []told) { a[1].deltas = append(a[1].deltas, fmt.Appendf(nil, `{"seq":%d}`, n)) }, want: []string{validity.CodeDeltas}, says: fmt.Sprintf("%d deltas came, and it sent %d", n+1, n)},
		{name: "a delta is another", spoil: func(a []told) {
			a[1].deltas = slices.Clone(a[1].deltas)
			a[1].deltas[full] = change(a[1].deltas[full], `"sent":`, `"sent":1`)
		}, want: []string{validity.CodeDeltas}, says: "other deltas"},
		{name: "a request too few", spoil: func(a []told) {
			a[1].final = change(a[1].final, fmt.Sprintf(`"scheduled":%d,%s`, final.Outcome.Scheduled, sent), fmt.Sprintf(`"scheduled":%d,"sent":%d`, final.Outcome.Scheduled-1, final.Outcome.Sent-1))
		}, want: []string{validity.CodeIdentity, validity.CodeDeltas}, says: "b counted"},
		{name: "ended early", spoil: func(a []told) { a[1].final = change(a[1].final, `"deltas":`, `"error":"the target is gone","deltas":`) }, want: []string{validity.CodeWorkerLost}, says: "(b) ended early, b because: the target is gone; mend"},
		{name: "another sum", spoil: func(a []told) {
			a[1].final = change(a[1].final, fmt.Sprintf(`"sent_sum":%d`, final.Outcome.SentSum), fmt.Sprintf(`"sent_sum":%d`, final.Outcome.SentSum+1))
		}, want: []string{validity.CodeIdentity}},
		{name: "broken off", spoil: func([]told) {}, e: Ending{Broken: "the coordinator lost its lease"}, want: []string{validity.CodeFleetStopped}, says: "lost its lease; mend"},
		{name: "interrupted", spoil: func([]told) {}, e: Ending{Interrupted: true}, want: []string{validity.CodeFleetStopped}, says: "ended early: nothing proves"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := slices.Clone(all)
			c.spoil(a)
			f := NewFleet(spec, jobs)
			collect(t, f, a)
			s := judged(t, f, c.e)
			if c.name == "a worker is lost" {
				c.want = c.want[:1] // the schedule of the others is as it should be
			}
			if got := fleetCodes(s); !slices.Equal(got, c.want) || len(c.want) > 0 && (s.Validity != result.Invalid && !(c.e.Interrupted && s.Validity == result.Suspicious) || !strings.Contains(s.Warnings[0].Text, c.says) && !strings.Contains(fmt.Sprint(s.Warnings), c.says)) {
				t.Errorf("%v, want %v with %q: %s, %+v", got, c.want, c.says, s.Validity, s.Warnings)
			}
			if s.Interrupted != (c.e != Ending{}) {
				t.Errorf("interrupted: %v", s.Interrupted)
			}
		})
	}
}

// Stopped workers hand over what they have, and one that was never armed sends nothing.
func TestAJobIsStopped(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	reason := errors.New("the lease is over")
	var asked atomic.Int64
	server := serve(t, func(http.ResponseWriter, *http.Request) {
		if asked.Add(1) == 40 { // of both
			cancel(reason)
		}
	})
	spec := open(t, server, 200, 0)
	spec.Duration, spec.Connections = time.Hour, 2
	jobs, err := Split(spec, 2)
	if err != nil {
		t.Fatal(err)
	}
	all := work(t, ctx, jobs, Local{})
	f := NewFleet(spec, jobs)
	collect(t, f, all)
	for _, w := range all {
		if !errors.Is(w.err, reason) || !strings.Contains(string(w.final), reason.Error()) {
			t.Errorf("%v: %s", w.err, w.final)
		}
	}
	if s := judged(t, f, Ending{Broken: "b is lost"}); !slices.Equal(fleetCodes(s), []string{validity.CodeFleetStopped}) || !s.Interrupted {
		t.Errorf("%+v", s.Warnings)
	}
	var served atomic.Int64
	silent := serve(t, func(http.ResponseWriter, *http.Request) { served.Add(1) })
	spec = open(t, silent, 200, 10)
	jobs, err = Split(spec, 1)
	if err != nil {
		t.Fatal(err)
	}
	final, err := RunJob(t.Context(), jobs[0], Local{}, Hooks{Armed: func(_ context.Context, a Armed) (time.Time, error) {
		if a.Digest != jobs[0].Digest() || a.Connections != 1 || a.Threads != 1 || a.Address != silent.Listener.Addr().String() {
			t.Errorf("armed: %+v", a)
		}
		return time.Time{}, reason
	}})
	if !errors.Is(err, reason) || final != nil || served.Load() > 0 {
		t.Errorf("%v, %v, %d requests", final, err, served.Load())
	}
	_, err = RunJob(t.Context(), jobs[0], Local{}, Hooks{Armed: func(context.Context, Armed) (time.Time, error) { return time.Now().Add(-time.Second), nil }})
	if !errors.Is(err, load.ErrLate) || served.Load() > 0 {
		t.Errorf("a start that is over: %v, %d requests", err, served.Load())
	}
}
