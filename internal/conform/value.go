package conform

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// The values that are computed when a credential is minted, by their member's name.
const (
	valueNow       = "$now"
	valueRepeat    = "$repeat"
	valueConcat    = "$concat"
	valueJWK       = "$jwk_public"
	valueX5C       = "$x5c"
	valueMethodMap = "$method_map"
	valueLower     = "$lower_method"
	valueBase64    = "$b64u_json"
	valueDeclared  = "$declared"
)

// maxText bounds a text that a catalogue may ask for. The longest of ours has 2 MiB.
const maxText = 8 << 20

// inapplicable is the reason why a case, or a sub-case, cannot be asked of a subject.
type inapplicable string

func (i inapplicable) Error() string { return string(i) }

// placeholders matches {{name}} in a text.
var placeholders = regexp.MustCompile(`\{\{([^{}]*)\}\}`)

// clockPlaceholder matches the name of a time: now, now+300, now-60.
var clockPlaceholder = regexp.MustCompile(`^now([+-][0-9]{1,9})?$`)

// knownPlaceholders are the other names, besides the roles of API keys.
var knownPlaceholders = []string{
	"method", "iss", "aud", "base_token", "cred", "bad", "cred:left", "cred:right", "path", "path_last", "query_name",
}

// checkValues returns an error for an unknown value or placeholder.
func checkValues(trees ...any) error {
	for _, tree := range trees {
		if err := checkValue(tree); err != nil {
			return err
		}
	}
	return nil
}

func checkValue(tree any) error {
	switch tree := tree.(type) {
	case string:
		for _, found := range placeholders.FindAllStringSubmatch(tree, -1) {
			name := found[1]
			if !clockPlaceholder.MatchString(name) && !slices.Contains(knownPlaceholders, name) && !slices.Contains(keyRoles, name) {
				return fmt.Errorf("unknown placeholder {{%s}}", name)
			}
		}
	case []any:
		return checkValues(tree...)
	case object:
		if name, argument, is := computed(tree); is {
			return checkComputed(name, argument)
		}
		for _, m := range tree {
			if err := checkValues(m.name, m.value); err != nil {
				return err
			}
		}
	}
	return nil
}

// computed reports whether an object stands for a value that is computed.
func computed(o object) (name string, argument any, is bool) {
	if len(o) != 1 || !strings.HasPrefix(o[0].name, "$") {
		return "", nil, false
	}
	return o[0].name, o[0].value, true
}

func checkComputed(name string, argument any) error {
	var ok bool
	switch name {
	case valueNow:
		_, ok = seconds(argument)
	case valueRepeat:
		_, _, ok = repeated(argument)
	case valueConcat:
		var list []any
		list, ok = argument.([]any)
		if err := checkValues(list...); err != nil {
			return err
		}
	case valueJWK, valueX5C:
		role, _ := argument.(string)
		ok = slices.Contains(roles, role)
	case valueMethodMap:
		var table object
		table, ok = argument.(object)
		for _, m := range table {
			if err := checkValue(m.value); err != nil {
				return err
			}
		}
	case valueLower:
		ok = argument == true
	case valueBase64:
		return checkValue(argument)
	case valueDeclared:
		_, ok = argument.(string)
	default:
		return fmt.Errorf("unknown value %q", name)
	}
	if !ok {
		return fmt.Errorf("value %q cannot be made of %s", name, brief(argument))
	}
	return nil
}

// maxClockSeconds bounds times, in seconds, so that JSON numbers hold them exactly.
const maxClockSeconds = 1e12

func seconds(tree any) (float64, bool) {
	number, _ := tree.(json.Number)
	s, err := number.Float64()
	return s, err == nil && s > -maxClockSeconds && s < maxClockSeconds
}

func repeated(tree any) (text string, count int, ok bool) {
	list, _ := tree.([]any)
	if len(list) != 2 {
		return "", 0, false
	}
	text, isText := list[0].(string)
	number, _ := list[1].(json.Number)
	n, err := number.Int64()
	return text, int(n), isText && err == nil && n >= 0 && n <= maxText && len(text)*int(n) <= maxText
}

