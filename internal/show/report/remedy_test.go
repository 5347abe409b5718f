package report

import (
	"fmt"
	"strings"
	"testing"

	"authbench/bench"
)

func TestTodos(t *testing.T) {
	notes := []note{
		{Level: bench.Void, Code: "a", Text: "let 12 forged credentials in"},
		{Level: bench.Suspicious, Code: "b", Text: "the host was busy; run again"},
		{Level: bench.Suspicious, Code: "c", Text: "too slow; give the server CPUs of its own; its costs are not shown"},
		{Level: bench.Info, Code: "d", About: []string{"x"}, Text: "the server was out; it was out for 2s in all"},
		{Level: bench.Info, Code: "b", Text: "the disk was busy; run again"},
		{Level: bench.Info, Code: "e", Text: "an error of a server: oops; rm -rf /"},
	}
	var got []string
	for _, group := range todos(notes, []leftOut{{"d", 4}, {"b", 2}}) {
		var lines []string
		for _, n := range group.Notes {
			lines = append(lines, n.Line())
		}
		got = append(got, fmt.Sprintf("%s: %s %v", group.Title, strings.Join(lines, " | "), group.Rest))
	}
	want := []string{
		"Look into these: let 12 forged credentials in []",
		"Run again: the host was busy | the disk was busy [{b 2}]",
		"Give the server CPUs of its own: too slow; its costs are not shown []",
		"To know: x: the server was out; it was out for 2s in all | an error of a server: oops; rm -rf / [{d 4}]",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
