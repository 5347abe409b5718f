package credential

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"fmt"

	"authbench/bench"
)

// DeriveKey derives a key of n bytes from the run's secret. Each use has a label
// of its own, so that keys are independent.
func DeriveKey(secret [32]byte, label string, n int) ([]byte, error) {
	key, err := hkdf.Key(sha256.New, secret[:], nil, "authbench "+label, n)
	if err != nil {
		return nil, fmt.Errorf("derive %s: %w", label, err)
	}
	return key, nil
}

// Stream is a pseudo-random function of a class, an index and a part: AES-256 of
// the three. It is safe for concurrent use, and a tenth of the price of an HMAC,
// which tells with ten million keys.
type Stream struct{ block cipher.Block }

// NewStream makes a stream of a run's secret. Each use has a label of its own.
func NewStream(secret [32]byte, label string) (Stream, error) {
	key, err := DeriveKey(secret, label, 32)
	if err != nil {
		return Stream{}, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return Stream{}, fmt.Errorf("derive %s: %w", label, err)
	}
	return Stream{block}, nil
}

// Fill fills dst, whose length is a multiple of 16 and at most 16×256.
func (s Stream) Fill(dst []byte, class bench.Class, index int) {
	for part := 0; part*aes.BlockSize < len(dst); part++ {
		block := dst[part*aes.BlockSize:][:aes.BlockSize]
		clear(block)
		binary.BigEndian.PutUint64(block, uint64(index))
		block[8], block[9] = byte(class.Index()), byte(part)
		s.block.Encrypt(block, block)
	}
}
