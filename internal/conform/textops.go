package conform

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode"
)

// textOps are the operations on a credential's text. Segments are separated by dots and
// counted from 0. It is a function because a variable would refer to itself: operations may
// hold placeholders, whose credentials are minted with operations.
func textOps() map[string]operation[string] {
	return map[string]operation[string]{
		"set":             {[]argSpec{{name: "value", kind: argText}}, setText},
		"append":          {[]argSpec{{name: "value", kind: argText}}, appendText},
		"prepend":         {[]argSpec{{name: "value", kind: argText}}, prependText},
		"insert":          {[]argSpec{{name: "segment", kind: argNumber}, {name: "at", kind: argNumber}, {name: "value", kind: argText}}, insertText},
		"drop_segment":    {[]argSpec{{name: "index", kind: argNumber}}, dropSegment},
		"replace_segment": {[]argSpec{{name: "index", kind: argNumber}, {name: "value", kind: argText}}, replaceSegment},
		"permute":         {[]argSpec{{name: "order", kind: argNumbers}}, permute},
		"pad":             {[]argSpec{{name: "segment", kind: argNumber}}, pad},
		"std_alphabet":    {[]argSpec{{name: "segment", kind: argNumber}}, stdAlphabet},
		"set_unused_bits": {[]argSpec{{name: "segment", kind: argNumber}}, setUnusedBits},
		"json_flattened":  {nil, jsonFlattened},
		"json_general":    {nil, jsonGeneral},
		"replace_all":     {[]argSpec{{name: "old", kind: argWord}, {name: "new", kind: argWord}}, replaceAll},
		"mutate_tail":     {[]argSpec{{name: "n", kind: argNumber}}, mutateTail},
		"keep_left_chars": {[]argSpec{{name: "keep", kind: argWord, words: []string{"all-1", "half", "prefix"}}}, keepLeftChars},
		"splice":          {[]argSpec{{name: "left_of", kind: argWord, words: keyRoles}, {name: "right_of", kind: argWord, words: keyRoles}}, splice},
		"wrap":            {[]argSpec{{name: "value", kind: argWords}}, wrap},
		"lookalike":       {[]argSpec{{name: "script", kind: argWord, words: []string{"cyrillic", "fullwidth"}}}, lookalike},
		"swap_case":       {nil, swapCase},
		"encode":          {[]argSpec{{name: "as", kind: argWord, words: []string{"percent", "base64"}}}, encodeText},
	}
}

func setText(m *minter, o op, _ string) (string, error) { return o.text(m) }

func appendText(m *minter, o op, text string) (string, error) {
	value, err := o.text(m)
	return text + value, err
}

func prependText(m *minter, o op, text string) (string, error) {
	value, err := o.text(m)
	return value + text, err
}

// onSegment changes one segment.
func onSegment(text string, index int, change func(string) (string, error)) (string, error) {
	segments := strings.Split(text, ".")
	if index >= len(segments) {
		return "", fmt.Errorf("there is no segment %d", index)
	}
	var err error
	segments[index], err = change(segments[index])
	return strings.Join(segments, "."), err
}

func insertText(m *minter, o op, text string) (string, error) {
	value, err := o.text(m)
	if err != nil {
		return "", err
	}
	return onSegment(text, o.number("segment"), func(s string) (string, error) {
		at := o.number("at")
		if at > len(s) {
			return "", fmt.Errorf("the segment is shorter than %d", at)
		}
		return s[:at] + value + s[at:], nil
	})
}

func dropSegment(_ *minter, o op, text string) (string, error) {
	segments := strings.Split(text, ".")
	index := o.number("index")
	if index >= len(segments) {
		return "", fmt.Errorf("there is no segment %d", index)
	}
	return strings.Join(slices.Delete(segments, index, index+1), "."), nil
}

func replaceSegment(m *minter, o op, text string) (string, error) {
	value, err := o.text(m)
	if err != nil {
		return "", err
	}
	return onSegment(text, o.number("index"), func(string) (string, error) { return value, nil })
}

func permute(_ *minter, o op, text string) (string, error) {
	segments := strings.Split(text, ".")
	var out []string
	for _, index := range o.numbers("order") {
		if index >= len(segments) {
			return "", fmt.Errorf("there is no segment %d", index)
		}
		out = append(out, segments[index])
	}
	return strings.Join(out, "."), nil
}

// pad appends the padding that a segment lacks, or four characters of padding if it lacks
// none.
func pad(_ *minter, o op, text string) (string, error) {
	return onSegment(text, o.number("segment"), func(s string) (string, error) {
		return s + strings.Repeat("=", 4-len(s)%4), nil
	})
}

// stdAlphabet spells a segment with + and /.
func stdAlphabet(_ *minter, o op, text string) (string, error) {
	return onSegment(text, o.number("segment"), func(s string) (string, error) {
		if !strings.ContainsAny(s, "-_") {
			return "", errUnsuitable
		}
		return strings.NewReplacer("-", "+", "_", "/").Replace(s), nil
	})
}

// base64url is the alphabet of RFC 4648 §5.
const base64url = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

// setUnusedBits sets the unused bits of the last character: four of them after one byte,
// two after two.
func setUnusedBits(_ *minter, o op, text string) (string, error) {
	return onSegment(text, o.number("segment"), func(s string) (string, error) {
		unused := map[int]int{2: 0b1111, 3: 0b11}[len(s)%4]
		if unused == 0 {
			return "", inapplicable("the segment's last character has no unused bits")
		}
		last := strings.IndexByte(base64url, s[len(s)-1])
		if last < 0 {
			return "", errors.New("the segment is not base64url")
		}
		return s[:len(s)-1] + string(base64url[last|unused]), nil
	})
}

