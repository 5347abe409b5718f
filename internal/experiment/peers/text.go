package main

import (
	"fmt"
	"regexp"
	"strconv"
	"time"
)

// text reads what a client prints for people. The first failure stays.
type text struct {
	out []byte
	err error
}

// groups returns the groups of the one match of a pattern, nil if there is none.
func (t *text) groups(pattern string) []string {
	found := regexp.MustCompile(pattern).FindAllStringSubmatch(string(t.out), -1)
	switch {
	case len(found) == 0:
		return nil
	case len(found) > 1:
		t.fail(fmt.Errorf("%d matches of %q", len(found), pattern))
	}
	return found[0][1:]
}

// word returns the group of the one match of a pattern.
func (t *text) word(pattern string) string {
	groups := t.groups(pattern)
	if groups == nil {
		t.fail(fmt.Errorf("no match of %q", pattern))
		return ""
	}
	return groups[0]
}

// number returns the number that the group of a pattern holds, in units of so many
// µs if it is a time.
func (t *text) number(unit float64, pattern string) float64 {
	n, err := strconv.ParseFloat(t.word(pattern), 64)
	t.fail(err)
	return unit * n
}

// count returns the whole number that the group of a pattern holds.
func (t *text) count(pattern string) int64 { return t.whole(t.word(pattern)) }

func (t *text) whole(digits string) int64 {
	n, err := strconv.ParseInt(digits, 10, 54) // as many bits as JSON's numbers have
	t.fail(err)
	return n
}

func (t *text) fail(err error) {
	if err != nil && t.err == nil {
		t.err = err
	}
}

// sum adds up the groups of a pattern; a text without a match counts nothing.
func (t *text) sum(pattern string) (total int64) {
	for _, g := range t.groups(pattern) {
		total += t.whole(g)
	}
	return total
}

// counts returns the second group of each match of a pattern by its first.
func (t *text) counts(pattern string) map[string]int64 {
	out := map[string]int64{}
	for _, match := range regexp.MustCompile(pattern).FindAllStringSubmatch(string(t.out), -1) {
		out[match[1]] += t.whole(match[2])
	}
	return out
}

// duration returns the time with its unit that the group of a pattern holds, in µs.
func (t *text) duration(pattern string) float64 {
	d, err := time.ParseDuration(t.word(pattern))
	t.fail(err)
	return float64(d) / float64(time.Microsecond)
}
