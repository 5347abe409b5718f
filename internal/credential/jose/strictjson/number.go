package strictjson

import (
	"encoding/binary"
	"strconv"

	"authbench/internal/credential"
)

// surelyFinite is how many digits a whole number may have to be surely below the largest
// float64, 1.8×10^308.
const surelyFinite = 308

// numberEnd reads a number of RFC 8259 §6 that a float64 can hold. Others are refused
// wherever they stand, in claims and headers that are ignored too: readers differ about
// 1e400 (RFC 8259 §6; I-JSON forbids it, RFC 7493 §2.2). Go's libraries do not read a
// header or claims with one, others take it for infinity, and a token must not mean
// something to one verifier and nothing to the next. What is too small for a float64 is
// zero to all of them, and accepted.
func numberEnd(data []byte, start int) int {
	end, exponent := numberForm(data, start)
	if end == nowhere || !exponent && end-start <= surelyFinite {
		return end
	}
	if _, err := strconv.ParseFloat(credential.Borrow(data[start:end]), 64); err != nil {
		return nowhere
	}
	return end
}

// numberForm reads what has the form of a number, and says whether it has an exponent.
func numberForm(data []byte, at int) (end int, exponent bool) {
	if isAt(data, at, '-') {
		at++
	}
	whole := at
	if at = digitsEnd(data, at); at == whole || at > whole+1 && data[whole] == '0' {
		return nowhere, false
	}
	if isAt(data, at, '.') {
		if end := digitsEnd(data, at+1); end > at+1 {
			at = end
		} else {
			return nowhere, false
		}
	}
	if isAt(data, at, 'e') || isAt(data, at, 'E') {
		at++
		if isAt(data, at, '+') || isAt(data, at, '-') {
			at++
		}
		if end := digitsEnd(data, at); end > at {
			return end, true
		}
		return nowhere, false
	}
	return at, false
}

// digitsEnd returns where the digits at a position end: there, if there are none.
func digitsEnd(data []byte, at int) int {
	for len(data)-at >= 8 && allDigits(binary.LittleEndian.Uint64(data[at:])) {
		at += 8
	}
	for uint(at) < uint(len(data)) && data[at]-'0' <= 9 {
		at++
	}
	return at
}

// allDigits reports whether eight characters are digits. The first that is not one
// has the high bit in the difference if it is less than '0' or beyond 0xaf, else in
// the sum: those before it neither borrow nor carry.
func allDigits(word uint64) bool {
	return ((word-'0'*eachByte)|(word+(0x80-'9'-1)*eachByte))&highBits == 0
}

// eightDigits is the number that eight digits are, the first of them in the lowest
// byte. Neighbours are joined to pairs, pairs to fours, fours to the number.
func eightDigits(word uint64) uint64 {
	word = (word - '0'*eachByte) * (10<<8 + 1) >> 8
	word = (word & 0x00ff00ff00ff00ff) * (100<<16 + 1) >> 16
	return (word & 0x0000ffff0000ffff) * (10_000<<32 + 1) >> 32
}

// WholeSeconds reads eleven digits at most: all of those are below farthest, and
// every time of the next thousand years is among them.
func WholeSeconds(text []byte) (seconds int64, ok bool) {
	if len(text) == 0 || len(text) > 11 {
		return 0, false
	}
	if len(text) >= 8 {
		word := binary.LittleEndian.Uint64(text)
		if !allDigits(word) {
			return 0, false
		}
		seconds, text = int64(eightDigits(word)), text[8:]
	}
	for _, c := range text {
		if c < '0' || c > '9' {
			return 0, false
		}
		seconds = 10*seconds + int64(c-'0')
	}
	return seconds, true
}
