package scenario

import (
	"encoding"
	"fmt"
	"iter"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"authbench/bench"
	"authbench/internal/text/unit"
)

// decoder fills bench's types from nodes, and notes everything that does not
// fit.
type decoder struct {
	tree  *tree
	found problems
	// faulty are the paths of the values that could not be read.
	faulty [][]any
}

// fail notes a problem at n, which stands at path.
func (d *decoder) fail(n *yaml.Node, path []any, remedy, text string) {
	d.found = append(d.found, problem{d.tree.place(n), text, remedy})
	d.faulty = append(d.faulty, slices.Clone(path))
}

// mismatch notes that n is not of the wanted type.
func (d *decoder) mismatch(n *yaml.Node, path []any, wanted, remedy string) {
	d.fail(n, path, remedy, fmt.Sprintf("%s: expected %s, found %s", label(path), wanted, describe(n)))
}

// value decodes n, which stands at path, into v, and reports whether it fits.
func (d *decoder) value(n *yaml.Node, v reflect.Value, path []any) bool {
	switch {
	case n.Kind == yaml.AliasNode:
		d.fail(n, path, "write the value out: anchors and aliases are not supported", fmt.Sprintf("%s is an alias", label(path)))
		return false
	case isNull(n):
		d.fail(n, path, "write one, or remove the key", fmt.Sprintf("%s has no value", label(path)))
		return false
	case v.Kind() == reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		return d.value(n, v.Elem(), path)
	}
	if text, ok := v.Addr().Interface().(encoding.TextUnmarshaler); ok {
		return d.text(n, text, path)
	}
	switch to := v.Addr().Interface().(type) {
	case *bench.Statuses:
		return d.statuses(n, to, path)
	case *[]bench.RampStage:
		return d.stages(n, to, path)
	case *bench.Contrast:
		return d.mapping(n, path) && d.contrast(n, to, path)
	}
	switch v.Kind() {
	case reflect.Struct:
		return d.mapping(n, path) && d.structure(n, v, path)
	case reflect.Map:
		return d.mapping(n, path) && d.table(n, v, path)
	case reflect.Slice:
		return d.list(n, v, path)
	}
	return d.scalar(n, v, path)
}

// mapping reports whether n is a mapping.
func (d *decoder) mapping(n *yaml.Node, path []any) bool {
	if n.Kind == yaml.MappingNode {
		return true
	}
	d.mismatch(n, path, "a mapping", "write 'key: value' lines below it, or {key: value} beside it")
	return false
}

// entries yields the keys and values of the mapping n, and notes keys that are
// not plain words or that come twice.
func (d *decoder) entries(n *yaml.Node, path []any) iter.Seq2[*yaml.Node, *yaml.Node] {
	return func(yield func(key, value *yaml.Node) bool) {
		first := map[string]int{}
		for key, value := range pairs(n) {
			line, duplicate := first[key.Value]
			switch {
			case key.Kind != yaml.ScalarNode:
				d.fail(key, path, "write a plain word", fmt.Sprintf("a key must be text, found %s", describe(key)))
			case key.ShortTag() == "!!merge":
				d.fail(key, path, "write the keys out: anchors and aliases are not supported", "merge keys are not supported")
			case duplicate:
				d.fail(key, append(path, key.Value), fmt.Sprintf("remove one of them; the first is on line %d", line), fmt.Sprintf("duplicate key %q", key.Value))
			default:
				first[key.Value] = d.tree.place(key).line
				if !yield(key, value) {
					return
				}
			}
		}
	}
}

// structure decodes a mapping into a struct.
func (d *decoder) structure(n *yaml.Node, v reflect.Value, path []any) bool {
	ok := true
	known, rest := fieldsOf(v)
	for key, value := range d.entries(n, path) {
		at := append(slices.Clone(path), key.Value)
		f, isKnown := find(known, key.Value)
		switch {
		case isKnown:
			ok = d.value(value, f.value, at) && d.positive(value, f.value, at) && ok
		case rest.IsValid():
			ok = d.entry(key.Value, value, rest, at) && ok
		default:
			ok = false
			d.unknownKey(key, known, path)
		}
	}
	return ok
}

