// Package attack knows the form of the keys that servers look up, by code of its own. What
// flows in: keys. What flows out: the same with the checksum made right, or of another
// environment, and what the families of methods with such keys have in common.
package attack

import (
	"hash/crc32"
	"strings"

	"authbench/internal/method"
)

// Keys is the family of such keys, but for where they stand in a request.
func Keys() method.Family {
	return method.Family{
		AppliesTo: "apikey", Mend: Mend,
		Respelled: func(valid string) string { return Mend(strings.Replace(valid, "_live_", "_test_", 1)) },
		Variants:  method.Variants{Beside: "store"},
	}
}

// crcDigits is the length of the checksum that our own API keys end with: base62
// digits of the CRC-32 of all before it.
const crcDigits = 6

// Mend makes a key's checksum right. A text that is too short for one is left alone.
func Mend(key string) string {
	const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	if len(key) < crcDigits {
		return key
	}
	body := key[:len(key)-crcDigits]
	out := []byte(body + strings.Repeat("0", crcDigits))
	for sum, at := uint64(crc32.ChecksumIEEE([]byte(body))), len(out)-1; sum > 0; at-- {
		out[at] = digits[sum%uint64(len(digits))]
		sum /= uint64(len(digits))
	}
	return string(out)
}
