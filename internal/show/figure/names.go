package figure

import (
	"cmp"
	"image/color"
	"slices"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// named is a name and what it belongs to: the room that its marks take.
type named struct {
	text  string
	marks []vg.Rectangle
}

// placed is the room of a name, and the mark that it stands beside.
type placed struct{ box, mark vg.Rectangle }

// drawNames writes names beside their marks. A thin line leads from a mark to a name that found
// no room right beside it.
func drawNames(c draw.Canvas, all []named) {
	sty := textStyle(smallSize, ink)
	for i, at := range placeNames(c.Rectangle, all, sty.Width, lineHeight(smallSize)) {
		if from, to := at.leader(); to.Y < at.mark.Min.Y || to.Y > at.mark.Max.Y {
			c.StrokeLine2(draw.LineStyle{Color: muted, Width: vg.Points(0.5)}, from.X, from.Y, to.X, to.Y)
		}
		c.SetColor(color.White) // lines behind it would make it hard to read
		c.Fill(at.box.Path())
		write(c, sty, vg.Point{X: at.box.Min.X, Y: at.box.Max.Y}, all[i].text)
	}
}

// leader is the line from the mark to the name.
func (p placed) leader() (from, to vg.Point) {
	from, to = vg.Point{X: p.mark.Max.X, Y: middle(p.mark)}, vg.Point{X: p.box.Min.X, Y: middle(p.box)}
	if p.box.Max.X < p.mark.Max.X {
		from.X, to.X = p.mark.Min.X, p.box.Max.X
	}
	return from, to
}

// placeNames returns the room of each name: to the right of its last mark or to the left of its
// first, as near to their height as it covers neither another name nor a mark.
func placeNames(around vg.Rectangle, all []named, width func(string) vg.Length, height vg.Length) []placed {
	var taken []vg.Rectangle
	order := make([]int, len(all))
	for i, n := range all {
		order[i], taken = i, append(taken, n.marks...)
	}
	slices.SortStableFunc(order, func(i, k int) int { return cmp.Compare(all[k].marks[0].Min.Y, all[i].marks[0].Min.Y) })
	out := make([]placed, len(all))
	for _, i := range order {
		out[i] = place(around, all[i], vg.Point{X: width(all[i].text), Y: height}, taken)
		taken = append(taken, out[i].box)
	}
	return out
}

// place returns the free room for a name of that size that is nearest to its marks, the right side
// first, and the room beside the last mark where nothing is free.
func place(around vg.Rectangle, n named, size vg.Point, taken []vg.Rectangle) placed {
	right, left := sides(n, size)
	for off := vg.Length(0); off < around.Max.Y-around.Min.Y; off++ { // points
		for _, beside := range []placed{right, left} {
			for _, y := range []vg.Length{-off, off} {
				at := placed{beside.box.Add(vg.Point{Y: y}), beside.mark}
				if within(at.box, around) && !slices.ContainsFunc(taken, func(other vg.Rectangle) bool { return overlap(at.box, other) }) {
					return at
				}
			}
		}
	}
	return right
}

// sides are the rooms for a name of that size beside its last mark and beside its first.
func sides(n named, size vg.Point) (right, left placed) {
	first, last := n.marks[0], n.marks[0]
	for _, m := range n.marks {
		if m.Min.X < first.Min.X {
			first = m
		}
		if m.Max.X > last.Max.X {
			last = m
		}
	}
	room := func(x vg.Length, mark vg.Rectangle) placed {
		corner := vg.Point{X: x, Y: middle(mark) - size.Y/2}
		return placed{vg.Rectangle{Min: corner, Max: corner.Add(size)}, mark}
	}
	return room(last.Max.X+gap, last), room(first.Min.X-gap-size.X, first)
}

func middle(r vg.Rectangle) vg.Length { return (r.Min.Y + r.Max.Y) / 2 }

// within reports whether a rectangle leaves another one nowhere.
func within(r, around vg.Rectangle) bool {
	return r.Min.X >= around.Min.X && r.Max.X <= around.Max.X && r.Min.Y >= around.Min.Y && r.Max.Y <= around.Max.Y
}

// overlap reports whether two rectangles share more than an edge.
func overlap(a, b vg.Rectangle) bool {
	return a.Min.X < b.Max.X && b.Min.X < a.Max.X && a.Min.Y < b.Max.Y && b.Min.Y < a.Max.Y
}
