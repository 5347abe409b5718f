package runner

import (
	"errors"
	"maps"
	"strings"
	"testing"
	"time"

	"authbench/bench"
)

// backendMeter is a backend's: its clock advances by 2 ms times its pace between the edges
// of each slice, and by 1 ms times that after it.
type backendMeter struct {
	pace     int64
	readings int
	failed   error
}

func (*backendMeter) Refresh() error        { return nil }
func (m *backendMeter) PSS() (int64, error) { return m.pace << 20, nil }

func (m *backendMeter) CPU() (time.Duration, error) {
	// begin, end, drained, still
	steps := [...]time.Duration{0, 2, 2, 3}
	n := m.readings
	m.readings++
	return time.Duration(m.pace) * (time.Duration(n/len(steps))*3 + steps[n%len(steps)]) * time.Millisecond, m.failed
}

// TestBackendsAreBookedApart: CPU time and memory of each backend stand under its name, apart
// from the server's.
func TestBackendsAreBookedApart(t *testing.T) {
	w, record := newWorld(), &recorder{}
	w.backends = map[string]map[string]Meter{"apikey": {"redis": &backendMeter{pace: 1}, "issuer": &backendMeter{pace: 5}}}
	if err := Run(t.Context(), config(w, record)); err != nil {
		t.Fatal(err)
	}
	for _, s := range record.slices {
		var want map[string]bench.BackendCPU
		all := s.ServerCPU + s.ServerTail
		if s.Arm == "apikey" {
			want = map[string]bench.BackendCPU{"redis": {CPU: 2e6, Tail: 1e6}, "issuer": {CPU: 10e6, Tail: 5e6}}
			all += 18e6
		}
		if !maps.Equal(s.Backends, want) || s.CPU() != all {
			t.Errorf("arm %s: %v of the backends, %d in all, want %v, %d", s.Arm, s.Backends, s.CPU(), want, all)
		}
	}
	for _, l := range record.launches {
		for _, a := range l.Arms {
			want := map[string]map[string]int64{"apikey": {"redis": 1 << 20, "issuer": 5 << 20}}[a.Arm]
			if !maps.Equal(a.BackendPSS, want) {
				t.Errorf("arm %s: memory of the backends %v, want %v", a.Arm, a.BackendPSS, want)
			}
		}
	}
}

// An arm whose backend cannot be read any more is lost, and no other.
func TestBackendLost(t *testing.T) {
	w, record := newWorld(), &recorder{}
	w.backends = map[string]map[string]Meter{"apikey": {"redis": &backendMeter{failed: errors.New("it is gone")}}}
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
