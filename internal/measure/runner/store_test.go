package runner

import (
	"errors"
	"strings"
	"testing"
	"time"

	"authbench/bench"
)

// storeMeter is a store's: its clock advances by 2 ms between the edges of each
// slice, and by 1 ms after it.
type storeMeter struct {
	readings int
	failed   error
}

func (*storeMeter) Refresh() error      { return nil }
func (*storeMeter) PSS() (int64, error) { return 3 << 20, nil }

func (m *storeMeter) CPU() (time.Duration, error) {
	// begin, end, drained, still
	steps := [...]time.Duration{0, 2, 2, 3}
	n := m.readings
	m.readings++
	return (time.Duration(n/len(steps))*3 + steps[n%len(steps)]) * time.Millisecond, m.failed
}

// A store's CPU time and memory are booked apart from the server's.
func TestStoreIsBookedApart(t *testing.T) {
	w, record := newWorld(), &tape{}
	w.stores = map[string]Meter{"apikey": &storeMeter{}}
	if err := Run(t.Context(), config(w, record)); err != nil {
		t.Fatal(err)
	}
	for _, s := range record.slices {
		want := [2]int64{}
		if s.Arm == "apikey" {
			want = [2]int64{2e6, 1e6}
		}
		if got := [2]int64{s.StoreCPU, s.StoreTail}; got != want || s.CPU() != s.ServerCPU+s.ServerTail+want[0]+want[1] {
			t.Errorf("arm %s: %v of the store's, %d in all, want %v", s.Arm, got, s.CPU(), want)
		}
	}
	for _, l := range record.launches {
		for _, a := range l.Arms {
			if want := map[string]int64{"apikey": 3 << 20}[a.Arm]; a.StorePSS != want {
				t.Errorf("arm %s: memory of the store %d, want %d", a.Arm, a.StorePSS, want)
			}
		}
	}
}

// An arm whose store cannot be read any more is lost, and no other.
func TestStoreLost(t *testing.T) {
	w, record := newWorld(), &tape{}
	w.stores = map[string]Meter{"apikey": &storeMeter{failed: errors.New("it is gone")}}
	if err := Run(t.Context(), config(w, record)); err != nil {
		t.Fatal(err)
	}
	var lost []bench.Warning
	for _, warning := range record.warnings {
		if warning.Code == bench.WarnTargetLost {
			lost = append(lost, warning)
		}
	}
	if len(lost) != 1 || lost[0].Arm != "apikey" || !strings.Contains(lost[0].Text, "it is gone") {
		t.Errorf("lost: %+v", lost)
	}
}
