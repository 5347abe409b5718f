package feed

import (
	"errors"
	"io"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"testing/iotest"
)

// all reads a stream to its end.
func all(in io.Reader) (out []event, err error) {
	e := newEvents(in)
	for {
		next, err := e.next()
		if err != nil {
			return out, err
		}
		out = append(out, next)
	}
}

// TestEvents are read as WHATWG HTML §9.2.6 has it, in one piece or in many.
func TestEvents(t *testing.T) {
	life := event{}
	for name, c := range map[string]struct {
		stream string
		want   []event
	}{
		"one":                      {"id: 1\ndata: a\n\n", []event{{"1", "a"}}},
		"no blank":                 {"id:1\ndata:a\n\n", []event{{"1", "a"}}},
		"one blank is dropped":     {"data:  a\n\n", []event{{"", " a"}}},
		"several lines":            {"data: a\ndata\ndata: b\n\n", []event{{"", "a\n\nb"}}},
		"carriage returns":         {"id: 1\rdata: a\r\rdata: b\r\r", []event{{"1", "a"}, {"1", "b"}}},
		"both":                     {"id: 1\r\ndata: a\r\n\r\ndata: b\r\n\r\n", []event{{"1", "a"}, {"1", "b"}}},
		"all kinds of ends":        {"data: a\r\ndata: b\rdata: c\n\r\ndata: d\n\r", []event{{"", "a\nb\nc"}, {"", "d"}}},
		"the id stays":             {"id: 1\ndata: a\n\ndata: b\n\nid\ndata: c\n\n", []event{{"1", "a"}, {"1", "b"}, {"", "c"}}},
		"an id with NUL":           {"id: 1\ndata: a\n\nid: 2\x00\ndata: b\n\n", []event{{"1", "a"}, {"1", "b"}}},
		"no data":                  {"id: 1\n\ndata: a\n\n", []event{{"1", "a"}}},
		"empty data":               {"id: 1\ndata:\n\n", nil},
		"comments":                 {":\n\n: alive\n\n:\n", []event{life, life, life}},
		"a comment within":         {"data: a\n:\ndata: b\n\n", []event{life, {"", "a\nb"}}},
		"other fields":             {"event: x\nretry: 5\nfoo: y\nData: z\ndata: a\n\n", []event{{"", "a"}}},
		"a byte order mark":        {"\ufeffdata: a\n\n", []event{{"", "a"}}},
		"one that is not first":    {"data: a\n\n\ufeffdata: b\n\n", []event{{"", "a"}}},
		"cut off before its end":   {"data: a\n\nid: 2\ndata: b\n", []event{{"", "a"}}},
		"cut off in the midst":     {"data: a\n\ndata: b", []event{{"", "a"}}},
		"blank lines":              {"\n\n\ndata: a\n\n\n\n", []event{{"", "a"}}},
		"nothing":                  {"", nil},
		"a colon in the data":      {"data: {\"a\":1}\n\n", []event{{"", `{"a":1}`}}},
		"a page that is no stream": {"<html><body>\n</body></html>\n", nil},
	} {
		for how, in := range map[string]io.Reader{
			"whole": strings.NewReader(c.stream), "in bytes": iotest.OneByteReader(strings.NewReader(c.stream)),
			"with its end": iotest.DataErrReader(iotest.HalfReader(strings.NewReader(c.stream))),
		} {
			if got, err := all(in); !errors.Is(err, io.EOF) || !reflect.DeepEqual(got, c.want) {
				t.Errorf("%s, %s: %q, %v; want %q", name, how, got, err, c.want)
			}
		}
	}
}

// TestEndlessEvents are given up.
func TestEndlessEvents(t *testing.T) {
	for name, stream := range map[string]string{
		"a line": "data: " + strings.Repeat("x", 2*largestPage), "many lines": strings.Repeat("data: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n", largestPage/16),
		"a name": strings.Repeat("x", 2*largestPage),
	} {
		if got, err := all(strings.NewReader(stream)); !errors.Is(err, errLong) {
			t.Errorf("%s: %d events, %v", name, len(got), err)
		}
	}
}

// plainly is what a stream of events means, read from its whole text.
func plainly(stream string) (out []event) {
	ends := regexp.MustCompile(`\r\n|\r|\n`)
	lines := ends.Split(strings.TrimPrefix(stream, "\ufeff"), -1)
	var id string
	var data []string
	for _, line := range lines[:len(lines)-1] { // the last has no end
		name, value, _ := strings.Cut(line, ":")
		value = strings.TrimPrefix(value, " ")
		switch {
		case line == "":
			if text := strings.Join(data, "\n"); text != "" {
				out = append(out, event{id, text})
			}
			data = nil
		case name == "":
			out = append(out, event{})
		case name == "data":
			data = append(data, value)
		case name == "id" && !strings.Contains(value, "\x00"):
			id = value
		}
	}
	return out
}

// FuzzEvents: a stream in pieces says what its whole text does.
func FuzzEvents(f *testing.F) {
	for _, seed := range []string{"id: 1\ndata: a\n\n", "data: a\r\ndata: b\r\rdata\n\n:\n", "\ufeff:\r\n\r\n", "data\n\ndata\ndata\n\n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, stream string) {
		if len(stream) > largestPage {
			t.Skip("longer than what is read")
		}
		got, err := all(iotest.OneByteReader(strings.NewReader(stream)))
		if want := plainly(stream); !errors.Is(err, io.EOF) || !reflect.DeepEqual(got, want) {
			t.Fatalf("%q: %q, %v; want %q", stream, got, err, want)
		}
	})
}
