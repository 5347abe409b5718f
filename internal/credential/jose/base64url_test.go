package jose

import (
	"bytes"
	"encoding/base64"
	"testing"
)

// FuzzDecodeSegment: what is accepted is what encoding/base64 would write, and all
// that it would write is accepted, whatever room there is behind.
func FuzzDecodeSegment(f *testing.F) {
	for _, text := range []string{"", "A", "AA", "AB", "AAA", "AAB", "AAAA", "AAAAA", "Zm9v", "Zm9v\n", "Zm9\nv", "Zm9v====", "Zm9vYmFyYmF6Zm9vYmFyYmF6", "-_-_-_-_-_-_", "+/+/+/+/", "\xff\x80AAAAAA", "AAAAAAAAAAAAAAAAAB"} {
		f.Add([]byte(text), byte(len(text)))
	}
	f.Fuzz(func(t *testing.T, text []byte, more byte) {
		want, err := base64.RawURLEncoding.DecodeString(string(text))
		canonical := err == nil && base64.RawURLEncoding.EncodeToString(want) == string(text)
		dst := make([]byte, decodedBytes(len(text))+int(more)%16)
		n, ok := DecodeSegment(dst, text)
		if ok != canonical || ok && !bytes.Equal(dst[:n], want) {
			t.Fatalf("%q: %x, %v; encoding/base64 has %x, %v", text, dst[:n], ok, want, err)
		}
	})
}

// Every character in every place of a block and of its rest.
func TestDecodeSegmentKnowsItsAlphabet(t *testing.T) {
	for length := range 20 {
		for at := range length {
			for c := range 256 {
				text := bytes.Repeat([]byte("A"), length)
				text[at] = byte(c)
				want, err := base64.RawURLEncoding.DecodeString(string(text))
				canonical := err == nil && base64.RawURLEncoding.EncodeToString(want) == string(text)
				dst := make([]byte, 20)
				if n, ok := DecodeSegment(dst, text); ok != canonical || ok && !bytes.Equal(dst[:n], want) {
					t.Fatalf("%q: %x, %v", text, dst[:n], ok)
				}
			}
		}
	}
}
