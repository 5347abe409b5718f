package report

import (
	"bytes"
	"fmt"
	"io"
	"testing"

	"authbench/internal/judge/analysis"
	"authbench/internal/show/figure"
)

// large is the analysis of a run with 20 arms and 2,000 slices.
func large() *analysis.Analysis {
	a := sample()
	const arms, perLaunch, launches = 20, 10, 10
	first := a.Summary.Arms[2]
	distributions, points := a.Distributions, a.Points
	a.Points = nil
	for i := len(a.Summary.Arms); i < arms; i++ {
		arm := first
		arm.Name = fmt.Sprintf("arm-%02d", i)
		a.Summary.Arms = append(a.Summary.Arms, arm)
		for _, d := range distributions {
			if d.Arm == first.Name {
				d.Arm = arm.Name
				a.Distributions = append(a.Distributions, d)
			}
		}
	}
	for i, arm := range a.Summary.Arms {
		for k := range perLaunch * launches {
			p := points[(i+k)%len(points)]
			p.Arm, p.Launch, p.Round = arm.Name, 1+k/perLaunch, k%perLaunch
			a.Points = append(a.Points, p)
		}
	}
	return a
}

// Pages are bounded in size, which their readers wait for.
func TestPagesAreSmall(t *testing.T) {
	const most = 3 << 19 // 1.5 MiB
	for name, a := range map[string]*analysis.Analysis{"quick": sample(), "large": large()} {
		if n := len(rendered(t, a, figure.All(a))); n > most {
			t.Errorf("report.html of %s has %d bytes, more than %d", name, n, most)
		}
	}
	if n := len(large().Points); n != 2000 {
		t.Errorf("large has %d slices", n)
	}
}

// BenchmarkRender renders all reports of a run with 20 arms and 2,000 slices, and the
// page of it alone.
func BenchmarkRender(b *testing.B) {
	a := large()
	b.Run("all", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := render(a); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("page", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var out bytes.Buffer
			if err := HTML(&out, a, figure.All(a), PageLinks{}); err != nil {
				b.Fatal(err)
			}
			_, _ = io.Copy(io.Discard, &out)
		}
	})
}