// signedParts returns the three segments of a token.
func signedParts(text string) (parts [3]string, err error) {
	segments := strings.Split(text, ".")
	if len(segments) != len(parts) {
		return parts, errors.New("the text does not have three segments")
	}
	return [3]string(segments), nil
}

// jsonFlattened is the serialization of RFC 7515 §7.2.2.
func jsonFlattened(_ *minter, _ op, text string) (string, error) {
	p, err := signedParts(text)
	if err != nil {
		return "", err
	}
	out, err := encodeTree(object{{"payload", p[1]}, {"protected", p[0]}, {"signature", p[2]}})
	return string(out), err
}

// jsonGeneral is the serialization of RFC 7515 §7.2.1, with a second signature that is
// invalid.
func jsonGeneral(_ *minter, _ op, text string) (string, error) {
	p, err := signedParts(text)
	if err != nil {
		return "", err
	}
	signatures := []any{
		object{{"protected", p[0]}, {"signature", p[2]}},
		object{{"protected", p[0]}, {"signature", base64.RawURLEncoding.EncodeToString(make([]byte, len(p[2])/4*3))}},
	}
	out, err := encodeTree(object{{"payload", p[1]}, {"signatures", signatures}})
	return string(out), err
}

func replaceAll(_ *minter, o op, text string) (string, error) {
	return strings.ReplaceAll(text, o.word("old"), o.word("new")), nil
}

func mutateTail(_ *minter, o op, text string) (string, error) {
	return mutated(text, o.number("n")), nil
}

// mutated replaces each of the last n characters by the one 32 places further in the
// alphabet, which flips the highest of its six bits.
func mutated(text string, n int) string {
	out := []byte(text)
	for i := range min(n, len(out)) {
		shiftCharacter(&out[len(out)-1-i], 32)
	}
	return string(out)
}

// shiftCharacter replaces a character by the one some places further in the alphabet. A character
// outside the alphabet counts as its first.
func shiftCharacter(c *byte, places int) {
	*c = base64url[(max(0, strings.IndexByte(base64url, *c))+places)%len(base64url)]
}

// floodDigits is how many characters differ between the credentials of a flood. 64^4 is
// more than a catalogue may ask for.
const floodDigits = 4

// numbered makes one of many texts: it adds number's digits in base 64 to the last
// characters.
func numbered(text string, number int) string {
	out := []byte(text)
	for i := range min(floodDigits, len(out)) {
		shiftCharacter(&out[len(out)-1-i], number%len(base64url))
		number /= len(base64url)
	}
	return string(out)
}

func keepLeftChars(_ *minter, o op, text string) (string, error) {
	switch o.word("keep") {
	case "all-1":
		return text[:max(0, len(text)-1)], nil
	case "half":
		return text[:len(text)/2], nil
	}
	left, _ := publicPart(text)
	return left, nil
}

// publicPart splits an API key after its public part, the prefix and the id, which ends
// with an underscore or a dot. A key without either is cut in the middle.
func publicPart(key string) (public, secret string) {
	at := strings.LastIndexAny(key, "_.") + 1
	if at == 0 || at == len(key) {
		at = len(key) / 2
	}
	return key[:at], key[at:]
}

func splice(m *minter, o op, _ string) (string, error) {
	left, err := m.roleCredential(o.word("left_of"))
	if err != nil {
		return "", err
	}
	right, err := m.roleCredential(o.word("right_of"))
	if err != nil {
		return "", err
	}
	public, _ := publicPart(left)
	_, secret := publicPart(right)
	return public + secret, nil
}

func wrap(_ *minter, o op, text string) (string, error) {
	around := o.words("value")
	if len(around) != 2 {
		return "", errors.New("value has the text before and the text after")
	}
	return around[0] + text + around[1], nil
}

// lookalikes are Cyrillic letters that look like Latin ones (Unicode TR39).
var lookalikes = strings.NewReplacer("a", "а", "c", "с", "e", "е", "o", "о", "p", "р", "x", "х", "y", "у", "A", "А", "B", "В", "C", "С", "E", "Е", "H", "Н", "K", "К", "M", "М", "O", "О", "P", "Р", "T", "Т", "X", "Х")

// lookalike replaces the last letter that has a look-alike.
func lookalike(_ *minter, o op, text string) (string, error) {
	for i := len(text) - 1; i >= 0; i-- {
		letter := text[i : i+1]
		other := lookalikes.Replace(letter)
		if o.word("script") == "fullwidth" && unicode.IsLetter(rune(text[i])) {
			other = string(rune(text[i]) - '!' + '！')
		}
		if other != letter && text[i] < 0x80 {
			return text[:i] + other + text[i+1:], nil
		}
	}
	return "", inapplicable("no letter of the credential has a look-alike")
}

func swapCase(_ *minter, _ op, text string) (string, error) {
	return strings.Map(func(r rune) rune {
		if unicode.IsUpper(r) {
			return unicode.ToLower(r)
		}
		return unicode.ToUpper(r)
	}, text), nil
}

// encodeText encodes the credential. Percent-encoding encodes every character if none
// needs it, so that the text always changes.
func encodeText(_ *minter, o op, text string) (string, error) {
	if o.word("as") == "base64" {
		return base64.StdEncoding.EncodeToString([]byte(text)), nil
	}
	if escaped := url.QueryEscape(text); escaped != text {
		return escaped, nil
	}
	var out strings.Builder
	for _, c := range []byte(text) {
		fmt.Fprintf(&out, "%%%02X", c)
	}
	return out.String(), nil
}
