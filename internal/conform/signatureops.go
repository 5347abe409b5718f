package conform

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"
)

// signatureOps are the operations on a signature's bytes.
func signatureOps() map[string]operation[[]byte] {
	return map[string]operation[[]byte]{
		"xor":            {[]argSpec{{name: "at", kind: argWord, words: []string{"first", "middle", "last"}}, {name: "mask", kind: argNumber}}, xorByte},
		"truncate":       {[]argSpec{{name: "n", kind: argNumber}}, truncateBytes},
		"append":         {[]argSpec{{name: "hex", kind: argHex}}, appendBytes},
		"prepend":        {[]argSpec{{name: "hex", kind: argHex}}, prependBytes},
		"fill":           {[]argSpec{{name: "hex", kind: argHex}}, fillBytes},
		"keep_left":      {[]argSpec{{name: "fraction", kind: argShare}}, keepLeft},
		"swap_halves":    {nil, swapHalves},
		"ecdsa_der":      {nil, ecdsaDER},
		"ecdsa_set":      {[]argSpec{{name: "rs", kind: argWords}}, ecdsaSet},
		"ecdsa_neg_s":    {nil, ecdsaNegS},
		"eddsa_s_plus_l": {nil, eddsaSPlusL},
		"rsa_plus_n":     {nil, rsaPlusN},
		"rsa_set":        {[]argSpec{{name: "value", kind: argWord}}, rsaSet},
	}
}

func xorByte(_ *minter, o op, signature []byte) ([]byte, error) {
	if len(signature) == 0 {
		return nil, errors.New("the signature is empty")
	}
	at := map[string]int{"first": 0, "middle": len(signature) / 2, "last": len(signature) - 1}[o.word("at")]
	out := bytes.Clone(signature)
	out[at] ^= byte(o.number("mask"))
	return out, nil
}

func truncateBytes(_ *minter, o op, signature []byte) ([]byte, error) {
	return signature[:max(0, len(signature)-o.number("n"))], nil
}

func appendBytes(_ *minter, o op, signature []byte) ([]byte, error) {
	return slices.Concat(signature, o.bytes("hex")), nil
}

func prependBytes(_ *minter, o op, signature []byte) ([]byte, error) {
	return slices.Concat(o.bytes("hex"), signature), nil
}

// fillBytes repeats a pattern over the signature's length.
func fillBytes(_ *minter, o op, signature []byte) ([]byte, error) {
	pattern := o.bytes("hex")
	return bytes.Repeat(pattern, len(signature)/len(pattern)+1)[:len(signature)], nil
}

func keepLeft(_ *minter, o op, signature []byte) ([]byte, error) {
	return signature[:int(float64(len(signature))*o.share("fraction"))], nil
}

func swapHalves(_ *minter, _ op, signature []byte) ([]byte, error) {
	half := len(signature) / 2
	return slices.Concat(signature[half:], signature[:half]), nil
}

// curveOf returns the curve of the method's key.
func curveOf(m *minter) (elliptic.Curve, error) {
	private, ok := m.keys[roleVictim].private.(*ecdsa.PrivateKey)
	if !ok {
		return nil, inapplicable("the key is not an EC key")
	}
	return private.Curve, nil
}

// fixedWidth writes R and S at full width.
func fixedWidth(curve elliptic.Curve, r, s *big.Int) []byte {
	width := (curve.Params().BitSize + 7) / 8
	out := make([]byte, 2*width)
	r.FillBytes(out[:width])
	s.FillBytes(out[width:])
	return out
}

// splitRS reads R and S.
func splitRS(signature []byte) (r, s *big.Int) {
	half := len(signature) / 2
	return new(big.Int).SetBytes(signature[:half]), new(big.Int).SetBytes(signature[half:])
}

type derSignature struct{ R, S *big.Int }

func readDER(der []byte) (r, s *big.Int, err error) {
	var both derSignature
	if _, err := asn1.Unmarshal(der, &both); err != nil {
		return nil, nil, fmt.Errorf("read an ECDSA signature: %w", err)
	}
	return both.R, both.S, nil
}

