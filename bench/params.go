package bench

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Parse converts a parameter's text (a flag, a default) to the value that a
// scenario file would hold. Text that does not fit stays text, for
// [MethodSpec.Problems] to report.
func (s ParamSpec) Parse(text string) any {
	if s.Kind == IntParam {
		if n, err := strconv.Atoi(text); err == nil {
			return n
		}
	}
	return text
}

// Problems returns what is wrong with p for this method; paths start at the
// method.
func (m MethodSpec) Problems(p Params) []Problem {
	var out []Problem
	known := make([]string, 0, len(m.Params))
	for _, spec := range m.Params {
		known = append(known, spec.Name)
	}
	for _, name := range slices.Sorted(maps.Keys(p)) {
		if !slices.Contains(known, name) {
			out = append(out, Problem{Path: []any{name}, AtKey: true, Text: fmt.Sprintf("method %s has no parameter %q", m.ID, name), Remedy: DidYouMean(name, known)})
		}
	}
	for _, spec := range m.Params {
		value, set := p[spec.Name]
		if !set {
			if spec.Required {
				out = append(out, Problem{Path: []any{"id"}, Text: fmt.Sprintf("method %s needs the parameter %s", m.ID, spec.Name), Remedy: "choose from " + strings.Join(spec.Values, ", ")})
			}
			continue
		}
		if text, remedy := spec.judge(value); text != "" {
			out = append(out, Problem{Path: []any{spec.Name}, Text: text, Remedy: remedy})
		}
	}
	if len(out) == 0 && m.Check != nil {
		if p := m.Check(m.withDefaults(p)); p != nil {
			out = append(out, *p)
		}
	}
	return out
}

// judge says what is wrong with one value, and what to do.
func (s ParamSpec) judge(value any) (text, remedy string) {
	if s.Kind == IntParam {
		if _, ok := wholeNumber(value); !ok {
			return fmt.Sprintf("%s is %v, not a whole number", s.Name, value), s.permitted()
		}
	}
	if len(s.Values) > 0 {
		if slices.Contains(s.Values, plainText(value)) {
			return "", ""
		}
		return fmt.Sprintf("unknown %s %q", s.Name, plainText(value)), "choose from " + strings.Join(s.Values, ", ")
	}
	if n, _ := wholeNumber(value); s.Kind == IntParam && (n < s.Min || n > s.Max) {
		return fmt.Sprintf("%s is %d, out of range", s.Name, n), s.permitted()
	}
	if s.Kind == DurationParam {
		d, err := time.ParseDuration(plainText(value))
		switch {
		case err != nil:
			return fmt.Sprintf("%s is %v, not a duration", s.Name, value), s.permitted()
		case d < s.milliseconds(s.Min) || d > s.milliseconds(s.Max):
			return fmt.Sprintf("%s is %v, out of range", s.Name, d), s.permitted()
		}
	}
	return "", ""
}

// milliseconds is a bound of a DurationParam.
func (ParamSpec) milliseconds(n int) time.Duration { return time.Duration(n) * time.Millisecond }

func (s ParamSpec) permitted() string {
	if len(s.Values) > 0 {
		return "choose from " + strings.Join(s.Values, ", ")
	}
	if s.Kind == DurationParam {
		return fmt.Sprintf("write a number with a unit, from %v to %v", s.milliseconds(s.Min), s.milliseconds(s.Max))
	}
	return fmt.Sprintf("write a whole number from %d to %d", s.Min, s.Max)
}

// DidYouMean lists what exists, the nearest first if one is near.
func DidYouMean(wrong string, known []string) string {
	if near := Nearest(wrong, known); near != "" {
		return fmt.Sprintf("did you mean %q? There are: %s", near, strings.Join(known, ", "))
	}
	if len(known) == 0 {
		return "there are none"
	}
	return "choose from " + strings.Join(known, ", ")
}

// Nearest returns the word of known that is at most two edits away from wrong,
// "" if there is none.
func Nearest(wrong string, known []string) string {
	best, distance := "", 3
	for _, k := range known {
		if d := editDistance(wrong, k); d < distance {
			best, distance = k, d
		}
	}
	return best
}

// editDistance is the Levenshtein distance in bytes.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost = 1 + min(diagonal, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}

// ParseMethod builds a method from the command line: an id and "name=value"
// pairs, judged as a scenario's method is, with defaults filled in.
func ParseMethod(id string, pairs []string, c Catalogue) (Method, error) {
	spec, ok := findMethod(c, id)
	if !ok {
		var ids []string
		for _, m := range c.Methods() {
			ids = append(ids, m.ID)
		}
		return Method{}, Problem{Text: fmt.Sprintf("unknown method %q", id), Remedy: DidYouMean(id, ids)}
	}
	params := Params{}
	for _, pair := range pairs {
		name, value, ok := strings.Cut(pair, "=")
		if !ok {
			return Method{}, Problem{Text: fmt.Sprintf("parameter %q has no value", pair), Remedy: "write name=value, such as alg=RS256"}
		}
		params[name] = value
		for _, p := range spec.Params {
			if p.Name == name {
				params[name] = p.Parse(value)
			}
		}
	}
	if problems := spec.Problems(params); len(problems) > 0 {
		return Method{}, problems[0]
	}
	return Method{ID: id, Params: spec.withDefaults(params)}, nil
}

// ClassesOf returns the credential classes that a method can mint.
func ClassesOf(c Catalogue, m Method) []Class {
	spec, _ := findMethod(c, m.ID)
	return spec.classes(m.Params)
}
