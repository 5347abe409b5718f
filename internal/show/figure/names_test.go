package figure

import (
	"testing"

	"gonum.org/v1/plot/vg"
	"pgregory.net/rapid"
)

// A name stands within the plot, beside its marks, and covers no mark and no other name while there
// is room.
func TestNamesCoverNothing(t *testing.T) {
	around := vg.Rectangle{Max: vg.Point{X: 500, Y: 2000}}
	rapid.Check(t, func(t *rapid.T) {
		var all []named
		for range rapid.IntRange(0, 12).Draw(t, "arms") {
			n := named{text: rapid.StringN(1, 12, -1).Draw(t, "name")}
			for range rapid.IntRange(1, 2).Draw(t, "marks") {
				x, y := vg.Length(rapid.IntRange(150, 350).Draw(t, "x")), vg.Length(rapid.IntRange(1500, 1990).Draw(t, "y"))
				n.marks = append(n.marks, roomOf(x, x+20, y))
			}
			all = append(all, n)
		}
		boxes := placeNames(around, all, func(text string) vg.Length { return vg.Length(5 * len([]rune(text))) }, 11)
		for i, at := range boxes {
			box := at.box
			if box.Min.X < around.Min.X || box.Max.X > around.Max.X || box.Min.Y < around.Min.Y {
				t.Fatalf("%q leaves the plot: %v", all[i].text, box)
			}
			for k, other := range boxes {
				if i != k && overlap(box, other.box) {
					t.Fatalf("%q covers %q", all[i].text, all[k].text)
				}
			}
			for _, n := range all {
				for _, m := range n.marks {
					if overlap(box, m) {
						t.Fatalf("%q covers a mark of %q", all[i].text, n.text)
					}
				}
			}
		}
	})
}
