package stat

import (
	"cmp"
	"slices"
)

// Holm returns the p values adjusted for having asked all of their questions at
// once (Holm 1979): rejecting where the adjusted value is ≤ α keeps the chance of
// any false rejection ≤ α.
func Holm(p []float64) []float64 {
	order := make([]int, len(p))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(p[a], p[b]) })
	out := make([]float64, len(p))
	worst := 0.0
	for done, i := range order {
		worst = max(worst, min(1, float64(len(p)-done)*p[i]))
		out[i] = worst
	}
	return out
}

// Letters returns the compact letter display of n things of which some pairs are
// known to differ: two share a letter exactly if they are not known to differ
// (insert and absorb: Piepho 2004). Letters are given out in the order of the
// things, so that sorted things read a, ab, b. different is asked for i < j.
func Letters(n int, different func(i, j int) bool) []string {
	groups := [][]bool{slices.Repeat([]bool{true}, n)}
	for j := range n {
		for i := range j {
			if different(i, j) {
				groups = split(groups, i, j)
			}
		}
	}
	slices.SortFunc(groups, firstMemberFirst)
	out := make([]string, n)
	for g, members := range groups {
		for i, in := range members {
			if in {
				out[i] += string(letter(g))
			}
		}
	}
	return out
}

// split replaces each group that holds both i and j by one without i and one
// without j (insert), and drops groups that lie within others (absorb).
func split(groups [][]bool, i, j int) [][]bool {
	var out [][]bool
	for _, g := range groups {
		if !g[i] || !g[j] {
			out = append(out, g)
			continue
		}
		for _, leaves := range []int{i, j} {
			rest := slices.Clone(g)
			rest[leaves] = false
			out = append(out, rest)
		}
	}
	return absorb(out)
}

func absorb(groups [][]bool) [][]bool {
	var out [][]bool
	for a, g := range groups {
		redundant := false
		for b, other := range groups {
			// Of equal groups the first stays.
			if a != b && within(g, other) && (b < a || !within(other, g)) {
				redundant = true
			}
		}
		if !redundant {
			out = append(out, g)
		}
	}
	return out
}

func within(part, whole []bool) bool {
	for i, in := range part {
		if in && !whole[i] {
			return false
		}
	}
	return true
}

// firstMemberFirst orders groups by their members in order.
func firstMemberFirst(a, b []bool) int {
	for i := range a {
		if a[i] != b[i] {
			if a[i] {
				return -1
			}
			return 1
		}
	}
	return 0
}

// letter returns the g-th letter: a to z, A to Z, then the letters that follow
// in Unicode, which is more than any readable display needs.
func letter(g int) rune {
	const latin = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	if g < len(latin) {
		return rune(latin[g])
	}
	return 'Ā' + rune(g-len(latin))
}
