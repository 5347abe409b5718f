package host

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"authbench/bench"
)

func TestAssignCPUs(t *testing.T) {
	for name, c := range map[string]struct {
		allowed []int
		wish    bench.CPUs
		want    bench.CPUs
		warning string // code
	}{
		"one":                     {[]int{0}, bench.CPUs{}, bench.CPUs{Server: []int{0}, Generator: []int{0}}, bench.WarnOneCPU},
		"one, wished":             {[]int{3}, bench.CPUs{Server: []int{3}}, bench.CPUs{Server: []int{3}, Generator: []int{3}}, bench.WarnOneCPU},
		"two":                     {[]int{0, 1}, bench.CPUs{}, bench.CPUs{Server: []int{0}, Generator: []int{1}}, ""},
		"many, out of order":      {[]int{6, 2, 4, 2}, bench.CPUs{}, bench.CPUs{Server: []int{2, 4}, Generator: []int{6}}, ""},
		"generator wished":        {[]int{0, 1, 2}, bench.CPUs{Generator: []int{0}}, bench.CPUs{Server: []int{1, 2}, Generator: []int{0}}, ""},
		"server wished":           {[]int{0, 1, 2}, bench.CPUs{Server: []int{2}}, bench.CPUs{Server: []int{2}, Generator: []int{1}}, ""},
		"server wishes all":       {[]int{0, 1}, bench.CPUs{Server: []int{1, 0}}, bench.CPUs{Server: []int{0, 1}, Generator: []int{1}}, warnCPUOverlap},
		"generator wishes all":    {[]int{0, 1}, bench.CPUs{Generator: []int{0, 1}}, bench.CPUs{Server: []int{0, 1}, Generator: []int{0, 1}}, warnCPUOverlap},
		"both wished":             {[]int{0, 1, 2, 3}, bench.CPUs{Server: []int{0, 0}, Generator: []int{1, 2}}, bench.CPUs{Server: []int{0}, Generator: []int{1, 2}}, ""},
		"both wished, in part":    {[]int{0, 1, 2}, bench.CPUs{Server: []int{0, 1}, Generator: []int{1, 2}}, bench.CPUs{Server: []int{0, 1}, Generator: []int{1, 2}}, warnCPUOverlap},
		"both wished, of several": {[]int{0, 1}, bench.CPUs{Server: []int{0}, Generator: []int{0}}, bench.CPUs{Server: []int{0}, Generator: []int{0}}, warnCPUOverlap},
	} {
		t.Run(name, func(t *testing.T) {
			got, warnings, err := AssignCPUs(c.allowed, c.wish)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(got.Server, c.want.Server) || !slices.Equal(got.Generator, c.want.Generator) {
				t.Errorf("got %v, want %v", got, c.want)
			}
			code := ""
			for _, w := range warnings {
				code += w.Code
				if w.Level != bench.Suspicious || !strings.Contains(w.Text, "the generator's own CPU time") {
					t.Errorf("warning %+v, want a suspicious one that says what is wrong", w)
				}
			}
			if code != c.warning {
				t.Errorf("warnings %q, want %q", code, c.warning)
			}
		})
	}
}

func TestAssignCPUsRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		allowed []int
		wish    bench.CPUs
		want    string
	}{
		"server":    {[]int{0, 1, 2, 5}, bench.CPUs{Server: []int{1, 4}}, "cpus.server names CPU 4, which this process may not use; choose from 0-2,5"},
		"generator": {[]int{0}, bench.CPUs{Generator: []int{-1}}, "cpus.generator names CPU -1, which this process may not use; choose from 0,"},
		"none":      {nil, bench.CPUs{}, "no CPU"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, _, err := AssignCPUs(c.allowed, c.wish); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
}

// Whatever the machine and the wish: everybody gets a CPU, only allowed ones, what
// was wished if something was, and sharing never goes unsaid.
func TestAssignCPUsAlways(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		allowed := rapid.SliceOfNDistinct(rapid.IntRange(0, 12), 1, 8, rapid.ID).Draw(t, "allowed")
		wish := bench.CPUs{
			Server:    rapid.SliceOfN(rapid.SampledFrom(allowed), 0, 3).Draw(t, "server"),
			Generator: rapid.SliceOfN(rapid.SampledFrom(allowed), 0, 3).Draw(t, "generator"),
		}
		before := slices.Clone(allowed)
		got, warnings, err := AssignCPUs(allowed, wish)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(allowed, before) {
			t.Fatal("the argument was changed")
		}
		shared := false
		for _, side := range []struct{ got, wish []int }{{got.Server, wish.Server}, {got.Generator, wish.Generator}} {
			if len(side.got) == 0 || !slices.IsSorted(side.got) {
				t.Fatalf("got %v", got)
			}
			if len(side.wish) > 0 && !slices.Equal(side.got, sorted(side.wish)) {
				t.Fatalf("wished %v, got %v", side.wish, side.got)
			}
			for _, cpu := range side.got {
				if !slices.Contains(allowed, cpu) {
					t.Fatalf("%v is not allowed", cpu)
				}
			}
		}
		for _, cpu := range got.Server {
			shared = shared || slices.Contains(got.Generator, cpu)
		}
		if shared != (len(warnings) == 1) {
			t.Fatalf("shared %v, warnings %v", shared, warnings)
		}
	})
}

func TestAllowed(t *testing.T) {
	got := Allowed()
	if len(got) == 0 || !slices.IsSorted(got) {
		t.Errorf("allowed CPUs: %v", got)
	}
	if h := Describe(); h.CPUs != len(got) || h.OS == "" || h.Arch == "" {
		t.Errorf("described as %+v with the CPUs %v", h, got)
	}
}
