package golden

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
)

// object is a mapping of a JSON or YAML document.
type object = map[string]any

// Violations are the places in a document that its JSON Schema does not allow, both read
// into any: another type, a value that is none of those listed, a key that must be there
// and is not, or one that is not described. It knows the keywords that the schemas of this
// module use.
func Violations(schema, document any) []string {
	root, _ := schema.(object)
	return violated(root, root, document, "")
}

func violated(root, s object, value any, at string) (out []string) {
	if ref, ok := s["$ref"].(string); ok {
		s, _ = root["$defs"].(object)[strings.TrimPrefix(ref, "#/$defs/")].(object)
	}
	if one, ok := s["oneOf"].([]any); ok {
		fits := 0
		for _, o := range one {
			if len(violated(root, o.(object), value, at)) == 0 {
				fits++
			}
		}
		if fits != 1 {
			out = append(out, fmt.Sprintf("%s fits %d of the alternatives", at, fits))
		}
	}
	if enum, ok := s["enum"].([]any); ok && !slices.ContainsFunc(enum, func(e any) bool { return fmt.Sprint(e) == fmt.Sprint(value) }) {
		out = append(out, fmt.Sprintf("%s is %v", at, value))
	}
	if c, ok := s["const"]; ok && c != value {
		out = append(out, fmt.Sprintf("%s is %v", at, value))
	}
	if s["exclusiveMinimum"] == 0.0 && fmt.Sprint(value) == "0" {
		out = append(out, fmt.Sprintf("%s is 0", at))
	}
	if want, ok := s["type"].(string); ok && want != typeOf(value) && (want != "number" || typeOf(value) != "integer") {
		return append(out, fmt.Sprintf("%s is of type %s, not %s", at, typeOf(value), want))
	}
	switch v := value.(type) {
	case object:
		out = append(out, violatedKeys(root, s, v, at)...)
	case []any:
		items, _ := s["items"].(object)
		for i, entry := range v {
			out = append(out, violated(root, items, entry, fmt.Sprintf("%s[%d]", at, i))...)
		}
	}
	return out
}

func violatedKeys(root, s, value object, at string) (out []string) {
	required, _ := s["required"].([]any)
	for _, key := range required {
		if _, ok := value[key.(string)]; !ok {
			out = append(out, fmt.Sprintf("%s.%s is missing", at, key))
		}
	}
	properties, listed := s["properties"].(object)
	patterns, _ := s["patternProperties"].(object)
	others, _ := s["additionalProperties"].(object)
	for key, v := range value {
		below, known := properties[key].(object)
		for pattern, one := range patterns {
			if !known && regexp.MustCompile(pattern).MatchString(key) {
				below, known = one.(object)
			}
		}
		switch {
		case known:
			out = append(out, violated(root, below, v, at+"."+key)...)
		case others != nil:
			out = append(out, violated(root, others, v, at+"."+key)...)
		case listed || s["additionalProperties"] == false:
			out = append(out, fmt.Sprintf("%s.%s is not a key", at, key))
		}
	}
	return out
}

// typeOf is a value's type as JSON Schema calls it.
func typeOf(v any) string {
	switch v := v.(type) {
	case object:
		return "object"
	case []any:
		return "array"
	case string:
		return "string"
	case bool:
		return "boolean"
	case int:
		return "integer"
	case float64:
		if v == math.Trunc(v) {
			return "integer"
		}
		return "number"
	}
	return fmt.Sprintf("%T", v)
}
