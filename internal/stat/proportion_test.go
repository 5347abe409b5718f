package stat

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"
	"pgregory.net/rapid"
)

// 95 % limits of a proportion: Geigy, Scientific Tables, 7th edition, p. 85 ff.
func TestClopperPearsonTable(t *testing.T) {
	for _, c := range []struct {
		k, n   int64
		lo, hi float64
	}{
		{0, 10, 0, 0.3085}, {1, 10, 0.0025, 0.4450}, {5, 10, 0.1871, 0.8129}, {10, 10, 0.6915, 1},
		{2, 20, 0.0123, 0.3170}, {0, 100, 0, 0.0362}, {50, 100, 0.3983, 0.6017},
	} {
		got := ClopperPearson(c.k, c.n, level95)
		if math.Abs(got.Lo-c.lo) > 1e-4 || math.Abs(got.Hi-c.hi) > 1e-4 {
			t.Errorf("%d of %d: %+v, published %v to %v", c.k, c.n, got, c.lo, c.hi)
		}
	}
}

// At its bounds the tail probabilities are what the level leaves, also for the
// counts of a real run.
func TestClopperPearsonTails(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Int64Range(1, 2_000_000).Draw(t, "n")
		k := rapid.Int64Range(0, min(n, 3000)).Draw(t, "k")
		iv := ClopperPearson(k, n, level95)
		if share := float64(k) / float64(n); iv.Lo > share || iv.Hi < share {
			t.Fatalf("%d of %d outside of %+v", k, n, iv)
		}
		if k > 0 {
			if p := 1 - (distuv.Binomial{N: float64(n), P: iv.Lo}).CDF(float64(k-1)); math.Abs(p-0.025) > 1e-4 {
				t.Fatalf("%d of %d, lower bound %v: tail %v, want 0.025", k, n, iv.Lo, p)
			}
		}
		if k < n {
			if p := (distuv.Binomial{N: float64(n), P: iv.Hi}).CDF(float64(k)); math.Abs(p-0.025) > 1e-4 {
				t.Fatalf("%d of %d, upper bound %v: tail %v, want 0.025", k, n, iv.Hi, p)
			}
		}
	})
}

func TestFisherExact(t *testing.T) {
	for _, c := range []struct {
		name       string
		a, b, c, d int64
		want       float64
	}{
		{"Fisher's tea taster (Agresti 1990, p. 61)", 3, 1, 1, 3, 0.4857},
		{"convictions of twins (Fisher 1962)", 2, 15, 10, 3, 0.0005367},
		{"all alike", 0, 80, 0, 320, 1},
		{"nothing", 0, 0, 0, 0, 1},
		{"one arm alone", 4, 76, 0, 0, 1},
		{"all invalid against none: 2/C(10,5)", 5, 0, 0, 5, 2.0 / 252},
	} {
		if got := FisherExact(c.a, c.b, c.c, c.d); math.Abs(got-c.want) > 5e-5*max(c.want, 1e-2) {
			t.Errorf("%s: p = %v, want %v", c.name, got, c.want)
		}
	}
}

// One-sided values of the same sources; the twins' is what R's fisher.test gives.
func TestFisherGreater(t *testing.T) {
	for _, c := range []struct {
		a, b, c, d int64
		want       float64
	}{
		{3, 1, 1, 3, 0.242857}, {4, 0, 0, 4, 1.0 / 70}, {10, 3, 2, 15, 0.0004652}, {0, 5, 5, 0, 1}, {0, 0, 0, 0, 1},
	} {
		if got := FisherGreater(c.a, c.b, c.c, c.d); math.Abs(got-c.want) > 5e-4*c.want {
			t.Errorf("%d %d %d %d: p = %v, want %v", c.a, c.b, c.c, c.d, got, c.want)
		}
	}
}

// Neither the order of the rows nor that of the columns nor transposing matters.
func TestFisherExactSymmetry(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		count := rapid.Int64Range(0, 60)
		a, b, c, d := count.Draw(t, "a"), count.Draw(t, "b"), count.Draw(t, "c"), count.Draw(t, "d")
		p := FisherExact(a, b, c, d)
		if p <= 0 || p > 1 {
			t.Fatalf("p = %v", p)
		}
		for _, q := range []float64{FisherExact(c, d, a, b), FisherExact(b, a, d, c), FisherExact(a, c, b, d)} {
			if math.Abs(p-q) > 1e-9 {
				t.Fatalf("%v and %v", p, q)
			}
		}
	})
}
