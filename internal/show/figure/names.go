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

// drawNames writes names beside their marks.
func drawNames(c draw.Canvas, all []named) {
	sty := textStyle(smallSize, ink)
	for i, box := range placeNames(c.Rectangle, all, sty.Width, lineHeight(smallSize)) {
		c.SetColor(color.White) // lines behind it would make it hard to read
		c.Fill(box.Path())
		write(c, sty, vg.Point{X: box.Min.X, Y: box.Max.Y}, all[i].text)
	}
}

// placeNames returns the room of each name: to the right of its last mark, or to the left of the
// first where there is no room. A name that would cover another one, or a mark, goes down until it
// does not.
func placeNames(around vg.Rectangle, all []named, width func(string) vg.Length, height vg.Length) []vg.Rectangle {
	const step = 1 // point
	var taken []vg.Rectangle
	order := make([]int, len(all))
	for i, n := range all {
		order[i], taken = i, append(taken, n.marks...)
	}
	slices.SortStableFunc(order, func(i, k int) int { return cmp.Compare(all[k].marks[0].Min.Y, all[i].marks[0].Min.Y) })
	out := make([]vg.Rectangle, len(all))
	for _, i := range order {
		box := besideOf(around, all[i], width(all[i].text), height)
		for box.Min.Y-step > around.Min.Y && slices.ContainsFunc(taken, func(other vg.Rectangle) bool { return overlap(box, other) }) {
			box = box.Add(vg.Point{Y: -step})
		}
		out[i], taken = box, append(taken, box)
	}
	return out
}

// besideOf is the room for a name of that size beside its marks.
func besideOf(around vg.Rectangle, n named, width, height vg.Length) vg.Rectangle {
	first, last := n.marks[0], n.marks[0]
	for _, m := range n.marks {
		if m.Min.X < first.Min.X {
			first = m
		}
		if m.Max.X > last.Max.X {
			last = m
		}
	}
	left := last.Max.X + gap
	if left+width > around.Max.X {
		left = first.Min.X - gap - width
	}
	middle := max((last.Min.Y+last.Max.Y)/2, around.Min.Y+height/2)
	return vg.Rectangle{Min: vg.Point{X: left, Y: middle - height/2}, Max: vg.Point{X: left + width, Y: middle + height/2}}
}

// overlap reports whether two rectangles share more than an edge.
func overlap(a, b vg.Rectangle) bool {
	return a.Min.X < b.Max.X && b.Min.X < a.Max.X && a.Min.Y < b.Max.Y && b.Min.Y < a.Max.Y
}
