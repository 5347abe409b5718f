package stat

import (
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestHolm(t *testing.T) {
	for _, c := range []struct{ p, want []float64 }{
		{nil, nil},
		{[]float64{0.2}, []float64{0.2}},
		{[]float64{0.01, 0.04, 0.03, 0.005}, []float64{0.03, 0.06, 0.06, 0.02}},
		{[]float64{0.6, 0.7}, []float64{1, 1}},
	} {
		got := Holm(c.p)
		for i := range c.want {
			if math.Abs(got[i]-c.want[i]) > 1e-12 {
				t.Errorf("Holm(%v) = %v, want %v", c.p, got, c.want)
			}
		}
	}
}

// Holm never helps a p value, keeps their order, and treats the smallest as
// Bonferroni does.
func TestHolmProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := rapid.SliceOfN(rapid.Float64Range(0, 1), 1, 20).Draw(t, "p")
		got := Holm(p)
		for i := range p {
			if got[i] < p[i] || got[i] > 1 {
				t.Fatalf("%v adjusted to %v", p, got)
			}
			for j := range p {
				if p[i] < p[j] && got[i] > got[j] {
					t.Fatalf("order changed: %v to %v", p, got)
				}
			}
		}
		if least := slices.Min(p); slices.Min(got) != min(1, least*float64(len(p))) {
			t.Fatalf("the smallest of %v is adjusted to %v, want Bonferroni", p, slices.Min(got))
		}
	})
}

func TestLetters(t *testing.T) {
	all := func(int, int) bool { return true }
	none := func(int, int) bool { return false }
	ends := func(i, j int) bool { return j-i > 1 }
	for _, c := range []struct {
		n         int
		different func(i, j int) bool
		want      string
	}{
		{0, none, ""},
		{1, none, "a"},
		{3, none, "a a a"},
		{3, all, "a b c"},
		{3, ends, "a ab b"},
		{4, ends, "a ab bc c"},
		{5, func(i, j int) bool { return i < 2 && j >= 2 }, "a a b b b"},
	} {
		if got := strings.Join(Letters(c.n, c.different), " "); got != c.want {
			t.Errorf("%d things: %q, want %q", c.n, got, c.want)
		}
	}
	many := Letters(60, all)
	if many[0] != "a" || many[25] != "z" || many[26] != "A" || many[51] != "Z" || many[52] != "Ā" {
		t.Errorf("60 different things: %q", many)
	}
}

// Two things share a letter exactly if they are not known to differ, and no
// letter's bearers all bear another one too.
func TestLettersProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 9).Draw(t, "n")
		differ := make([][]bool, n)
		for i := range differ {
			differ[i] = rapid.SliceOfN(rapid.Bool(), n, n).Draw(t, "differ")
		}
		letters := Letters(n, func(i, j int) bool { return differ[i][j] })
		bearers := map[rune]string{}
		for i := range n {
			for j := range i {
				if shared := strings.ContainsAny(letters[i], letters[j]); shared == differ[j][i] {
					t.Fatalf("%d and %d: %q, known to differ: %v", j, i, letters, differ[j][i])
				}
			}
			for _, l := range letters[i] {
				bearers[l] += string(rune('0' + i))
			}
		}
		for a, of := range bearers {
			for b, others := range bearers {
				if a != b && strings.Trim(of, others) == "" {
					t.Fatalf("%c is redundant beside %c: %q", a, b, letters)
				}
			}
		}
	})
}
