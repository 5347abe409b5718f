package store

import (
	"fmt"
	"strconv"
	"sync"
	"testing"

	"pgregory.net/rapid"
)

// newDenylist makes a list that has room for its ids.
func newDenylist(t testing.TB, ids ...string) *Denylist {
	t.Helper()
	d, err := NewDenylist(ids)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestDenylist: whatever is put on the list, in whatever order and how often, is on it, and
// nothing else.
func TestDenylist(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ids := rapid.SliceOf(rapid.StringMatching(`[a-c]{0,4}`))
		first := ids.Draw(t, "first")
		d, err := NewDenylist(first)
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]bool{}
		note := func(ids []string) {
			for _, id := range ids {
				want[id] = true
			}
		}
		note(first)
		for _, more := range rapid.SliceOf(ids).Draw(t, "more") {
			if err := d.Add(more...); err != nil {
				t.Fatal(err)
			}
			note(more)
		}
		for _, id := range ids.Draw(t, "asked") {
			if d.Holds(id) != want[id] {
				t.Fatalf("%q: %v", id, d.Holds(id))
			}
		}
		for id := range want {
			if !d.Holds(id) {
				t.Fatalf("%q is not on the list", id)
			}
		}
		if d.held != len(want) {
			t.Fatalf("it holds %d ids, want %d", d.held, len(want))
		}
	})
}

// TestDenylistWhileItGrows: readers find each id from when it was put on the list, and never
// one that was not.
func TestDenylistWhileItGrows(t *testing.T) {
	const ids, readers = 5000, 4
	d := newDenylist(t)
	added := make(chan string, ids)
	var reading sync.WaitGroup
	for range readers {
		reading.Go(func() {
			for id := range added {
				if !d.Holds(id) || d.Holds("not "+id) {
					t.Errorf("%s: held %v, and %v beside it", id, d.Holds(id), d.Holds("not "+id))
				}
			}
		})
	}
	for i := range ids {
		id := strconv.Itoa(i)
		if err := d.Add(id); err != nil {
			t.Fatal(err)
		}
		added <- id
	}
	close(added)
	reading.Wait()
}

// TestFullDenylist: an id for which there is no room is an error, and not forgotten silently.
func TestFullDenylist(t *testing.T) {
	d := newDenylist(t, "a")
	d.held = mostDenied
	if err := d.Add("a"); err != nil {
		t.Errorf("an id that is on it already: %v", err)
	}
	if err := d.Add("b"); err == nil || d.Holds("b") {
		t.Error("a full list takes another id")
	}
}

func BenchmarkDenylist(b *testing.B) {
	for _, size := range []int{0, 1000, 1_000_000} {
		ids := make([]string, size)
		for i := range ids {
			ids[i] = fmt.Sprintf("%022d", i)
		}
		d := newDenylist(b, ids...)
		asked := make([]string, 1024)
		for i := range asked {
			asked[i] = fmt.Sprintf("x%021d", i)
		}
		b.Run(strconv.Itoa(size), func(b *testing.B) {
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				if d.Holds(asked[i&1023]) {
					b.Fatal("it holds another id")
				}
				i++
			}
		})
	}
}
