package conform

import (
	"errors"
	"fmt"
	"strings"
)

// valueEach is the member whose list stands for several values.
const valueEach = "$each"

// maxSubCases bounds the sub-cases of one case, because products of several lists grow
// fast. Our own catalogue has 6 at most.
const maxSubCases = 512

var errSubCases = fmt.Errorf("the recipe has more than %d sub-cases", maxSubCases)

// choice is one expansion of a tree.
type choice struct {
	tree  any
	label string // the chosen values, "" for a tree without a list
}

// expand returns a tree's sub-cases: every combination of the values of its lists.
func expand(tree any) ([]choice, error) {
	switch tree := tree.(type) {
	case object:
		if list, ok := tree.get(valueEach); ok {
			return expandList(tree, list)
		}
		out := []choice{{object{}, ""}}
		for _, m := range tree {
			values, err := expand(m.value)
			if err != nil {
				return nil, err
			}
			out, err = product(out, values, func(o, v any) any { return append(clip(o.(object)), member{m.name, v}) })
			if err != nil {
				return nil, err
			}
		}
		return out, nil
	case []any:
		out := []choice{{[]any{}, ""}}
		for _, element := range tree {
			values, err := expand(element)
			if err != nil {
				return nil, err
			}
			out, err = product(out, values, func(l, v any) any { return append(clip(l.([]any)), v) })
			if err != nil {
				return nil, err
			}
		}
		return out, nil
	}
	return []choice{{tree, ""}}, nil
}

func expandList(o object, list any) ([]choice, error) {
	values, ok := list.([]any)
	if !ok || len(o) != 1 || len(values) == 0 {
		return nil, errors.New("$each stands alone in its object and has a list of values")
	}
	var out []choice
	for i, v := range values {
		inner, err := expand(v)
		if err != nil {
			return nil, err
		}
		for _, c := range inner {
			if c.label == "" {
				c.label = numberedBrief(i, v)
			}
			out = append(out, c)
		}
	}
	if len(out) > maxSubCases {
		return nil, errSubCases
	}
	return out, nil
}

func product(left, right []choice, join func(l, r any) any) ([]choice, error) {
	if len(left)*len(right) > maxSubCases {
		return nil, errSubCases
	}
	out := make([]choice, 0, len(left)*len(right))
	for _, l := range left {
		for _, r := range right {
			label := strings.TrimSpace(l.label + " " + r.label)
			out = append(out, choice{join(l.tree, r.tree), label})
		}
	}
	return out, nil
}

// clip makes the next append copy, because expansions share their beginnings.
func clip[S ~[]E, E any](s S) S { return s[:len(s):len(s)] }

// briefBytes is how much of a value its label shows.
const briefBytes = 48

// numberedBrief is a label: the value. A value that is cut may look like another, so its
// number in the list precedes it.
func numberedBrief(i int, tree any) string {
	text := brief(tree)
	if strings.HasSuffix(text, "…") {
		return fmt.Sprintf("%d: %s", i+1, text)
	}
	return text
}

// brief is a value in one short line of JSON.
func brief(tree any) string {
	text, err := encodeTree(tree)
	if err != nil {
		return "?"
	}
	if len(text) > briefBytes {
		return strings.ToValidUTF8(string(text[:briefBytes]), "") + "…"
	}
	return string(text)
}
