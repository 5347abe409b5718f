package credential

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// DecodeAt reads one JSON value that starts at a line of a file into *out. Errors
// name file, line and column. They never show a value: it may be a credential.
func DecodeAt(name string, line int, text []byte, out any) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	err := decoder.Decode(out)
	end := int(decoder.InputOffset())
	if err != nil {
		offset, what := explain(err, end, len(text))
		return errorAt(name, line, text, offset, what)
	}
	if _, err := decoder.Token(); err != io.EOF {
		return errorAt(name, line, text, end, "there is more after the JSON value")
	}
	return nil
}

// explain says where an error of encoding/json lies, and what it is without its
// quotations. Types are reported at the value's end.
func explain(err error, end, size int) (offset int, what string) {
	var syntax *json.SyntaxError
	var wrongType *json.UnmarshalTypeError
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return size, "the JSON value is cut off"
	case errors.As(err, &syntax):
		return int(syntax.Offset) - 1, "this is not JSON"
	case errors.As(err, &wrongType):
		return int(wrongType.Offset) - 1, fmt.Sprintf("member %q has the wrong type", wrongType.Field)
	case strings.HasPrefix(err.Error(), "json: unknown field "): // it has no type
		return end, strings.TrimPrefix(err.Error(), "json: ")
	}
	return end, "a member cannot be read"
}

// errorAt says what is wrong at an offset of text, which starts at a line.
func errorAt(name string, line int, text []byte, offset int, what string) error {
	before := text[:min(max(offset, 0), len(text))]
	line += bytes.Count(before, []byte("\n"))
	column := len(before) - bytes.LastIndexByte(before, '\n')
	return fmt.Errorf("%s:%d:%d: %s", name, line, column, what)
}

// CheckKind refuses files of another kind or version.
func CheckKind(name, kind string, version int, wantKind string, wantVersion int) error {
	if kind != wantKind {
		return fmt.Errorf("%s:1:1: this is not a file of kind %q", name, wantKind)
	}
	if version != wantVersion {
		return fmt.Errorf("%s:1:1: version %d of the file; this program reads version %d", name, version, wantVersion)
	}
	return nil
}
