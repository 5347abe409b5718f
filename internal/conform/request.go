package conform

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"authbench/bench"
)

// Request is what a subject is sent.
type Request struct {
	Method, Target string
	Fields         []bench.Field
	// Raw is sent as the header lines, unchanged, in place of Fields: it may smuggle
	// other lines in.
	Raw string
	// forged says that the method's own code wrote the fields: none is missing.
	forged bool
}

const (
	defaultMethod = "GET"
	defaultField  = "Authorization"
	defaultScheme = "Bearer"
)

// requestWith is the usual request with a credential.
func (f *Fixture) requestWith(credential string) Request {
	return Request{Method: defaultMethod, Target: f.Path, Fields: []bench.Field{{Name: f.Field, Value: f.credentialPrefix() + credential}}}
}

// credentialPrefix is what precedes the credential in its field.
func (f *Fixture) credentialPrefix() string {
	switch {
	case f.Scheme != "":
		return f.Scheme + " "
	case f.Cookie != "":
		return f.Cookie + "="
	}
	return ""
}

// request makes a request with a valid credential. Recipes are written for
// "Authorization: Bearer"; [minter.fields] and [minter.rawFields] move the credential to
// where the method has it.
func (m *minter) request(r *recipe) (Request, error) {
	cred, err := m.roleCredential(credentialValid)
	if err != nil {
		return Request{}, err
	}
	if m.cred, err = apply(m, textOps(), r.TextOnCredential, cred); err != nil {
		return Request{}, err
	}
	if m.bad, err = m.invalid(); err != nil {
		return Request{}, err
	}
	out := m.requestWith(m.cred)
	spec := r.Request
	if spec == nil {
		return out, nil
	}
	if out.Method, err = m.textOr(spec.Method, out.Method); err != nil {
		return Request{}, err
	}
	if out.Target, err = m.textOr(spec.Target, out.Target); err != nil {
		return Request{}, err
	}
	switch {
	case spec.RawHeaders != nil:
		out.Fields = nil
		out.Raw, err = m.rawFields(spec.RawHeaders)
	case spec.Headers != nil:
		out.Fields, err = m.fields(*spec.Headers)
	}
	return out, err
}

func (m *minter) textOr(n *node, otherwise string) (string, error) {
	if n == nil {
		return otherwise, nil
	}
	return m.text(n)
}

// badTail is how many characters of a bad credential are wrong, as in the catalogue's own.
const badTail = 4

// invalid returns a credential that must be refused: a valid one with another tail.
func (m *minter) invalid() (string, error) {
	cred, err := m.roleCredential(credentialValid)
	return mutated(cred, badTail), err
}

// scheme matches the beginning of Authorization's value in a recipe. anyScheme matches its
// scheme in any letter case, quoted or not.
var (
	scheme    = regexp.MustCompile(`^` + defaultScheme + ` [^ \t]`)
	anyScheme = regexp.MustCompile(`^"?(?i:` + defaultScheme + `)`)
)

// withMethodScheme replaces the scheme in a value of Authorization by the method's own, in the
// same letter case.
func (m *minter) withMethodScheme(value string) (string, error) {
	if len(value) > len(m.Scheme) && strings.EqualFold(value[:len(m.Scheme)+1], m.Scheme+" ") {
		return "", inapplicable("the sub-case's wrong scheme is the method's own")
	}
	found := anyScheme.FindString(value)
	if found == "" {
		return value, nil
	}
	name := strings.TrimPrefix(found, `"`)
	own := []byte(m.Scheme)
	for i := range own {
		switch like := rune(name[min(i, len(name)-1)]); { // further letters take the case of the last one
		case name == defaultScheme:
		case unicode.IsUpper(like):
			own[i] = byte(unicode.ToUpper(rune(own[i])))
		default:
			own[i] = byte(unicode.ToLower(rune(own[i])))
		}
	}
	return found[:len(found)-len(name)] + string(own) + value[len(found):], nil
}

func (m *minter) fields(pairs []pair) ([]bench.Field, error) {
	out := []bench.Field{}
	for i := range pairs {
		name, err := m.text(&pairs[i][0])
		if err != nil {
			return nil, err
		}
		template := pairs[i][1]
		value, err := m.text(&template)
		if err != nil {
			return nil, err
		}
		switch {
		case name != defaultField || m.Scheme == defaultScheme:
		case m.Scheme != "":
			name = m.Field
			if value, err = m.withMethodScheme(value); err != nil {
				return nil, err
			}
		default:
			if !scheme.MatchString(value) {
				return nil, inapplicable(fmt.Sprintf("%s carries the credential without a scheme", m.Field))
			}
			if m.Cookie != "" && strings.Contains(value, ";") {
				return nil, inapplicable("in a cookie, a semicolon ends the credential")
			}
			name, value = m.Field, m.credentialPrefix()+strings.TrimPrefix(value, defaultScheme+" ")
		}
		out = append(out, bench.Field{Name: name, Value: value})
	}
	return out, nil
}

// rawScheme matches the beginning of a raw header line that holds a credential.
var rawScheme = regexp.MustCompile(`(?m)^` + defaultField + `([ \t]*:[ \t]*)` + defaultScheme + ` `)

func (m *minter) rawFields(n *node) (string, error) {
	raw, err := m.text(n)
	if err != nil || m.Scheme == defaultScheme {
		return raw, err
	}
	if !rawScheme.MatchString(raw) {
		return "", inapplicable(fmt.Sprintf("%s carries the credential without a scheme", m.Field))
	}
	raw = rawScheme.ReplaceAllString(raw, m.Field+"${1}"+m.credentialPrefix())
	return strings.ReplaceAll(raw, ": "+defaultField+"\r\n", ": "+m.Field+"\r\n"), nil
}