// unknownKey notes a key that the struct at path does not have.
func (d *decoder) unknownKey(key *yaml.Node, known []field, path []any) {
	var names []string
	for _, f := range known {
		names = append(names, f.name)
	}
	// The key that was probably meant is not reported as missing as well.
	meant := bench.Nearest(key.Value, names)
	if meant == "" {
		meant = key.Value
	}
	d.fail(key, append(slices.Clone(path), meant), bench.DidYouMean(key.Value, names), fmt.Sprintf("unknown key %q", key.Value))
}

// positive refuses a written zero in a field where zero means left out.
func (d *decoder) positive(n *yaml.Node, v reflect.Value, path []any) bool {
	switch v.Kind() {
	case reflect.Int, reflect.Int64, reflect.Float64:
		if v.IsZero() {
			d.fail(n, path, "write a value above zero, or remove the key to get the default", fmt.Sprintf("%s is %s, not positive", label(path), clip(n.Value)))
			return false
		}
	}
	return true
}

// table decodes a mapping into a map.
func (d *decoder) table(n *yaml.Node, v reflect.Value, path []any) bool {
	ok := true
	for key, value := range d.entries(n, path) {
		ok = d.entry(key.Value, value, v, append(slices.Clone(path), key.Value)) && ok
	}
	return ok
}

// entry decodes one value into the map v.
func (d *decoder) entry(key string, n *yaml.Node, v reflect.Value, path []any) bool {
	if v.IsNil() {
		v.Set(reflect.MakeMap(v.Type()))
	}
	value := reflect.New(v.Type().Elem()).Elem()
	ok := d.value(n, value, path)
	v.SetMapIndex(reflect.ValueOf(key).Convert(v.Type().Key()), value)
	return ok
}

// list decodes a sequence into a slice.
func (d *decoder) list(n *yaml.Node, v reflect.Value, path []any) bool {
	if n.Kind != yaml.SequenceNode {
		d.mismatch(n, path, "a list", "start each entry with '- ', or write [entry, entry]")
		return false
	}
	ok := true
	v.Set(reflect.MakeSlice(v.Type(), len(n.Content), len(n.Content)))
	for i, entry := range n.Content {
		ok = d.value(entry, v.Index(i), append(slices.Clone(path), i)) && ok
	}
	return ok
}

// statuses decodes one text of statuses, or a list of them.
func (d *decoder) statuses(n *yaml.Node, v *bench.Statuses, path []any) bool {
	entries := []*yaml.Node{n}
	if n.Kind == yaml.SequenceNode {
		entries = n.Content
	}
	var words []string
	for _, entry := range entries {
		if _, err := bench.ParseStatuses(entry.Value); err != nil || entry.Kind != yaml.ScalarNode {
			d.mismatch(entry, path, "final HTTP statuses", "write statuses from 200 to 999, or classes such as 2xx: [2xx, 302]")
			return false
		}
		words = append(words, entry.Value)
	}
	if len(words) > 0 {
		*v, _ = bench.ParseStatuses(strings.Join(words, ","))
	}
	return true
}

// contrast decodes {arm: other}, with or without the key says.
func (d *decoder) contrast(n *yaml.Node, v *bench.Contrast, path []any) bool {
	ok := true
	for key, value := range d.entries(n, path) {
		at := append(slices.Clone(path), key.Value)
		to := &v.Versus
		switch {
		case key.Value == bench.ContrastSays:
			to = &v.Says
		case v.Arm != "":
			d.fail(key, path, fmt.Sprintf("begin another entry for it: - {%s: the arm that it is compared with}", clip(key.Value)),
				fmt.Sprintf("a contrast compares one arm with one other, and this one begins with %s already", clip(v.Arm)))
			ok = false
			continue
		default:
			v.Arm = key.Value
		}
		ok = d.value(value, reflect.ValueOf(to).Elem(), at) && ok
	}
	if ok && v.Arm == "" {
		d.fail(n, path, "write {arm: the arm that it is compared with}, such as {jwks: static}", "the contrast names no arms")
		return false
	}
	return ok
}

