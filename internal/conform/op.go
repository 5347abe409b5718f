package conform

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// op is one operation of a recipe: its name and its arguments.
type op struct {
	name string
	args object
}

// UnmarshalJSON implements json.Unmarshaler.
func (o *op) UnmarshalJSON(text []byte) error {
	if err := o.args.UnmarshalJSON(text); err != nil {
		return err
	}
	name, _ := o.args.get("op")
	var ok bool
	if o.name, ok = name.(string); !ok {
		return errors.New("an operation needs its name, op")
	}
	o.args = o.args.without("op")
	return nil
}

// argKind is the type of an operation's argument.
type argKind int

const (
	argText    argKind = iota // a text, or an object that computes one
	argWord                   // one of a few texts, or any text as it stands
	argNumber                 // not negative
	argShare                  // a fraction, 0 to 1
	argHex                    // bytes in hexadecimal
	argWords                  // several texts
	argNumbers                // several numbers, not negative
)

// argSpec says which argument an operation takes.
type argSpec struct {
	name     string
	kind     argKind
	optional bool
	words    []string // what an argWord may be; nil: anything
}

// operation is one entry of a table of operations: on a signature's bytes, or on a
// credential's text.
type operation[T any] struct {
	args  []argSpec
	apply func(m *minter, o op, on T) (T, error)
}

// maxNumber bounds the numbers of operations. The largest in our catalogue adds 64 KiB.
const maxNumber = maxText

// checkOps returns an error for an unknown operation, or for an argument that is unknown,
// missing or of the wrong type.
func checkOps[T any](table map[string]operation[T], ops []op) error {
	for _, o := range ops {
		known, ok := table[o.name]
		if !ok {
			return fmt.Errorf("unknown operation %q", o.name)
		}
		if err := o.checkArgs(known.args); err != nil {
			return fmt.Errorf("operation %q: %w", o.name, err)
		}
	}
	return nil
}

func (o op) checkArgs(specs []argSpec) error {
	known := 0
	for _, spec := range specs {
		value, given := o.args.get(spec.name)
		if !given {
			if !spec.optional {
				return fmt.Errorf("argument %q is missing", spec.name)
			}
			continue
		}
		known++
		if err := spec.check(value); err != nil {
			return fmt.Errorf("argument %q: %w", spec.name, err)
		}
	}
	if known < len(o.args) {
		for _, m := range o.args {
			if !slices.ContainsFunc(specs, func(s argSpec) bool { return s.name == m.name }) {
				return fmt.Errorf("unknown argument %q", m.name)
			}
		}
	}
	return nil
}

func (s argSpec) check(value any) error {
	ok := false
	switch s.kind {
	case argText:
		if _, isObject := value.(object); !isObject {
			_, ok = value.(string)
			break
		}
		ok = true
	case argWord:
		var word string
		if word, ok = value.(string); ok && s.words != nil {
			ok = slices.Contains(s.words, word)
		}
	case argNumber:
		_, ok = wholeNumber(value)
	case argShare:
		number, _ := value.(json.Number)
		share, err := number.Float64()
		ok = err == nil && share >= 0 && share <= 1
	case argHex:
		text, isText := value.(string)
		content, err := hex.DecodeString(text)
		ok = isText && err == nil && len(content) > 0
	case argWords, argNumbers:
		var list []any
		list, ok = value.([]any)
		for _, element := range list {
			_, isText := element.(string)
			_, isNumber := wholeNumber(element)
			ok = ok && (s.kind == argWords && isText || s.kind == argNumbers && isNumber)
		}
	}
	if !ok {
		return fmt.Errorf("%s has the wrong type or value", brief(value))
	}
	return checkValue(value)
}

func wholeNumber(tree any) (int, bool) {
	number, _ := tree.(json.Number)
	n, err := number.Int64()
	return int(n), err == nil && n >= 0 && n <= maxNumber
}

// The accessors below rely on checkOps: a wrong type cannot reach them.

// text computes the argument "value", which is a text.
func (o op) text(m *minter) (string, error) {
	value, _ := o.args.get("value")
	return m.text(&node{value})
}

func (o op) word(name string) string {
	value, _ := o.args.get(name)
	word, _ := value.(string)
	return word
}

func (o op) number(name string) int {
	value, _ := o.args.get(name)
	n, _ := wholeNumber(value)
	return n
}

func (o op) share(name string) float64 {
	value, _ := o.args.get(name)
	number, _ := value.(json.Number)
	share, _ := number.Float64()
	return share
}

func (o op) bytes(name string) []byte {
	content, _ := hex.DecodeString(o.word(name))
	return content
}

func (o op) words(name string) []string {
	value, _ := o.args.get(name)
	list, _ := value.([]any)
	var out []string
	for _, element := range list {
		word, _ := element.(string)
		out = append(out, word)
	}
	return out
}

func (o op) numbers(name string) []int {
	value, _ := o.args.get(name)
	list, _ := value.([]any)
	var out []int
	for _, element := range list {
		n, _ := wholeNumber(element)
		out = append(out, n)
	}
	return out
}

// apply applies operations one after the other.
func apply[T any](m *minter, table map[string]operation[T], ops []op, on T) (T, error) {
	for _, o := range ops {
		var err error
		if on, err = table[o.name].apply(m, o, on); err != nil {
			return on, fmt.Errorf("operation %q: %w", o.name, err)
		}
	}
	return on, nil
}
