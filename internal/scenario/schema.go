package scenario

import (
	"encoding/json"
	"fmt"
	"reflect"

	"github.com/invopop/jsonschema"

	"authbench/bench"
)

// durationPattern is what [bench.Duration] accepts, apart from signs and zero.
const durationPattern = `^([0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m|h))+$`

// statusesPattern is what [bench.ParseStatuses] accepts.
const statusesPattern = `^ *[2-9]([0-9]{2}|[xX]{2}) *(, *[2-9]([0-9]{2}|[xX]{2}) *)*$`

// stagesPattern is what [ParseStages] reads, as far as people write it.
const stagesPattern = `^ *[0-9.]+[a-zµ]*:[0-9.]+ ?[kKMG]? ?[^,:]*( *, *[0-9.]+[a-zµ]*:[0-9.]+ ?[kKMG]? ?[^,:]*)*$`

// Schema returns the JSON Schema of scenario files, for editors: the keys of bench's types,
// with the methods and parameters of c. It accepts some scenarios that [Parse] refuses.
func Schema(c bench.Catalogue) ([]byte, error) {
	r := jsonschema.Reflector{
		FieldNameTag:               "yaml",
		Anonymous:                  true,
		ExpandedStruct:             true,
		RequiredFromJSONSchemaTags: true,
		Mapper:                     func(t reflect.Type) *jsonschema.Schema { return customSchema(t, c) },
		LookupComment:              func(t reflect.Type, field string) string { return descriptions[t.Name()+"."+field] },
	}
	s := r.Reflect(bench.Scenario{})
	s.Title = "authbench scenario"
	s.Required = []string{"baseline", "arms"}
	s.Definitions["Arm"].Required = []string{"name", "method"}
	s.Definitions["Load"].Required = []string{"name", "kind"}
	requirePositive(s, bench.Scenario{})
	requirePositive(s.Definitions["Load"], bench.Load{})
	allowUnit(s.Definitions["Load"].Properties.Value("rate"))
	requirePositive(s.Definitions["Population"], bench.Population{})

	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write the scenario schema: %w", err)
	}
	return append(text, '\n'), nil
}

// requirePositive adds to the schema of like's type what the decoder demands: an optional
// number, if it is written, is above zero.
func requirePositive(s *jsonschema.Schema, like any) {
	known, _ := fieldsOf(reflect.ValueOf(like))
	for _, f := range known {
		if k := f.value.Kind(); k == reflect.Int || k == reflect.Float64 {
			s.Properties.Value(f.name).ExclusiveMinimum = "0"
		}
	}
}

// ratePattern is what [unit.PerSecond] reads, as far as people write it.
const ratePattern = `^[0-9.]+ ?[kKMG]? ?(rps|req/s|/.+)?$`

// allowUnit lets a number be a rate with its unit, such as 5k.
func allowUnit(s *jsonschema.Schema) {
	number := &jsonschema.Schema{Type: s.Type, ExclusiveMinimum: s.ExclusiveMinimum}
	s.Type, s.ExclusiveMinimum = "", ""
	s.AnyOf = []*jsonschema.Schema{number, {Type: "string", Pattern: ratePattern}}
}

// customSchema returns the schema of a type that reflection knows too little of, nil
// for every other.
func customSchema(t reflect.Type, c bench.Catalogue) *jsonschema.Schema {
	switch t {
	case reflect.TypeFor[bench.Duration]():
		return &jsonschema.Schema{Type: "string", Pattern: durationPattern}
	case reflect.TypeFor[bench.LoadKind]():
		return enum(bench.LoadKinds...)
	case reflect.TypeFor[[]bench.RampStage]():
		return &jsonschema.Schema{Type: "string", Pattern: stagesPattern}
	case reflect.TypeFor[bench.Arrivals]():
		return enum(bench.Poisson, bench.Constant)
	case reflect.TypeFor[bench.Safety]():
		return enum(bench.SafetyRequired, bench.SafetyShown)
	case reflect.TypeFor[bench.Class]():
		return enum(bench.Classes[:]...)
	case reflect.TypeFor[bench.Ladder]():
		two := uint64(2) // a difference needs two steps
		return &jsonschema.Schema{Type: "array", Items: &jsonschema.Schema{Type: "string"}, MinItems: &two}
	case reflect.TypeFor[bench.Contrast]():
		return contrastSchema()
	case reflect.TypeFor[map[bench.Class]bench.Statuses]():
		text := &jsonschema.Schema{Type: "string", Pattern: statusesPattern}
		status := &jsonschema.Schema{Type: "integer", Minimum: "200", Maximum: "999"}
		list := &jsonschema.Schema{Type: "array", Items: &jsonschema.Schema{AnyOf: []*jsonschema.Schema{status, text}}}
		statuses := &jsonschema.Schema{AnyOf: []*jsonschema.Schema{status, text, list}}
		return &jsonschema.Schema{Type: "object", PropertyNames: enum(bench.Classes[:]...), AdditionalProperties: statuses}
	case reflect.TypeFor[bench.Method]():
		s := &jsonschema.Schema{}
		for _, m := range c.Methods() {
			s.OneOf = append(s.OneOf, methodSchema(m))
		}
		return s
	}
	return nil
}

// contrastSchema is that of {arm: other}, with or without what it says.
func contrastSchema() *jsonschema.Schema {
	one, two := uint64(1), uint64(2)
	said := []string{bench.ContrastSays}
	s := &jsonschema.Schema{
		Type: "object", Properties: jsonschema.NewProperties(), AdditionalProperties: &jsonschema.Schema{Type: "string"},
		AnyOf: []*jsonschema.Schema{
			{Required: said, MinProperties: &two, MaxProperties: &two},
			{Not: &jsonschema.Schema{Required: said}, MinProperties: &one, MaxProperties: &one},
		},
	}
	s.Properties.Set(bench.ContrastSays, &jsonschema.Schema{
		Type: "string", Description: "What the first arm does beyond the other, as the subject of a sentence: fetching the key set.",
	})
	return s
}

// enum returns the schema of a text that is one of values.
func enum[T ~string](values ...T) *jsonschema.Schema {
	s := &jsonschema.Schema{Type: "string"}
	for _, v := range values {
		s.Enum = append(s.Enum, string(v))
	}
	return s
}

func methodSchema(m bench.MethodSpec) *jsonschema.Schema {
	s := &jsonschema.Schema{
		Type: "object", Title: m.ID, Description: m.Summary,
		Properties: jsonschema.NewProperties(), Required: []string{"id"},
		AdditionalProperties: jsonschema.FalseSchema,
	}
	if m.Reference != "" {
		s.Description += " (" + m.Reference + ")"
	}
	s.Properties.Set("id", &jsonschema.Schema{Const: m.ID, Description: s.Description})
	for _, p := range m.Params {
		s.Properties.Set(p.Name, paramSchema(p))
		if p.Required {
			s.Required = append(s.Required, p.Name)
		}
	}
	return s
}

func paramSchema(p bench.ParamSpec) *jsonschema.Schema {
	s := enum(p.Values...)
	if p.Kind == bench.DurationParam {
		s.Pattern = durationPattern
	}
	if p.Kind == bench.IntParam {
		s = &jsonschema.Schema{Type: "integer"}
		for _, v := range p.Values {
			s.Enum = append(s.Enum, p.Parse(v))
		}
		if len(p.Values) == 0 {
			s.Minimum, s.Maximum = json.Number(fmt.Sprint(p.Min)), json.Number(fmt.Sprint(p.Max))
		}
	}
	s.Description = p.Doc
	if p.Default != "" {
		s.Default = p.Parse(p.Default)
	}
	return s
}
