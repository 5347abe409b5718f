package bench

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Params are a method's parameters by name. Values are string, bool, an integer
// or a float; a result file that was read back holds integers as float64, which
// the accessors hide.
type Params map[string]any

// Text returns the parameter as text, "" if it is not set.
func (p Params) Text(name string) string {
	v, ok := p[name]
	if !ok {
		return ""
	}
	return plainText(v)
}

// Int returns an integer parameter, 0 if it is not set or not a whole number.
func (p Params) Int(name string) int {
	n, _ := wholeNumber(p[name])
	return n
}

// Key is a canonical text of p: equal for equal parameters, whether they came
// from YAML, a flag or a result file. Arms with equal keys share credentials.
func (p Params) Key() string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(p)) {
		fmt.Fprintf(&b, "%s=%s;", name, plainText(p[name]))
	}
	return b.String()
}

// Duration returns a duration parameter, 0 if it is not set or no duration.
func (p Params) Duration(name string) time.Duration {
	d, err := time.ParseDuration(p.Text(name))
	if err != nil {
		return 0
	}
	return d
}

// ParamKind is the type of a parameter.
type ParamKind string

const (
	// TextParam is one of ParamSpec.Values, or any text if there are none.
	TextParam ParamKind = "text"
	// IntParam is a whole number between Min and Max.
	IntParam ParamKind = "int"
	// DurationParam is a duration as Go writes it, between Min and Max
	// milliseconds.
	DurationParam ParamKind = "duration"
)

// ParamSpec describes one parameter of a method.
type ParamSpec struct {
	Name string
	Kind ParamKind
	// Values are the permitted texts, or the permitted numbers in text.
	Values []string
	// Min and Max bound an IntParam that has no Values, and a DurationParam in
	// milliseconds; both inclusive.
	Min, Max int
	// Default is the value in text. Empty: none (the parameter is required if
	// Required is set).
	Default  string
	Required bool
	Doc      string
}

// MethodSpec describes a method to those who only configure it.
type MethodSpec struct {
	ID string
	// Title is what people call it, as it stands within a sentence; empty: the ID.
	Title     string
	Summary   string
	Reference string
	Params    []ParamSpec
	// Verifying are the names of the parameters that credentials do not depend on: only
	// the built-in server reads them.
	Verifying []string
	// Classes are the credential classes that the method can mint; empty for
	// one that sends no credential.
	Classes []Class
	// Field is the header field that carries the credential. Nil: Authorization, or
	// none where there are no classes.
	Field func(Params) string
	// More returns the classes that parameters add to these. Nil: none.
	More func(Params) []Class
	// Diagnostic says that the method does not protect: it serves only as a step
	// of a [Ladder].
	Diagnostic bool
	// Check judges the parameters together, after each was found good by
	// itself; it names the parameter that is to blame. Nil: any combination.
	Check func(Params) *Problem
}

// classes are what the method can mint with parameters.
func (m MethodSpec) classes(p Params) []Class {
	if m.More == nil {
		return m.Classes
	}
	return slices.Concat(m.Classes, m.More(p))
}

// CredentialField is the header field that carries the credential, "" for a method
// that sends none.
func (m MethodSpec) CredentialField(p Params) string {
	switch {
	case len(m.Classes) == 0:
		return ""
	case m.Field == nil:
		return "Authorization"
	}
	return m.Field(p)
}

// Catalogue tells which methods exist.
type Catalogue interface {
	Methods() []MethodSpec
}

func findMethod(c Catalogue, id string) (MethodSpec, bool) {
	for _, m := range c.Methods() {
		if m.ID == id {
			return m, true
		}
	}
	return MethodSpec{}, false
}

// plainText is a parameter's value as a scenario file would have it. A million
// that JSON read back is a float64, which fmt would print as 1e+06.
func plainText(v any) string {
	if n, ok := wholeNumber(v); ok {
		return strconv.Itoa(n)
	}
	return fmt.Sprint(v)
}

// wholeNumber converts the numeric types that YAML, flags and JSON produce.
func wholeNumber(v any) (int, bool) {
	switch n := v.(type) {
	case int:
		return n, true
	case int64:
		return int(n), true
	case uint64:
		return int(n), true
	case float64:
		return int(n), n == float64(int(n))
	}
	return 0, false
}
