package feed

import (
	"encoding/json"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"authbench/internal/credential"
)

// TestCursors are read as they are written, and nothing else is one.
func TestCursors(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := Cursor{rapid.StringMatching(`[0-9a-f]{1,16}`).Draw(t, "epoch"), rapid.IntRange(0, 1<<40).Draw(t, "number")}
		var got Cursor
		if err := got.UnmarshalText([]byte(want.String())); err != nil || got != want {
			t.Fatalf("%v became %v, %v", want, got, err)
		}
	})
	for _, text := range []string{"1", "-1", "a", "a-", "a--1", "a-+1", "a-01", "a-1-2", "a-b", "a-1 ", "a-99999999999999999999", "a b-1", "a\n-1", "a\x01-1", "ä-1", strings.Repeat("a", 65) + "-1"} {
		c := Cursor{"old", 3}
		if err := c.UnmarshalText([]byte(text)); err == nil || c != (Cursor{}) {
			t.Errorf("%q is read as %v", text, c)
		}
	}
}

// TestPages: a page is taken if it follows the place that it was asked for, or begins the
// list anew, and says so with ids that tokens can have.
func TestPages(t *testing.T) {
	long := strings.Repeat("x", credential.MaxBytes+1)
	beginning, third := Cursor{}, Cursor{"a", 3}
	for _, c := range []struct {
		name, text string
		after      Cursor
		good       bool
	}{
		{"the beginning", `{"ids":["x","y"],"next":"a-2"}`, beginning, true},
		{"an empty list", `{"ids":[],"next":"a-0"}`, beginning, true},
		{"more to come", `{"ids":["x"],"next":"a-1","more":true}`, beginning, true},
		{"nothing new", `{"ids":[],"next":"a-3"}`, third, true},
		{"something new", `{"ids":["x"],"next":"a-4"}`, third, true},
		{"unknown members", `{"ids":["x"],"next":"a-4","later":{"x":[1]}}`, third, true},
		{"another life", `{"ids":["x"],"next":"b-1"}`, third, true},
		{"another life, and empty", `{"ids":[],"next":"b-0"}`, third, true},
		{"a shorter list of the same life", `{"ids":["x"],"next":"a-1"}`, third, true},
		{"ids left out", `{"ids":["x"],"next":"a-5"}`, third, false},
		{"ids left out of another life", `{"ids":["x"],"next":"b-4"}`, third, false},
		{"ids left out at the beginning", `{"ids":["x"],"next":"a-2"}`, beginning, false},
		{"a step back", `{"ids":[],"next":"a-2"}`, third, false},
		{"ids from nowhere", `{"ids":["x","y"],"next":"a-4"}`, third, false},
		{"more, but nothing", `{"ids":[],"next":"a-3","more":true}`, third, false},
		{"no next place", `{"ids":["x"]}`, third, false},
		{"the beginning as the next place", `{"ids":[],"next":""}`, beginning, false},
		{"a next place that is none", `{"ids":["x"],"next":"4"}`, third, false},
		{"a place that no header field can hold", `{"ids":["x"],"next":"\u0001-1"}`, third, false},
		{"a number as the next place", `{"ids":["x"],"next":4}`, third, false},
		{"an id that is a number", `{"ids":[7],"next":"a-4"}`, third, false},
		{"an id that is null", `{"ids":[null],"next":"a-4"}`, third, false},
		{"an id that is a list", `{"ids":[["x"]],"next":"a-4"}`, third, false},
		{"an empty id", `{"ids":[""],"next":"a-4"}`, third, false},
		{"an endless id", `{"ids":["` + long + `"],"next":"a-4"}`, third, false},
		{"ids that are a text", `{"ids":"x","next":"a-4"}`, third, false},
		{"cut off", `{"ids":["x"],"next":"a-4"`, third, false},
		{"cut off in the ids", `{"ids":["x`, third, false},
		{"two pages", `{"ids":[],"next":"a-3"}{"ids":[],"next":"a-3"}`, third, false},
		{"a list", `[]`, third, false},
		{"null", `null`, third, false},
		{"nothing", ``, third, false},
		{"garbage", `<html>`, third, false},
	} {
		p, err := readPage([]byte(c.text), c.after)
		if (err == nil) != c.good {
			t.Errorf("%s: %+v, %v", c.name, p, err)
		}
	}
}

// FuzzReadPage: whatever an issuer sends, what is taken of it follows, has ids, and is
// written and read again as the same.
func FuzzReadPage(f *testing.F) {
	f.Add([]byte(`{"ids":["x","y"],"next":"a-5","more":true}`), 3)
	f.Add([]byte(`{"ids":["\ud800"],"next":"b-1"}`), 0)
	f.Fuzz(func(t *testing.T, text []byte, number int) {
		after := Cursor{"a", number}
		p, err := readPage(text, after)
		if err != nil {
			return
		}
		for _, id := range p.IDs {
			if !IsID(id) {
				t.Fatalf("%q is an id", id)
			}
		}
		again, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		if q, err := readPage(again, after); err != nil || q.Next != p.Next || q.More != p.More || len(q.IDs) != len(p.IDs) {
			t.Fatalf("%s became %s, %v", text, again, err)
		}
	})
}
