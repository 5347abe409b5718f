package scenario

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"authbench/bench"
	"authbench/internal/golden"
	"authbench/internal/method/all"
)

// object is a part of the schema as an editor reads it.
type object = map[string]any

func readSchema(t *testing.T, c bench.Catalogue) object {
	t.Helper()
	text, err := Schema(c)
	if err != nil {
		t.Fatal(err)
	}
	var s object
	if err := json.Unmarshal(text, &s); err != nil {
		t.Fatal(err)
	}
	return s
}

// described are the types that a scenario consists of, by their definition's
// name in the schema.
var described = map[string]any{
	"":    bench.Scenario{},
	"Arm": bench.Arm{}, "CPUs": bench.CPUs{}, "Load": bench.Load{}, "Population": bench.Population{},
	"Episode": bench.Episode{}, "Ready": bench.Ready{}, "RequestShape": bench.RequestShape{}, "Target": bench.Target{},
}

// TestSchemaHasTheDecodersKeys: the library that reflects the schema and the
// decoder read the same tags.
func TestSchemaHasTheDecodersKeys(t *testing.T) {
	schema := readSchema(t, smallCatalogue{})
	definitions := schema["$defs"].(object)
	if len(definitions) != len(described)-1 {
		t.Errorf("the schema defines %d types, the test knows %d", len(definitions), len(described)-1)
	}
	for name, value := range described {
		s := schema
		if name != "" {
			s = definitions[name].(object)
		}
		var want []string
		known, _ := fieldsOf(reflect.ValueOf(value))
		for _, f := range known {
			want = append(want, f.name)
		}
		slices.Sort(want)
		if got := slices.Sorted(maps.Keys(s["properties"].(object))); !slices.Equal(got, want) {
			t.Errorf("%T: schema has %v, decoder %v", value, got, want)
		}
		if s["additionalProperties"] != false {
			t.Errorf("%T takes unknown keys", value)
		}
	}
}

// TestDescriptions: every key is described, and nothing that is not there.
func TestDescriptions(t *testing.T) {
	want := map[string]bool{}
	var note func(v reflect.Type)
	note = func(v reflect.Type) {
		for i := range v.NumField() {
			f := v.Field(i)
			switch {
			case f.Tag.Get("yaml") == "-":
			case f.Anonymous:
				note(f.Type)
			default:
				want[v.Name()+"."+f.Name] = true
			}
		}
	}
	for _, value := range described {
		want[reflect.TypeOf(value).Name()+"."] = true
		note(reflect.TypeOf(value))
	}
	for name := range want {
		if descriptions[name] == "" {
			t.Errorf("%s is not described", name)
		}
	}
	for name := range descriptions {
		if !want[name] {
			t.Errorf("%s is described but does not exist", name)
		}
	}
}

// TestShippedScenarios: every file of the folder is valid, asks a question, and
// satisfies the schema that its first line points editors to.
func TestShippedScenarios(t *testing.T) {
	paths, err := filepath.Glob("../../scenarios/*.yaml")
	if err != nil || len(paths) < 2 {
		t.Fatalf("found %v, %v", paths, err)
	}
	schema := readSchema(t, all.Catalogue())
	for _, path := range paths {
		s, err := Load(path, Changes{}, all.Catalogue())
		if err != nil {
			t.Error(err)
			continue
		}
		if s.Question == "" {
			t.Errorf("%s asks no question", path)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(string(text), "# yaml-language-server: $schema=scenario.schema.json\n") {
			t.Errorf("%s does not name its schema in its first line", path)
		}
		for _, v := range violations(t, schema, text) {
			t.Errorf("%s: %s", path, v)
		}
	}
}

// TestSchemaRefuses shows that the schema, and the test's reading of it, find
// what an editor is to mark.
func TestSchemaRefuses(t *testing.T) {
	schema := readSchema(t, all.Catalogue())
	if v := violations(t, schema, []byte(good)); len(v) > 0 {
		t.Errorf("a good scenario: %v", v)
	}
	for _, wrong := range []string{
		strings.Replace(good, "baseline: none\n", "", 1),
		good + "colour: red\n",
		strings.Replace(good, "name: token", "nme: token", 1),
		strings.Replace(good, "id: jwt", "id: jtw", 1),
		strings.Replace(good, ", alg: HS256", "", 1),
		strings.Replace(good, "HS256", "HS265", 1),
		good + "loads: [{name: a, kind: opne}]\n",
		good + "launches: ten\n",
		good + "launches: 0\n",
		good + "contrasts: [{token: 5}]\n",
		good + "contrasts: {token: none}\n",
	} {
		if v := violations(t, schema, []byte(wrong)); len(v) == 0 {
			t.Errorf("the schema accepts\n%s", wrong)
		}
	}
}

// violations checks YAML against the keywords that the schema uses to say which
// keys, values and types there are.
func violations(t *testing.T, schema object, text []byte) []string {
	t.Helper()
	var value any
	if err := yaml.Unmarshal(text, &value); err != nil {
		t.Fatal(err)
	}
	return golden.Violations(schema, value)
}
