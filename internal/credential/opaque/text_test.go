package opaque

import (
	"hash/crc32"
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// drawKey draws a key's parts.
func drawKey(t *rapid.T) (id uint64, secret [SecretSize]byte) {
	copy(secret[:], rapid.SliceOfN(rapid.Byte(), SecretSize, SecretSize).Draw(t, "secret"))
	return rapid.Uint64().Draw(t, "id"), secret
}

func TestKeyIsParsedAsWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		id, secret := drawKey(t)
		key := appendKey([]byte("before "), id, &secret)[len("before "):]
		if len(key) != keySize {
			t.Fatalf("%d bytes, want %d", len(key), keySize)
		}
		got, ok := parseKey(key)
		if !ok || got != id {
			t.Fatalf("%s: id %d %v, want %d", key, got, ok, id)
		}
	})
}

// TestSecretIsBase62 compares with math/big, whose digits have another case.
func TestSecretIsBase62(t *testing.T) {
	swapCase := func(r rune) rune {
		switch {
		case 'a' <= r && r <= 'z':
			return r - 'a' + 'A'
		case 'A' <= r && r <= 'Z':
			return r - 'A' + 'a'
		}
		return r
	}
	rapid.Check(t, func(t *rapid.T) {
		_, secret := drawKey(t)
		text := strings.Map(swapCase, new(big.Int).SetBytes(secret[:]).Text(62))
		want := strings.Repeat("0", secretDigits-len(text)) + text
		if got := string(appendSecret(nil, &secret)); got != want {
			t.Fatalf("got %s, want %s", got, want)
		}
	})
}

// TestMistypedKeyIsRefused: CRC-32 finds every single wrong character, and every
// two neighbours swapped.
func TestMistypedKeyIsRefused(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		id, secret := drawKey(t)
		key := appendKey(nil, id, &secret)
		at := rapid.IntRange(0, len(key)-1).Draw(t, "at")
		wrong := rapid.Byte().Draw(t, "character")
		original := key[at]
		if key[at] = wrong; wrong == original {
			return
		}
		if _, ok := parseKey(key); ok {
			t.Fatalf("accepted with %q instead of %q at %d", wrong, original, at)
		}
	})
}

func TestKeyOfAnotherFormIsRefused(t *testing.T) {
	key := string(appendKey(nil, 12345, &[SecretSize]byte{9}))
	for _, other := range []string{
		"", KeyPrefix, key[:len(key)-1], key + "z", "z" + key, key[:len(key)/2], strings.ToUpper(key), strings.ToLower(key),
		strings.Replace(key, "ab_live_", "ab_test_", 1), " " + key, key + " ", `"` + key + `"`, strings.ReplaceAll(key, "_", "%5F"),
		withCRC(KeyPrefix + strings.Repeat("z", idDigits) + key[secretAt-1:crcAt]), // an id above 2^64
		withCRC(strings.Replace(key[:crcAt], "_", "-", 3)),
	} {
		if _, ok := parseKey([]byte(other)); ok {
			t.Errorf("%q is accepted", other)
		}
	}
}

// withCRC ends a key with the right check.
func withCRC(key string) string {
	return string(appendDigits([]byte(key), uint64(crc32.ChecksumIEEE([]byte(key))), crcDigits))
}

// FuzzParseKey: what is accepted is exactly what would be written.
func FuzzParseKey(f *testing.F) {
	f.Add(appendKey(nil, 1, &[SecretSize]byte{1}))
	f.Add(appendKey(nil, 1<<63, &[SecretSize]byte{0xff, 31: 0xff}))
	f.Add([]byte(KeyPrefix))
	f.Fuzz(func(t *testing.T, key []byte) {
		id, ok := parseKey(key)
		if !ok {
			return
		}
		if again := appendDigits([]byte(KeyPrefix), id, idDigits); string(again) != string(key[:len(again)]) {
			t.Fatalf("%q has the id %d, which is written %q", key, id, again)
		}
	})
}
