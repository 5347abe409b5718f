package main

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
)

// document reads numbers out of JSON. The first failure stays.
type document struct {
	root any
	err  error
}

func parseDocument(out []byte) *document {
	d := &document{}
	if err := json.Unmarshal(out, &d.root); err != nil {
		d.err = fmt.Errorf("it is not JSON: %w", err)
	}
	return d
}

// at returns the value at a path of member names, nil where there is none.
func (d *document) at(path ...string) any {
	v := d.root
	for _, name := range path {
		members, _ := v.(map[string]any)
		v = members[name]
	}
	return v
}

// number returns the number at a path.
func (d *document) number(path ...string) float64 {
	n, ok := d.at(path...).(float64)
	if !ok && d.err == nil {
		d.err = fmt.Errorf("no number at %s", strings.Join(path, "."))
	}
	return n
}

// count returns the whole number at a path.
func (d *document) count(path ...string) int64 {
	n := d.number(path...)
	if d.err == nil && !whole(n) {
		d.err = fmt.Errorf("%v at %s is no count", n, strings.Join(path, "."))
	}
	return int64(n)
}

// whole reports whether a number counts something; above 2^53 JSON's numbers skip
// some, and no run comes near.
func whole(n float64) bool { return n == math.Trunc(n) && n >= 0 && n <= 1<<53 }

// counts returns an object that maps words to counts.
func (d *document) counts(path ...string) map[string]int64 {
	members, ok := d.at(path...).(map[string]any)
	if !ok && d.err == nil {
		d.err = fmt.Errorf("no object at %s", strings.Join(path, "."))
	}
	out := map[string]int64{}
	for name := range members {
		out[name] = d.count(append(path[:len(path):len(path)], name)...)
	}
	return out
}

// latency returns the numbers of an object by the names that it has for quantiles,
// in units of so many µs.
func (d *document) latency(unit float64, names map[quantile]string, path ...string) quantiles {
	out := quantiles{}
	for q, name := range names {
		out[q] = unit * d.number(append(path[:len(path):len(path)], name)...)
	}
	return out
}
