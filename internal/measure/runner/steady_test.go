package runner

import (
	"testing"
	"time"
)

// An arm that remembers has one slice in a launch and load, after as much of the same load as it
// remembers for, and what its cache answered in it. Others have theirs as ever.
func TestCachesAreWarm(t *testing.T) {
	w, p := newWorld(), &recorder{}
	w.memory = map[string]time.Duration{"apikey": 300 * time.Millisecond, "jwt": time.Hour}
	c := config(w, p)
	c.Scenario.Loads[1].Rate = 1e5 // so that no slice is lengthened
	if err := Run(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	checkNothingLeft(t, w)
	taken, warmed := map[string]int{}, 0
	for _, s := range p.slices {
		if s.Launch == 0 {
			continue
		}
		taken[s.Arm]++
		want := int64(0)
		if s.Arm == "apikey" {
			want = (300 * time.Millisecond).Nanoseconds()
		}
		if s.Warmed != want || s.Arm == "apikey" && s.Measured != want {
			t.Errorf("%s: warmed %v, measured %v", s.Arm, time.Duration(s.Warmed), time.Duration(s.Measured))
		}
		if cached := s.Arm != "none"; (s.Lookups.Hits == 100) != cached || !cached && s.Lookups.Hits != 0 {
			t.Errorf("%s: %+v; want the growth of its counters in the slice", s.Arm, s.Lookups)
		}
	}
	if taken["apikey"] != 3*2 || taken["none"] != 3*2*2 || taken["jwt"] != taken["none"] {
		t.Errorf("slices: %v", taken)
	}
	for i, s := range w.slices {
		if s.Measure != 300*time.Millisecond || s.Begin == nil { // not joined
			continue
		}
		before := w.slices[i-1]
		if before.Measure != s.Measure || before.Begin != nil || before.Rate != s.Rate || before.Arrivals != s.Arrivals || before.Seed == s.Seed {
			t.Errorf("%+v goes before %+v", before, s)
		}
		warmed++
	}
	if warmed != 3*2 {
		t.Errorf("%d slices were warmed", warmed)
	}
}

// A server that ends while it is warmed is lost as one that ends in a slice.
func TestArmIsLostInItsWarming(t *testing.T) {
	w, p := newWorld(), &recorder{}
	w.memory = map[string]time.Duration{"apikey": 300 * time.Millisecond}
	w.failRun = func(arm string, _ int) error {
		last := w.slices[len(w.slices)-1]
		return failAfter(arm == "apikey" && last.Begin == nil && last.Measure == 300*time.Millisecond)
	}
	if err := Run(t.Context(), config(w, p)); err != nil {
		t.Fatal(err)
	}
	if len(p.warnings) != 1 || p.warnings[0].Arm != "apikey" || len(p.launches[len(p.launches)-1].Arms) != 2 {
		t.Errorf("%+v", p.warnings)
	}
}