// value computes a tree, with everything in it.
func (m *minter) value(tree any) (any, error) {
	switch tree := tree.(type) {
	case string:
		return m.fill(tree)
	case []any:
		out := make([]any, 0, len(tree))
		for _, element := range tree {
			v, err := m.value(element)
			if err != nil {
				return nil, err
			}
			out = append(out, v)
		}
		return out, nil
	case object:
		if name, argument, is := computed(tree); is {
			return m.compute(name, argument)
		}
		out := make(object, 0, len(tree))
		for _, each := range tree {
			v, err := m.value(each.value)
			if err != nil {
				return nil, err
			}
			out = append(out, member{each.name, v})
		}
		return out, nil
	}
	return tree, nil
}

// text computes a value, which must be a text. A nil node is the empty text.
func (m *minter) text(n *node) (string, error) {
	if n == nil {
		return "", nil
	}
	v, err := m.value(n.tree)
	if err != nil {
		return "", err
	}
	text, ok := v.(string)
	if !ok {
		return "", fmt.Errorf("%s is not a text", brief(v))
	}
	return text, nil
}

func (m *minter) compute(name string, argument any) (any, error) {
	switch name {
	case valueNow:
		s, _ := seconds(argument)
		return json.Number(strconv.FormatFloat(float64(m.now.Unix())+s, 'f', -1, 64)), nil
	case valueRepeat:
		text, count, _ := repeated(argument)
		return strings.Repeat(text, count), nil
	case valueConcat:
		return m.concat(argument.([]any))
	case valueJWK, valueX5C:
		key, err := m.roleKey(argument.(string))
		if err != nil {
			return nil, err
		}
		if name == valueX5C {
			return key.selfSigned(m.now)
		}
		return key.publicJWK()
	case valueMethodMap:
		v, ok := argument.(object).get(m.alg)
		if !ok {
			return nil, inapplicable("the recipe does not cover algorithm " + m.alg)
		}
		return m.value(v)
	case valueLower:
		return strings.ToLower(m.alg), nil
	case valueBase64:
		v, err := m.value(argument)
		if err != nil {
			return nil, err
		}
		text, err := encodeTree(v)
		return base64.RawURLEncoding.EncodeToString(text), err
	case valueDeclared:
		n, ok := m.declared[argument.(string)]
		if !ok {
			return nil, inapplicable(fmt.Sprintf("the verifier declares no %s", argument))
		}
		return json.Number(strconv.FormatFloat(n, 'f', -1, 64)), nil
	}
	return nil, fmt.Errorf("unknown value %q", name)
}

func (m *minter) concat(parts []any) (any, error) {
	var out strings.Builder
	for _, part := range parts {
		text, err := m.text(&node{part})
		if err != nil {
			return nil, err
		}
		if out.Len()+len(text) > maxText {
			return nil, errors.New("the text is too long")
		}
		out.WriteString(text)
	}
	return out.String(), nil
}

// fill replaces the placeholders of a text.
func (m *minter) fill(text string) (string, error) {
	if !strings.Contains(text, "{{") {
		return m.localise(text), nil
	}
	var failed error
	out := placeholders.ReplaceAllStringFunc(text, func(found string) string {
		value, err := m.placeholder(strings.Trim(found, "{}"))
		failed = errors.Join(failed, err)
		return value
	})
	return m.localise(out), failed
}

func (m *minter) placeholder(name string) (string, error) {
	if clockPlaceholder.MatchString(name) {
		offset, _ := strconv.ParseInt(strings.TrimPrefix(name, "now"), 10, 64) // empty: now itself
		return strconv.FormatInt(m.now.Unix()+offset, 10), nil
	}
	switch name {
	case "method":
		return m.alg, nil
	case "iss":
		return m.Issuer, nil
	case "aud":
		return m.Audience, nil
	case "base_token":
		return m.token(&recipe{Base: baseToken})
	case "cred":
		return m.cred, nil
	case "bad":
		return m.bad, nil
	case "cred:left":
		return m.cred[:len(m.cred)/2], nil
	case "cred:right":
		return m.cred[len(m.cred)/2:], nil
	case "path":
		return m.Path, nil
	case "path_last":
		return m.Path[strings.LastIndexByte(m.Path, '/')+1:], nil
	case "query_name":
		return m.queryName(), nil
	}
	return m.roleCredential(name)
}
