package document

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"authbench/bench"
	"authbench/internal/credential"
	"authbench/internal/text/usertext"
)

// credentialsVersion is the version of the credentials file. Readers refuse
// others.
const credentialsVersion = 1

// credentialsKind is what the file's first line says that it is.
const credentialsKind = "credentials"

// CredentialList is a file of ready-made credentials: JSON lines, the first of
// which names the header field that carries them.
//
//	{"kind":"credentials","version":1,"field":"Authorization"}
//	{"class":"valid","value":"Bearer eyJ…"}
//	{"class":"expired","value":"Bearer eyJ…"}
type CredentialList struct {
	Field       string
	Credentials []Credential
}

// Credential is one credential: the field's whole value, and what a server must
// make of it.
type Credential struct {
	Class bench.Class `json:"class"`
	Value string      `json:"value"`
}

// credentialsHeader is the file's first line.
type credentialsHeader struct {
	Kind    string `json:"kind"`
	Version int    `json:"version"`
	Field   string `json:"field"`
}

// Encode returns the file's content.
func (l CredentialList) Encode() ([]byte, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(credentialsHeader{credentialsKind, credentialsVersion, l.Field})
	for _, c := range l.Credentials {
		err = errors.Join(err, encoder.Encode(c))
	}
	return out.Bytes(), err
}

// longestLine bounds a line of the file: no server reads a header of 1 MiB.
const longestLine = 1 << 20

// ReadCredentials reads a credentials file, or a plain list of tokens: one valid
// bearer token per line. Errors name the file, line and column, and quote none of it.
// Empty lines are skipped.
func ReadCredentials(name string, r io.Reader) (CredentialList, error) {
	lines := bufio.NewScanner(usertext.NewReader(name, r))
	lines.Buffer(nil, longestLine)
	list := CredentialList{}
	read := (*CredentialList).add
	number := 0
	for lines.Scan() {
		number++
		text := bytes.TrimSpace(lines.Bytes())
		if len(text) == 0 {
			continue
		}
		add := read
		if list.Field == "" && text[0] == '{' {
			add = (*CredentialList).addHeader
		} else if list.Field == "" {
			list.Field, read = tokenField, (*CredentialList).addToken
			add = read
		}
		if err := add(&list, name, number, lines.Bytes()); err != nil {
			return CredentialList{}, err
		}
	}
	switch err := lines.Err(); {
	case errors.Is(err, bufio.ErrTooLong):
		return CredentialList{}, fmt.Errorf("%s:%d:1: the line is longer than %d bytes", name, number+1, longestLine)
	case err != nil && number == 0:
		return CredentialList{}, err // of the text as a whole, and names the file
	case err != nil:
		return CredentialList{}, fmt.Errorf("read %s: %w", name, err)
	case list.Field == "":
		return CredentialList{}, fmt.Errorf(`%s:1:1: the file is empty; its first line is {"kind":"credentials","version":1,"field":"Authorization"}, or it has one token per line`, name)
	}
	return list, nil
}

const (
	// tokenField and tokenScheme carry the tokens of a plain list (RFC 6750 §2.1).
	tokenField  = "Authorization"
	tokenScheme = "Bearer"
	// bearerCharacters are those of a bearer token. Others begin something else: a
	// JSON list, a line of a table.
	bearerCharacters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/="
)

// add reads one line behind the header.
func (l *CredentialList) add(name string, line int, text []byte) error {
	c, err := readCredential(name, line, text)
	l.Credentials = append(l.Credentials, c)
	return err
}

// addToken reads one line of a plain list: a token, or the whole value of the field,
// which has a scheme before a blank.
func (l *CredentialList) addToken(name string, line int, text []byte) error {
	value := strings.TrimSpace(string(text))
	scheme, token, hasScheme := strings.Cut(value, " ")
	switch {
	case !hasScheme && strings.Trim(value, bearerCharacters) == "":
		value = tokenScheme + " " + value
	case !hasScheme || !bench.IsToken(scheme) || strings.ContainsAny(strings.TrimSpace(token), " \t") || !bench.IsFieldValue(value):
		return fmt.Errorf("%s:%d:1: this is no token: write one per line, alone or behind its scheme and a blank, or a credentials file as 'authbench mint' writes it", name, line)
	}
	l.Credentials = append(l.Credentials, Credential{Class: bench.Valid, Value: value})
	return nil
}

// addHeader reads the first line of a credentials file.
func (l *CredentialList) addHeader(name string, line int, text []byte) error {
	var h credentialsHeader
	if err := credential.DecodeAt(name, line, text, &h); err != nil {
		return err
	}
	if err := credential.CheckKind(name, h.Kind, h.Version, credentialsKind, credentialsVersion); err != nil {
		return err
	}
	if !bench.IsToken(h.Field) {
		return fmt.Errorf("%s:%d:1: field is not the name of a header field, such as Authorization", name, line)
	}
	l.Field = h.Field
	return nil
}

func readCredential(name string, line int, text []byte) (Credential, error) {
	var c Credential
	if err := credential.DecodeAt(name, line, text, &c); err != nil {
		return c, err
	}
	if c.Class.Index() < 0 {
		return c, fmt.Errorf("%s:%d:1: unknown class; choose from %v", name, line, bench.Classes)
	}
	if !bench.IsFieldValue(c.Value) {
		return c, fmt.Errorf("%s:%d:1: value is empty, or cannot travel in a header field (control characters, blanks around it)", name, line)
	}
	return c, nil
}
