package loadtest

import (
	"math/rand/v2"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"authbench/internal/measure/load"
	"authbench/internal/result"
	"authbench/internal/result/hist"
)

// found is what a thread found in an interval: n answers, each after so long.
func found(index int, n int64, took time.Duration) load.Interval {
	h, p := hist.New(), hist.NewPacked()
	h.RecordMany(int64(took), n)
	p.Take(h)
	return load.Interval{Index: index, Counts: load.Counts{Sent: n, Completed: n, WrongVerdicts: n / 2, Errors: n % 3}, Times: p}
}

// sums adds intervals up.
func sums(all []result.Interval) (sent, answers, unexpected, errors, times int64) {
	for _, i := range all {
		sent, answers, unexpected, errors = sent+i.Sent, answers+i.Answers, unexpected+i.Unexpected, errors+i.Errors
		if i.Times != nil {
			times += i.Times.Count
		}
	}
	return sent, answers, unexpected, errors, times
}

// However long a test is and in whatever order its threads hand over, there are few
// intervals, side by side, of one length, and nothing is lost.
func TestSeriesIsBoundedAndWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var s series
		last, want := 0, load.Counts{}
		for range rapid.IntRange(1, 50).Draw(t, "n") {
			i := found(rapid.IntRange(0, 10_000).Draw(t, "index"), rapid.Int64Range(0, 20).Draw(t, "answers"), time.Millisecond)
			s.add(i)
			last, want = max(last, i.Index), want.Plus(i.Counts)
		}
		measured := time.Duration(rapid.IntRange(1, 3000).Draw(t, "s")) * time.Second / 2
		all := s.whole(measured)
		sent, answers, unexpected, errors, times := sums(all)
		if got := (load.Counts{Sent: sent, Completed: answers, WrongVerdicts: unexpected, Errors: errors}); got != want || times != answers {
			t.Fatalf("%+v with %d times, want %+v", got, times, want)
		}
		if len(all) > mostIntervals || s.doubled > 0 && len(all) <= mostIntervals/2 {
			t.Fatalf("%d intervals, doubled %d times", len(all), s.doubled)
		}
		end := 0.0
		for k, i := range all {
			if i.From < end || k > 0 && i.From != all[k-1].From+s.step().Seconds() || i.Length <= 0 || i.Length > s.step().Seconds() {
				t.Fatalf("interval %d from %v, %v long, after one up to %v", k, i.From, i.Length, end)
			}
			end = i.From + i.Length
		}
		if end < measured.Seconds() || end < float64(last+1)*shortestInterval.Seconds()-0.5 {
			t.Fatalf("they end at %v, the measured part at %v, the last answers came in the interval %d", end, measured, last)
		}
	})
}

// Doubling adds neighbours up: quantiles are those of all their times.
func TestSeriesDoubles(t *testing.T) {
	var s series
	s.add(found(0, 90, time.Millisecond))
	s.add(found(1, 10, time.Second))
	first := s.upTo(time.Hour)
	if len(first) != 225 || first[0].Answers != 90+10 || first[0].Times.P50 > 1001 || first[0].Times.P95 < 0.999e6 || first[1].Times != nil {
		t.Errorf("%d intervals, the first %+v with %+v", len(first), first[0], first[0].Times)
	}
	if s.add(found(2, 100, time.Second)); s.upTo(time.Hour)[0].Times.P50 < 0.999e6 {
		t.Error("what came later changed nothing")
	}
}

// Before an interval has ended nothing is shown of it, and what nobody answered is shown
// as that.
func TestSeriesUpTo(t *testing.T) {
	var s series
	s.add(found(0, 5, time.Millisecond))
	s.add(found(4, 5, time.Millisecond))
	for elapsed, want := range map[time.Duration]int{-time.Second: 0, 0: 0, 124 * time.Millisecond: 0, 125 * time.Millisecond: 1, 3 * time.Second: 24} {
		if got := s.upTo(elapsed); len(got) != want || want > 1 && (got[1].Answers != 0 || got[4].Answers != 5) {
			t.Errorf("after %v: %d intervals, want %d: %+v", elapsed, len(got), want, got)
		}
	}
}

// The intervals of a test are its summary, spread over time; the gauge shows it meanwhile.
func TestIntervals(t *testing.T) {
	for _, rate := range []float64{0, 500} {
		var asked atomic.Int64
		server := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			if asked.Add(1)%5 == 0 {
				w.WriteHeader(http.StatusServiceUnavailable)
			}
			time.Sleep(time.Duration(rand.IntN(2000)) * time.Microsecond)
		})
		spec := open(t, server, rate, 0)
		spec.Duration = 700 * time.Millisecond
		if spec.Connections = 2; rate == 0 {
			spec.Arrivals = ""
		}
		var g Gauge
		r, err := Run(t.Context(), spec, &g)
		if err != nil {
			t.Fatal(err)
		}
		s := r.Summary
		sent, answers, unexpected, errors, times := sums(s.Intervals)
		if answers+errors != s.Requests || errors != 0 || unexpected != s.Statuses[503] || times != s.Headline().Count || sent != 0 != (rate > 0) {
			t.Errorf("%d sent, %d answers, %d unexpected, %d errors, %d times; the summary has %+v", sent, answers, unexpected, errors, times, s)
		}
		if n := len(s.Intervals); n < 6 {
			t.Errorf("%d intervals in %v s", n, s.Duration)
		}
		if now := g.Read(); now.Answers != answers || now.Times == nil || now.Times.P99 != s.Headline().P99 || now.Stage != Measuring {
			t.Errorf("the gauge shows %+v", now)
		}
	}
}