func ecdsaDER(m *minter, _ op, signature []byte) ([]byte, error) {
	if _, err := curveOf(m); err != nil {
		return nil, err
	}
	r, s := splitRS(signature)
	return asn1.Marshal(derSignature{r, s})
}

// ecdsaSet sets R and S to numbers such as 0, 1, n, n-1, where n is the order.
func ecdsaSet(m *minter, o op, _ []byte) ([]byte, error) {
	curve, err := curveOf(m)
	if err != nil {
		return nil, err
	}
	rs := o.words("rs")
	if len(rs) != 2 {
		return nil, errors.New("rs has two numbers")
	}
	r, err := parseNumber(rs[0], curve.Params().N)
	if err != nil {
		return nil, err
	}
	s, err := parseNumber(rs[1], curve.Params().N)
	if err != nil {
		return nil, err
	}
	return fixedWidth(curve, r, s), nil
}

// parseNumber reads a small number, or n with an offset: "n", "n-1", "n+1".
func parseNumber(text string, n *big.Int) (*big.Int, error) {
	rest, hasN := strings.CutPrefix(text, "n")
	out := new(big.Int)
	if hasN {
		out.Set(n)
	}
	if rest == "" && hasN {
		return out, nil
	}
	add, err := strconv.ParseInt(rest, 10, 16)
	if err != nil || hasN == (rest[0] != '+' && rest[0] != '-') {
		return nil, fmt.Errorf("%q is neither a number nor n, n-1, n+1", text)
	}
	if out.Add(out, big.NewInt(add)); out.Sign() < 0 {
		return nil, fmt.Errorf("%q is negative", text)
	}
	return out, nil
}

func ecdsaNegS(m *minter, _ op, signature []byte) ([]byte, error) {
	curve, err := curveOf(m)
	if err != nil {
		return nil, err
	}
	r, s := splitRS(signature)
	return fixedWidth(curve, r, s.Sub(curve.Params().N, s).Mod(s, curve.Params().N)), nil
}

// eddsaSPlusL adds the group's order to S, which is little-endian (RFC 8032 §5.1).
func eddsaSPlusL(m *minter, _ op, signature []byte) ([]byte, error) {
	if _, ok := m.keys[roleVictim].private.(ed25519.PrivateKey); !ok || len(signature) != ed25519.SignatureSize {
		return nil, inapplicable("the key is not an Ed25519 key")
	}
	order, _ := new(big.Int).SetString("7237005577332262213973186563042994240857116359379907606001950938285454250989", 10)
	out := bytes.Clone(signature)
	half := out[ed25519.SignatureSize/2:]
	slices.Reverse(half)
	s := new(big.Int).SetBytes(half)
	s.Add(s, order).FillBytes(half)
	slices.Reverse(half)
	return out, nil
}

// errUnsuitable asks for another token, because the operation cannot change this one's
// signature.
var errUnsuitable = errors.New("the signature does not lend itself to the operation")

func modulusOf(m *minter) (*rsa.PublicKey, error) {
	public, ok := m.keys[roleVictim].public().(*rsa.PublicKey)
	if !ok {
		return nil, inapplicable("the key is not an RSA key")
	}
	return public, nil
}

// rsaPlusN adds the modulus to the signature's number; the length stays the same.
func rsaPlusN(m *minter, _ op, signature []byte) ([]byte, error) {
	public, err := modulusOf(m)
	if err != nil {
		return nil, err
	}
	s := new(big.Int).SetBytes(signature)
	if s.Add(s, public.N); s.BitLen() > 8*public.Size() {
		return nil, errUnsuitable
	}
	return s.FillBytes(make([]byte, public.Size())), nil
}

func rsaSet(m *minter, o op, _ []byte) ([]byte, error) {
	public, err := modulusOf(m)
	if err != nil {
		return nil, err
	}
	n, err := parseNumber(o.word("value"), public.N)
	if err != nil {
		return nil, err
	}
	return n.FillBytes(make([]byte, public.Size())), nil
}
