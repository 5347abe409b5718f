package conform

import (
	"crypto"
	"crypto/rsa"
	"encoding/binary"
	"math/big"
)

// signUnsalted signs with PSS and an empty salt (RFC 8017 §9.1.1), which crypto/rsa
// cannot be asked for: its length 0 means the longest.
func signUnsalted(private *rsa.PrivateKey, hash crypto.Hash, input []byte) ([]byte, error) {
	bits := private.N.BitLen() - 1
	encoded := make([]byte, (bits+7)/8)
	masked := encoded[:len(encoded)-hash.Size()-1]
	// M' is eight zeros, the message's hash and the salt, which is none.
	h := digest(hash, append(make([]byte, 8), digest(hash, input)...))
	masked[len(masked)-1] = 1
	for i, mask := range mgf1(hash, h, len(masked)) {
		masked[i] ^= mask
	}
	masked[0] &= 0xff >> (8*len(encoded) - bits)
	copy(encoded[len(masked):], h)
	encoded[len(encoded)-1] = 0xbc
	s := new(big.Int).Exp(new(big.Int).SetBytes(encoded), private.D, private.N)
	return s.FillBytes(make([]byte, private.Size())), nil
}

// mgf1 is the mask of RFC 8017 B.2.1.
func mgf1(hash crypto.Hash, seed []byte, size int) []byte {
	var mask []byte
	for counter := uint32(0); len(mask) < size; counter++ {
		mask = append(mask, digest(hash, binary.BigEndian.AppendUint32(append([]byte{}, seed...), counter))...)
	}
	return mask[:size]
}
