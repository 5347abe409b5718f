package opaque

import (
	"encoding/binary"
	"hash/crc32"
	"math/bits"
)

// An API key reads ab_live_<id>_<secret><crc>: a prefix that secret scanners can
// find, a public id, 32 secret bytes, and the CRC-32 of all that precedes it, so
// that a mistyped key is refused without a look-up. The last three are base62
// numbers of fixed width.
const (
	KeyPrefix    = "ab_live_"
	idDigits     = 11 // 62^11 > 2^64
	SecretSize   = 32
	secretDigits = 43 // 62^43 > 2^256
	crcDigits    = 6  // 62^6 > 2^32

	secretAt = len(KeyPrefix) + idDigits + 1
	crcAt    = secretAt + secretDigits
	keySize  = crcAt + crcDigits
)

// base62 is in the order of ASCII, as GitHub's tokens have it.
const base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// AppendID appends an id as its 11 digits.
func AppendID(dst []byte, id uint64) []byte { return appendDigits(dst, id, idDigits) }

// ParseID reads what AppendID writes.
func ParseID(text []byte) (id uint64, ok bool) {
	if len(text) != idDigits {
		return 0, false
	}
	return parseDigits(text)
}

// AppendSecret appends a secret as its 43 digits.
func AppendSecret(dst []byte, secret [SecretSize]byte) []byte { return appendSecret(dst, &secret) }

// chunkDigits is how many base62 digits fit in 64 bits, and chunk their number.
const (
	chunkDigits = 10
	chunk       = 62 * 62 * 62 * 62 * 62 * 62 * 62 * 62 * 62 * 62
)

// appendKey appends a key's text.
func appendKey(dst []byte, id uint64, secret *[SecretSize]byte) []byte {
	start := len(dst)
	dst = append(dst, KeyPrefix...)
	dst = AppendID(dst, id)
	dst = append(dst, '_')
	dst = appendSecret(dst, secret)
	return appendDigits(dst, uint64(crc32.ChecksumIEEE(dst[start:])), crcDigits)
}

// appendDigits appends n with exactly this many digits.
func appendDigits(dst []byte, n uint64, digits int) []byte {
	start := len(dst)
	dst = append(dst, base62[:digits]...)
	for i := len(dst) - 1; i >= start; i-- {
		dst[i] = base62[n%62]
		n /= 62
	}
	return dst
}

// appendSecret appends 256 bits as one number: chunks of ten digits are split off
// its low end.
func appendSecret(dst []byte, secret *[SecretSize]byte) []byte {
	var limbs [4]uint64 // the number, most significant first
	for i := range limbs {
		limbs[i] = binary.BigEndian.Uint64(secret[8*i:])
	}
	start := len(dst)
	dst = append(dst, base62[:secretDigits]...)
	for end := len(dst); end > start; end -= chunkDigits {
		var low uint64
		for i := range limbs {
			limbs[i], low = bits.Div64(low, limbs[i], chunk)
		}
		from := max(start, end-chunkDigits)
		appendDigits(dst[:from], low, end-from)
	}
	return dst
}

// parseKey checks a key's form and returns its public id.
func parseKey(key []byte) (id uint64, ok bool) {
	if len(key) != keySize || string(key[:len(KeyPrefix)]) != KeyPrefix || key[secretAt-1] != '_' {
		return 0, false
	}
	id, ok = ParseID(key[len(KeyPrefix) : secretAt-1])
	if !ok {
		return 0, false
	}
	for _, c := range key[secretAt:] {
		if digitOf(c) < 0 {
			return 0, false
		}
	}
	crc, _ := parseDigits(key[crcAt:])
	return id, crc == uint64(crc32.ChecksumIEEE(key[:crcAt]))
}

// parseDigits reads a base62 number of at most 64 bits.
func parseDigits(text []byte) (n uint64, ok bool) {
	for _, c := range text {
		digit := digitOf(c)
		hi, lo := bits.Mul64(n, 62)
		sum, carry := bits.Add64(lo, uint64(digit), 0)
		if digit < 0 || hi+carry != 0 {
			return 0, false
		}
		n = sum
	}
	return n, true
}

// digitOf returns a digit's value, -1 for another character.
func digitOf(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'A' <= c && c <= 'Z':
		return int(c-'A') + 10
	case 'a' <= c && c <= 'z':
		return int(c-'a') + 36
	}
	return -1
}
