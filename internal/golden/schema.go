package golden

import (
	"encoding"
	"encoding/json"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/invopop/jsonschema"
)

// Format is a JSON file that others read.
type Format struct {
	// Of is a value of the type that the file is written from, Title what it is.
	Of    any
	Title string
	// Folders of the module, from its root, have the types, whose comments describe the
	// keys. Texts describe others, by "Type.Field", and are preferred.
	Folders []string
	Texts   map[string]string
	// Without are keys that the file never has, Optional those that it may lack though
	// they are written whatever their value.
	Without, Optional []string
}

// docLink matches a link of a Go comment, which means nothing to who reads a file.
var docLink = regexp.MustCompile(`\[([A-Za-z.]+)\]`)

// Schema returns the format's JSON Schema. Keys that it does not have are allowed: a later
// version may add some. The test, which runs in the module's root, fails for a key that is
// not described, and for a text that describes nothing.
func (f Format) Schema(t testing.TB) string {
	t.Helper()
	r := jsonschema.Reflector{
		Anonymous: true, ExpandedStruct: true, AllowAdditionalProperties: true, Mapper: mapped,
		KeyNamer: func(name string) string {
			if slices.Contains(f.Without, name) {
				return ""
			}
			return name
		},
	}
	f.addComments(t, &r)
	used := map[string]bool{}
	var missing []string
	r.LookupComment = func(of reflect.Type, field string) string {
		name := of.Name() + "." + field
		if used[name] = true; field != "" && f.Texts[name] == "" && r.CommentMap[of.PkgPath()+"."+name] == "" {
			missing = append(missing, name)
		}
		return f.Texts[name]
	}
	s := r.Reflect(f.Of)
	s.Title = f.Title
	optional := func(key string) bool { return slices.Contains(f.Optional, key) }
	s.Required = slices.DeleteFunc(s.Required, optional)
	for _, d := range s.Definitions {
		d.Required = slices.DeleteFunc(d.Required, optional)
	}
	for name := range f.Texts {
		if !used[name] {
			t.Errorf("%s is described and not there", name)
		}
	}
	if slices.Sort(missing); len(missing) > 0 {
		t.Errorf("not described: %s", strings.Join(slices.Compact(missing), ", "))
	}
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return string(text) + "\n"
}

// addComments gives a reflector the comments of the code, as running text.
func (f Format) addComments(t testing.TB, r *jsonschema.Reflector) {
	t.Helper()
	for _, folder := range f.Folders {
		if err := r.AddGoComments("authbench", folder); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range r.CommentMap {
		r.CommentMap[name] = docLink.ReplaceAllString(strings.Join(strings.Fields(text), " "), "$1")
	}
}

// mapped returns the schema of a type that writes itself as text, nil for others. The
// library knows of times itself.
func mapped(t reflect.Type) *jsonschema.Schema {
	if t.Kind() != reflect.Struct && t.Implements(reflect.TypeFor[encoding.TextMarshaler]()) {
		return &jsonschema.Schema{Type: "string"}
	}
	return nil
}
