// Package attack knows the form of the keys that servers look up, by code of its own. What
// flows in: keys. What flows out: the same with the checksum made right, or of another
// environment, and what the families of methods with such keys have in common.
package attack

import (
	"hash/crc32"
	"slices"
	"strings"

	"authbench/bench"
	"authbench/internal/method"
)

// slowHashes are values of the parameter hash that are made for passwords: a guess takes
// tens of milliseconds.
var slowHashes = []string{"bcrypt", "argon2id"}

// IsSlow reports whether comparing a key takes tens of milliseconds.
func IsSlow(p bench.Params) bool { return slices.Contains(slowHashes, p.Text("hash")) }

// SlowInOneServer are the slow hashes in all stores but the memory and PostgreSQL. A hash
// and a store have nothing to do with each other but the record: the verifier asks the store
// by the key's id, and hands the record that comes back, and nothing else, to the hash. That
// each store returns the record that was put in, with the text of any of these hashes, is
// tested where the stores are. Of those that are left out here bbolt and Redis keep the same
// bytes; PostgreSQL keeps columns of its own.
func SlowInOneServer() (out [][2]string) {
	for _, hash := range slowHashes {
		for _, store := range []string{"bbolt", "redis"} {
			out = append(out, [2]string{"hash=" + hash, "store=" + store})
		}
	}
	return out
}

// Keys is the family of such keys, but for where they stand in a request.
func Keys(p bench.Params) method.Family {
	return method.Family{
		AppliesTo: "apikey", Mend: Mend, Slow: IsSlow(p),
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
