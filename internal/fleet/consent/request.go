package consent

import (
	"errors"
	"path"
	"regexp"
	"strconv"
	"strings"

	"authbench/bench"
)

// errOwnConsent says that a load would write what its target says of it.
var errOwnConsent = errors.New("the load's requests name the target's consent (" + Path + "): no load goes there, since it could consent in the place of the target's owner")

// CheckRequest reports whether requests keep away from the document of consent. Servers differ in
// what they take for one path, and some take another path from a field: so its name may not occur
// at all, in whatever spelling.
func CheckRequest(target string, fields []bench.Field) error {
	texts := []string{target}
	for _, f := range fields {
		texts = append(texts, f.Value)
	}
	for _, t := range texts {
		if text, whole := decoded(t); !whole || strings.Contains(strings.ToLower(text), path.Base(Path)) {
			return errOwnConsent
		}
	}
	return nil
}

// mostEncodings is how often a text may be encoded: more than servers undo.
const mostEncodings = 8

// encoded is a byte in percent-encoding (RFC 3986, section 2.1).
var encoded = regexp.MustCompile("%[0-9A-Fa-f]{2}")

// decoded undoes percent-encoding until there is none. Whole is false if that would go on.
func decoded(text string) (out string, whole bool) {
	for range mostEncodings {
		if !encoded.MatchString(text) {
			return text, true
		}
		text = encoded.ReplaceAllStringFunc(text, func(c string) string {
			b, _ := strconv.ParseUint(c[1:], 16, 8) // the pattern has two such digits
			return string([]byte{byte(b)})
		})
	}
	return text, false
}
