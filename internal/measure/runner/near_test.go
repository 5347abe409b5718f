package runner

import (
	"testing"
	"time"

	"authbench/bench"
	"authbench/internal/measure/load"
	"authbench/internal/result/hist"
)

// TestNearParts: what an episode's load brings is counted in parts of 100 ms, and around each
// revocation in parts of 10 ms as well, which say the same.
func TestNearParts(t *testing.T) {
	at := func(ms int) bench.PlannedRevocation {
		return bench.PlannedRevocation{At: time.Duration(ms) * time.Millisecond}
	}
	c := newNearCourse(bench.Timeline{Revocations: []bench.PlannedRevocation{at(505), at(530), at(1200)}})
	c.began.Store((5 * time.Millisecond).Nanoseconds())
	times := hist.New()
	times.Record(1000)
	packed := hist.NewPacked()
	packed.Take(times)
	for thread := range 2 {
		for i := range 200 {
			answers := []load.Answers{{Class: bench.Valid, Status: 200, N: 1}}
			if thread == 1 {
				answers = append(answers, load.Answers{Class: bench.Expired, Status: 401, N: 2})
			}
			c.take(load.Interval{Index: i, Counts: load.Counts{Sent: 3, Completed: 2, WrongVerdicts: int64(thread), Errors: 1}, Answers: answers, Times: packed})
		}
	}
	parts, err := c.encoded()
	if err != nil || len(parts) != 20 {
		t.Fatalf("%d parts, %v", len(parts), err)
	}
	for i, p := range parts {
		h, err := hist.Decode(string(p.Response))
		if err != nil || p.Sent != 60 || p.Completed != 40 || p.WrongVerdicts != 10 || p.Errors != 20 || p.Statuses[bench.Valid][200] != 20 || p.Statuses[bench.Expired][401] != 20 || h.Count() != 20 {
			t.Errorf("part %d: %+v, %v", i, p, err)
		}
	}
	var want []int64 // a part that begins from 30 ms before a revocation until 100 ms after it
	for ms := int64(5); ms < 2000; ms += 10 {
		if ms > 475 && ms <= 630 || ms > 1170 && ms <= 1300 {
			want = append(want, ms)
		}
	}
	near := c.around()
	if len(near) != len(want) {
		t.Fatalf("%d short parts, want %d", len(near), len(want))
	}
	for i, p := range near {
		if p.At != want[i]*1e6 || p.Sent != 6 || p.Completed != 4 || p.WrongVerdicts != 1 || p.Errors != 2 || p.Statuses[bench.Valid][200] != 2 || p.Statuses[bench.Expired][401] != 2 {
			t.Errorf("short part %d: %+v, want it at %d ms", i, p, want[i])
		}
	}
	for at, want := range map[int]int{476: -2, 485: -2, 495: -1, 496: 0, 505: 0, 506: 1, 515: 1, 516: 2, 520: 2, 521: 0, 530: 0, 531: 1, 630: 10, 1175: -2, 1195: 0, 1300: 10} {
		if got := c.distance(time.Duration(at) * time.Millisecond); got != want {
			t.Errorf("a part that begins at %d ms is %d from a revocation, want %d", at, got, want)
		}
	}
	distances, err := c.distances()
	if err != nil {
		t.Fatal(err)
	}
	total := int64(0)
	for i, d := range distances {
		h, err := hist.Decode(string(d.Response))
		if err != nil || d.Parts != i-2 {
			t.Errorf("%+v, %v; want all distances from -2 on", d, err)
			continue
		}
		total += h.Count()
	}
	if len(distances) != 13 || total != 2*int64(len(near)) {
		t.Errorf("%d distances with %d response times of %d short parts", len(distances), total, len(near))
	}
	if none := newNearCourse(bench.Timeline{}); none.isNear(0) || none.around() != nil {
		t.Error("an episode without revocations has parts near them")
	}
}
