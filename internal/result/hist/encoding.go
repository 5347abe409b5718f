package hist

import (
	"compress/zlib"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"

	hdr "github.com/HdrHistogram/hdrhistogram-go"
)

// Encode returns the HdrHistogram V2 compressed payload in base64, "" if there
// are no values. Clipped is not part of it.
func (h *Histogram) Encode() (string, error) {
	if h.Count() == 0 {
		return "", nil
	}
	text, err := h.counts.Encode(hdr.V2CompressedEncodingCookieBase)
	if err != nil {
		return "", fmt.Errorf("encode a histogram: %w", err)
	}
	return string(text), nil
}

// Decode reads what Encode wrote; "" is an empty histogram. Histograms of
// another geometry are refused: they would not merge without loss.
func Decode(text string) (*Histogram, error) {
	if text == "" {
		return New(), nil
	}
	if len(text) > maxText {
		return nil, fmt.Errorf("decode a histogram: %d bytes, more than the %d that one can have", len(text), maxText)
	}
	if err := checkGeometry(text); err != nil {
		return nil, fmt.Errorf("decode a histogram: %w", err)
	}
	counts, err := hdr.Decode([]byte(text))
	if err != nil {
		return nil, fmt.Errorf("decode a histogram: %w", err)
	}
	return &Histogram{counts: counts}, nil
}

// MarshalText is Encode, so that a histogram can stand in JSON.
func (h *Histogram) MarshalText() ([]byte, error) {
	text, err := h.Encode()
	return []byte(text), err
}

// UnmarshalText is Decode.
func (h *Histogram) UnmarshalText(text []byte) error {
	read, err := Decode(string(text))
	if err == nil {
		*h = *read
	}
	return err
}

// maxText bounds an encoded histogram: 28,672 buckets of at most nine bytes that
// do not compress, and their base64.
const maxText = 28_672 * 9 * 4 / 3

// prelude is the start of an inflated V2 payload, big-endian.
type prelude struct {
	Cookie, PayloadBytes, IndexOffset, Digits int32
	Lowest, Highest                           int64
	Ratio                                     float64
}

// checkGeometry looks at the header before the library does, which would
// allocate whatever it asks for: up to 50 MB for a hundred bytes of text.
func checkGeometry(text string) error {
	r := base64.NewDecoder(base64.StdEncoding, strings.NewReader(text))
	const cookieAndLength = 8
	if _, err := io.CopyN(io.Discard, r, cookieAndLength); err != nil {
		return fmt.Errorf("too short: %w", err)
	}
	inflated, err := zlib.NewReader(r)
	if err != nil {
		return err
	}
	var p prelude
	if err := binary.Read(inflated, binary.BigEndian, &p); err != nil {
		return fmt.Errorf("no header: %w", err)
	}
	if p.Lowest != lowest || p.Highest != highest || p.Digits != digits || p.Ratio != 1 {
		return errors.New("not of this program's geometry (1 ns to 120 s, 3 digits)")
	}
	return nil
}
