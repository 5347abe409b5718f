package strictjson

import (
	"encoding/binary"
	"math/bits"
	"strconv"
	"testing"

	"pgregory.net/rapid"
)

// eachWord calls check with every byte in every place of eight digits, alone and
// with bytes of either end of the range behind it.
func eachWord(check func(text []byte)) {
	for place := range 8 {
		for c := range 256 {
			for _, behind := range []string{"90909090", "\x00\x00\x00\x00\x00\x00\x00\x00", "\xff\xff\xff\xff\xff\xff\xff\xff"} {
				text := append([]byte("09182736"[:place]), byte(c))
				check(append(text, behind[place+1:]...))
			}
		}
	}
}

func TestAllDigits(t *testing.T) {
	eachWord(func(text []byte) {
		_, err := strconv.ParseUint(string(text), 10, 64)
		if got := allDigits(binary.LittleEndian.Uint64(text)); got != (err == nil) {
			t.Fatalf("%q: %v", text, got)
		}
	})
}

func TestNotPlainMarksTheFirst(t *testing.T) {
	eachWord(func(text []byte) {
		want := 0
		for want < 8 && text[want] >= ' ' && text[want] < 0x80 && text[want] != '"' && text[want] != '\\' {
			want++
		}
		if got := bits.TrailingZeros64(notPlain(binary.LittleEndian.Uint64(text))) / 8; got != want {
			t.Fatalf("%q: the first mark is at %d, want %d", text, got, want)
		}
	})
}

func TestWholeSeconds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[0-9]{0,13}[-+.e /:]?[0-9]{0,2}`).Draw(t, "text")
		want, err := strconv.ParseUint(text, 10, 64)
		got, ok := WholeSeconds([]byte(text))
		if whole := err == nil && len(text) <= 11; ok != whole || ok && got != int64(want) {
			t.Fatalf("%q: %d, %v", text, got, ok)
		}
	})
}
