package statuslist

import (
	"bytes"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
)

// bits has the status of each place, eight in a byte, the lowest bit first (§4.1).
type bits []byte

// mostBytes bounds a list: that of ten million tokens, of which a store of keys has no more
// either. What is said to be a list and inflates to more is not taken (§11.1).
const mostBytes = 10_000_000 / 8

func newBits(places int) bits { return make(bits, (places+7)/8) }

func (b bits) set(place int) { b[place/8] |= 1 << (place % 8) }

// get returns a place's bit; ok is false for one beyond the end.
func (b bits) get(place int64) (set, ok bool) {
	if place < 0 || place/8 >= int64(len(b)) {
		return false, false
	}
	return b[place/8]>>(place%8)&1 == 1, true
}

// deflate is the list as it travels (§4.1: ZLIB with DEFLATE).
func (b bits) deflate() ([]byte, error) {
	var out bytes.Buffer
	w, err := zlib.NewWriterLevel(&out, zlib.BestCompression)
	if err != nil {
		return nil, err
	}
	_, err = w.Write(b)
	if err := errors.Join(err, w.Close()); err != nil {
		return nil, fmt.Errorf("compress a status list: %w", err)
	}
	return out.Bytes(), nil
}

var (
	errCompression = errors.New("its list is not compressed as a status list is (ZLIB)")
	errTooLong     = fmt.Errorf("its list is longer than %d bytes", mostBytes)
)

// inflate reads what deflate wrote.
func inflate(text []byte) (bits, error) {
	r, err := zlib.NewReader(bytes.NewReader(text))
	if err != nil {
		return nil, errCompression
	}
	out, err := io.ReadAll(io.LimitReader(r, mostBytes+1))
	switch {
	case err != nil:
		return nil, errCompression
	case len(out) > mostBytes:
		return nil, errTooLong
	}
	return out, nil
}
