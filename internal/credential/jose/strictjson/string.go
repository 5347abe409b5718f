package strictjson

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf16"
	"unicode/utf8"
)

// stringEnd reads a string after its opening quote and returns where its closing
// quote is, nowhere if the string is not a good one, and whether it holds escapes.
func stringEnd(data []byte, start int) (end int, escaped bool) {
	at, ascii := start, true
	for at < len(data) {
		// Plain characters, eight at once.
		for len(data)-at >= 8 {
			if marks := notPlain(binary.LittleEndian.Uint64(data[at:])); marks != 0 {
				at += bits.TrailingZeros64(marks) / 8
				break
			}
			at += 8
		}
		if at == len(data) {
			break
		}
		switch c := data[at]; {
		case c == '"':
			if !ascii && !utf8.Valid(data[start:at]) {
				return nowhere, escaped
			}
			return at, escaped
		case c == '\\':
			escaped = true
			if at = escapeEnd(data, at); at == nowhere {
				return nowhere, escaped
			}
		case c < ' ':
			return nowhere, escaped
		default:
			ascii = ascii && c < utf8.RuneSelf
			at++
		}
	}
	return nowhere, escaped
}

// A word of eight characters is looked at as one number.
const (
	eachByte = 0x0101010101010101 // times a byte: eight of it
	highBits = 0x80 * eachByte
)

// notPlain marks, by the high bit of its byte, the first of eight characters that
// is a quote, a backslash, a control character, or a part of one beyond ASCII. Of
// characters below 0x80 each difference has the high bit where it is negative,
// others have it themselves. A negative one borrows from the byte behind, so that
// bytes behind the first mark may be marked wrongly, but none before it.
func notPlain(word uint64) uint64 {
	quote, backslash := word^'"'*eachByte, word^'\\'*eachByte
	return ((quote - eachByte) | (backslash - eachByte) | (word - ' '*eachByte) | word) & highBits
}

// escapeEnd reads one escape; a surrogate must be followed by its other half.
func escapeEnd(data []byte, at int) int {
	if at+1 >= len(data) {
		return nowhere
	}
	switch data[at+1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return at + 2
	}
	r, ok := hexEscape(data[at:])
	if !ok {
		return nowhere
	}
	at += 6
	if utf16.IsSurrogate(r) {
		low, ok := hexEscape(data[at:])
		if !ok || utf16.DecodeRune(r, low) == utf8.RuneError {
			return nowhere
		}
		at += 6
	}
	return at
}

// hexEscape reads the \uXXXX that text starts with.
func hexEscape(text []byte) (r rune, ok bool) {
	if len(text) < 6 || text[0] != '\\' || text[1] != 'u' {
		return 0, false
	}
	for _, c := range text[2:6] {
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}

// unescape appends a string's content to dst. The string was checked.
func unescape(dst, text []byte) []byte {
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' {
			dst = append(dst, text[i])
			continue
		}
		i++
		switch c := text[i]; c {
		case 'b':
			dst = append(dst, '\b')
		case 'f':
			dst = append(dst, '\f')
		case 'n':
			dst = append(dst, '\n')
		case 'r':
			dst = append(dst, '\r')
		case 't':
			dst = append(dst, '\t')
		case 'u':
			r, _ := hexEscape(text[i-1:])
			i += 4
			if utf16.IsSurrogate(r) {
				low, _ := hexEscape(text[i+1:])
				r = utf16.DecodeRune(r, low)
				i += 6
			}
			dst = utf8.AppendRune(dst, r)
		default:
			dst = append(dst, c)
		}
	}
	return dst
}
