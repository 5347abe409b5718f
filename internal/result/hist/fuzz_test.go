package hist

import (
	"slices"
	"testing"

	hdr "github.com/HdrHistogram/hdrhistogram-go"
)

func FuzzDecode(f *testing.F) {
	for _, h := range []*Histogram{filled(0), filled(1, 2, 3), filled(highest), filled(slice()...)} {
		text, err := h.Encode()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
		f.Add(text[:len(text)/2])
	}
	wide := hdr.New(1, 1<<62, 5)
	if err := wide.RecordValue(7); err != nil {
		f.Fatal(err)
	}
	other, err := wide.Encode(hdr.V2CompressedEncodingCookieBase)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(other))
	f.Add("")
	f.Add("AAAA")
	f.Fuzz(func(t *testing.T, text string) {
		h, err := Decode(text)
		if err != nil {
			return
		}
		total := int64(0)
		for b := range h.Buckets() {
			total += b.Count
		}
		if total != h.Count() {
			t.Fatalf("buckets hold %d of %d", total, h.Count())
		}
		again, err := h.Encode()
		if err != nil {
			t.Fatal(err)
		}
		back, err := Decode(again)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(slices.Collect(h.Buckets()), slices.Collect(back.Buckets())) {
			t.Fatal("another histogram came back")
		}
	})
}

func TestDecodeRefuses(t *testing.T) {
	wide := hdr.New(1, 1<<62, 5)
	if err := wide.RecordValue(7); err != nil {
		t.Fatal(err)
	}
	other, err := wide.Encode(hdr.V2CompressedEncodingCookieBase)
	if err != nil {
		t.Fatal(err)
	}
	good, err := filled(1, 2, 3).Encode()
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"not base64":       "histogram!",
		"too short":        "HISTFAAA",
		"torn":             good[:len(good)-8],
		"another geometry": string(other),
		"oversized":        string(make([]byte, maxText+1)),
	} {
		if _, err := Decode(text); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