// text decodes a scalar through its type's own method. The node's tag does not
// matter: 100 and "100ms" are both a duration's text.
func (d *decoder) text(n *yaml.Node, v encoding.TextUnmarshaler, path []any) bool {
	if n.Kind == yaml.ScalarNode && v.UnmarshalText([]byte(n.Value)) == nil {
		return true
	}
	d.mismatch(n, path, "a duration", "write a number with a unit, such as 100ms, 5s or 2m")
	return false
}

// scalar decodes a text or a number. Where v is an interface (a method's
// parameter) the node's own type decides.
func (d *decoder) scalar(n *yaml.Node, v reflect.Value, path []any) bool {
	kind, tag := v.Kind(), n.ShortTag()
	switch {
	case n.Kind != yaml.ScalarNode:
	case kind == reflect.Interface:
		v.Set(reflect.ValueOf(goValue(n)))
		return true
	case kind == reflect.String && tag == "!!str":
		v.SetString(n.Value)
		return true
	case kind == reflect.Bool && tag == "!!bool":
		v.SetBool(strings.EqualFold(n.Value, "true"))
		return true
	case kind == reflect.Int && tag == "!!int":
		if i, err := strconv.Atoi(n.Value); err == nil {
			v.SetInt(int64(i))
			return true
		}
	case kind == reflect.Float64 && (tag == "!!int" || tag == "!!float"):
		if f, ok := finite(n.Value); ok {
			v.SetFloat(f)
			return true
		}
	case kind == reflect.Float64 && isRate(path):
		if f, err := unit.PerSecond.Parse(n.Value); err == nil {
			v.SetFloat(f)
			return true
		}
	}
	d.mismatchScalar(n, kind, path)
	return false
}

// isRate reports whether path is that of a load's rate, which may have a unit.
func isRate(path []any) bool {
	return len(path) == 3 && path[0] == "loads" && path[2] == "rate"
}

// mismatchScalar notes that n is not the scalar that was wanted.
func (d *decoder) mismatchScalar(n *yaml.Node, kind reflect.Kind, path []any) {
	switch {
	case kind == reflect.Bool:
		d.mismatch(n, path, "true or false", "write true or false")
	case kind == reflect.Int:
		d.mismatch(n, path, "a whole number", "write digits only, such as 10")
	case isRate(path):
		d.mismatch(n, path, "a rate", "write requests per second, such as 600, 5k or 1.5M, or 600/1m")
	case kind == reflect.Float64:
		d.mismatch(n, path, "a number", "write digits, such as 2000 or 0.5")
	case n.Kind == yaml.ScalarNode:
		d.mismatch(n, path, "text", fmt.Sprintf("put it in quotes: %q", clip(n.Value)))
	case kind == reflect.String:
		d.mismatch(n, path, "text", "write one word or line")
	default:
		d.mismatch(n, path, "a single value", "write text or a number")
	}
}

// goValue returns the scalar as the Go value of its type; what is not a finite
// number stays text.
func goValue(n *yaml.Node) any {
	switch n.ShortTag() {
	case "!!int":
		if i, err := strconv.Atoi(n.Value); err == nil {
			return i
		}
	case "!!float":
		if f, ok := finite(n.Value); ok {
			return f
		}
	case "!!bool":
		return strings.EqualFold(n.Value, "true")
	}
	return n.Value
}

// finite reads a number that is neither infinite nor NaN.
func finite(text string) (float64, bool) {
	f, err := strconv.ParseFloat(text, 64)
	return f, err == nil && !math.IsInf(f, 0) && !math.IsNaN(f)
}

// label names the value at path for a message: its innermost key.
func label(path []any) string {
	for _, step := range slices.Backward(path) {
		if name, ok := step.(string); ok {
			return clip(name)
		}
	}
	return "the scenario"
}

// describe says what a node is.
func describe(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.MappingNode:
		return "a mapping"
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case n.Kind == yaml.AliasNode:
		return "an alias"
	case n.ShortTag() == "!!int", n.ShortTag() == "!!float", n.ShortTag() == "!!bool":
		return clip(n.Value)
	}
	return strconv.Quote(clip(n.Value))
}

// clip keeps a message on one line.
func clip(text string) string {
	// 40 characters are enough to recognise one's own text.
	const most = 40
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return text
}
