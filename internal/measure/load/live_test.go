package load

import (
	"net"
	"reflect"
	"testing"
	"time"

	"authbench/bench"
	"authbench/internal/result/hist"
	"authbench/internal/stat"
)

// watched is a slice of a client and the sum of what was taken of it meanwhile.
func watched(t *testing.T, c Client, s Slice, every time.Duration) (out *Outcome, sum Counts, times *hist.Histogram, indexes map[int]int64) {
	t.Helper()
	times, indexes = hist.New(), map[int]int64{}
	answers := map[bench.Class]map[int]int64{}
	s.Live = &Live{Every: every, Take: func(i Interval) {
		sum.Sent += i.Sent
		sum.Completed += i.Completed
		sum.WrongVerdicts += i.WrongVerdicts
		sum.Errors += i.Errors
		i.Times.AddTo(times)
		indexes[i.Index] += i.Completed
		for _, a := range i.Answers {
			if answers[a.Class] == nil {
				answers[a.Class] = map[int]int64{}
			}
			answers[a.Class][a.Status] += a.N
		}
	}}
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			select {
			case <-stop:
				return
			case <-time.After(every / 4):
				s.Live.Poll()
			}
		}
	}()
	out = run(t, c, s)
	close(stop)
	<-stopped
	if !reflect.DeepEqual(answers, out.StatusCounts()) {
		t.Errorf("answers %v were taken, want %v", answers, out.StatusCounts())
	}
	return out, sum, times, indexes
}

// What is handed over, interval by interval, adds up to the outcome, which is that of a
// slice that nobody watches.
func TestLiveAddsUp(t *testing.T) {
	const every = 10 * time.Millisecond
	moody := func(c *net.TCPConn, n int, b []byte) bool {
		if n%10 == 9 {
			c.Write([]byte("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"))
			return true
		}
		if n%10 == 5 { // an answer in pieces, whose times are kept apart
			c.Write([]byte(ok[:10]))
			time.Sleep(time.Millisecond)
			_, err := c.Write([]byte(ok[10:]))
			return err == nil
		}
		return always(ok)(c, n, b)
	}
	eachEngine(t, func(t *testing.T, e Engine) {
		for _, s := range []Slice{
			{Arrivals: bench.Constant, Rate: 1000, Measure: 200 * time.Millisecond},
			{Measure: 200 * time.Millisecond},
			{Count: 50, Measure: time.Hour},
			{Settle: 50 * time.Millisecond, Measure: 100 * time.Millisecond},
		} {
			c := dial(t, e, serve(t, moody), Endpoint{Connections: 3, Breakdown: true})
			out, sum, times, indexes := watched(t, c, s, every)
			var errors int64
			for _, n := range out.Errors {
				errors += n
			}
			if want := (Counts{out.Sent, out.Completed, out.WrongVerdicts, errors}); sum != want || out.Completed == 0 || s.Count > 0 && out.WrongVerdicts == 0 {
				t.Errorf("taken %+v, want %+v", sum, want)
			}
			headline := out.Valid.Service
			if s.Arrivals != "" {
				headline = out.Valid.Response
			}
			if times.Count() != headline.Count() || times.Mean() != headline.Mean() || times.Max() != headline.Max() || times.Count() == 0 {
				t.Errorf("%d times were taken, with mean %v; want %d, %v", times.Count(), times.Mean(), headline.Count(), headline.Mean())
			}
			if out.Valid.FirstByte.Count() != out.Valid.Service.Count() {
				t.Errorf("%d times of the first byte of %d answers", out.Valid.FirstByte.Count(), out.Valid.Service.Count())
			}
			for i := range indexes {
				if i < 0 {
					t.Errorf("an interval before the first: %v", indexes)
				}
			}
			// The next slice has nothing of this one.
			if again := few(t, c, 3); again.Completed != 3 || again.Valid.Service.Count()+again.WrongVerdicts != 3 {
				t.Errorf("after it, %d requests of 3, %d times", again.Completed, again.Valid.Service.Count())
			}
		}
	})
}

// What comes late to hand over is in the interval in which it came.
func TestIntervalsAreThoseOfTheAnswers(t *testing.T) {
	one := newTally(func() time.Duration { return 0 })
	taken := map[int]int64{}
	live := &Live{Every: 10, Take: func(i Interval) { taken[i.Index] += i.Completed }}
	to, s := Endpoint{Workload: plain(t, "GET"), Timeout: time.Second}, Slice{Measure: 1000}
	live.open([]*tally{one}, to, s)
	one.reset(to, s, 0)
	for _, at := range []int64{1, 9, 10, 19, 45, 46, 99, 1200} {
		one.reach(at)
		r := request{sent: at}
		one.answered(&r, at, 200)
		live.Poll()
	}
	live.close([]*tally{one})
	for index, want := range map[int]int64{0: 2, 1: 2, 4: 2, 9: 1} {
		if taken[index] != want {
			t.Errorf("%d answers in interval %d, want %d: %v", taken[index], index, want, taken)
		}
	}
	// Nobody takes anything: the intervals come together, and nothing is lost.
	clear(taken)
	live.open([]*tally{one}, to, s)
	one.reset(to, s, 0)
	for _, at := range []int64{1, 11, 21, 31} {
		one.reach(at)
		r := request{sent: at}
		one.answered(&r, at, 200)
	}
	live.close([]*tally{one})
	if taken[0] != 1 || taken[3] != 3 {
		t.Errorf("not polled: %v", taken)
	}
}

// BenchmarkWatching takes slices with somebody who watches and without, in turns, and
// says what watching costs: the generator, per request, and whoever asks it, of a CPU.
func BenchmarkWatching(b *testing.B) {
	c := dial(b, start(b, Options{Name: Auto}), serve(b, always(ok)), Endpoint{Connections: 8, Breakdown: true})
	var asking time.Duration
	take := func(live *Live) float64 {
		ended, asked := make(chan struct{}), make(chan struct{})
		go func() {
			defer close(asked)
			ticker := time.NewTicker(watching().Every / 2)
			defer ticker.Stop()
			for live != nil {
				select {
				case <-ended:
					return
				case <-ticker.C:
				}
				began := time.Now()
				live.Poll()
				asking += time.Since(began)
			}
		}()
		out := run(b, c, Slice{Measure: time.Second / 2, Live: live})
		close(ended)
		<-asked
		return float64(out.GeneratorCPU) / float64(out.Completed)
	}
	var ratios []float64
	for n := 0; b.Loop(); n++ {
		if n%2 == 0 { // the first of two may have it harder
			alone := take(nil)
			ratios = append(ratios, take(watching())/alone)
		} else {
			watched := take(watching())
			ratios = append(ratios, watched/take(nil))
		}
	}
	b.ReportMetric(100*(stat.Median(ratios)-1), "%-more-CPU/request")
	b.ReportMetric(100*asking.Seconds()/(0.5*float64(len(ratios))), "%-of-a-CPU-asking")
}
