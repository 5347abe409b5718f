package conform

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// A recipe is first read as a tree, because {"$each": […]} may stand anywhere in it. Trees
// keep the order of members, which encoding/json's maps do not, so that equal recipes give
// equal tokens. A tree is nil, a bool, a string, a json.Number, a []any or an object.

// object is a JSON object, in the order in which it was written.
type object []member

type member struct {
	name  string
	value any
}

// maxDepth bounds the nesting of a catalogue's JSON. Our own has ten levels.
const maxDepth = 64

var (
	errDepth     = fmt.Errorf("the JSON is nested deeper than %d", maxDepth)
	errDuplicate = errors.New("an object has two members with the same name")
)

func (o object) get(name string) (any, bool) {
	for _, m := range o {
		if m.name == name {
			return m.value, true
		}
	}
	return nil, false
}

// with returns a copy of o in which the member has the value. A new member goes to the end.
func (o object) with(name string, value any) object {
	out := o.without(name)
	for i, m := range o {
		if m.name == name {
			return append(append(append(object{}, o[:i]...), member{name, value}), o[i+1:]...)
		}
	}
	return append(out, member{name, value})
}

func (o object) without(name string) object {
	out := make(object, 0, len(o)+1)
	for _, m := range o {
		if m.name != name {
			out = append(out, m)
		}
	}
	return out
}

// node is a tree within a struct that encoding/json reads.
type node struct{ tree any }

// UnmarshalJSON implements json.Unmarshaler.
func (n *node) UnmarshalJSON(text []byte) error {
	tree, err := decodeTree(text)
	n.tree = tree
	return err
}

// UnmarshalJSON implements json.Unmarshaler.
func (o *object) UnmarshalJSON(text []byte) error {
	tree, err := decodeTree(text)
	if err != nil {
		return err
	}
	var ok bool
	if *o, ok = tree.(object); !ok && tree != nil {
		return errors.New("this must be an object")
	}
	return nil
}

// MarshalJSON implements json.Marshaler.
func (o object) MarshalJSON() ([]byte, error) { return encodeTree(o) }

func decodeTree(text []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	tree, err := readTree(d, 0)
	if err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("text follows the JSON value")
	}
	return tree, nil
}

func readTree(d *json.Decoder, depth int) (any, error) {
	if depth > maxDepth {
		return nil, errDepth
	}
	token, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch token {
	case json.Delim('{'):
		return readObject(d, depth)
	case json.Delim('['):
		list := []any{}
		for d.More() {
			element, err := readTree(d, depth+1)
			if err != nil {
				return nil, err
			}
			list = append(list, element)
		}
		_, err := d.Token()
		return list, err
	}
	return token, nil
}

func readObject(d *json.Decoder, depth int) (any, error) {
	o := object{}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, err
		}
		if _, there := o.get(name.(string)); there {
			return nil, errDuplicate
		}
		value, err := readTree(d, depth+1)
		if err != nil {
			return nil, err
		}
		o = append(o, member{name.(string), value})
	}
	_, err := d.Token()
	return o, err
}

// encodeTree writes a tree as compact JSON, without encoding/json's escapes for HTML.
func encodeTree(tree any) ([]byte, error) {
	var out bytes.Buffer
	err := writeTree(&out, tree)
	return out.Bytes(), err
}

func writeTree(out *bytes.Buffer, tree any) error {
	switch tree := tree.(type) {
	case object:
		out.WriteByte('{')
		for i, m := range tree {
			if i > 0 {
				out.WriteByte(',')
			}
			if err := writeTree(out, m.name); err != nil {
				return err
			}
			out.WriteByte(':')
			if err := writeTree(out, m.value); err != nil {
				return err
			}
		}
		out.WriteByte('}')
		return nil
	case []any:
		out.WriteByte('[')
		for i, element := range tree {
			if i > 0 {
				out.WriteByte(',')
			}
			if err := writeTree(out, element); err != nil {
				return err
			}
		}
		out.WriteByte(']')
		return nil
	}
	e := json.NewEncoder(out)
	e.SetEscapeHTML(false)
	if err := e.Encode(tree); err != nil {
		return fmt.Errorf("write JSON: %w", err)
	}
	out.Truncate(out.Len() - 1) // Encode ends the line
	return nil
}
