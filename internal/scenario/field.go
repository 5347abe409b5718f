package scenario

import (
	"iter"
	"reflect"
	"strings"

	"go.yaml.in/yaml/v4"
)

// field is a key that a struct may have in a file.
type field struct {
	name  string
	value reflect.Value
}

// fieldsOf returns the keys of the struct v by their yaml tags, those of inlined
// structs included, and the inlined map that takes every other key, if there is
// one.
func fieldsOf(v reflect.Value) (known []field, rest reflect.Value) {
	for i := range v.NumField() {
		name, option, _ := strings.Cut(v.Type().Field(i).Tag.Get("yaml"), ",")
		switch {
		case name == "-":
		case option == "inline" && v.Field(i).Kind() == reflect.Map:
			rest = v.Field(i)
		case option == "inline":
			inlined, _ := fieldsOf(v.Field(i))
			known = append(known, inlined...)
		default:
			known = append(known, field{name, v.Field(i)})
		}
	}
	return known, rest
}

// find returns the field with the given name.
func find(fields []field, name string) (field, bool) {
	for _, f := range fields {
		if f.name == name {
			return f, true
		}
	}
	return field{}, false
}

// pairs yields the keys and values of a mapping node.
func pairs(n *yaml.Node) iter.Seq2[*yaml.Node, *yaml.Node] {
	return func(yield func(key, value *yaml.Node) bool) {
		for i := 0; i+1 < len(n.Content); i += 2 {
			if !yield(n.Content[i], n.Content[i+1]) {
				return
			}
		}
	}
}
