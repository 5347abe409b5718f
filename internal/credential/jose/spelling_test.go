package jose

import (
	"crypto/rsa"
	"encoding/asn1"
	"encoding/base64"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"

	"authbench/bench"
)

func TestSpellingAttacks(t *testing.T) {
	eachForge(t, func(t *testing.T, f *forge) {
		token := f.token(f.header(), f.claims())
		parts := strings.Split(token, ".")
		signature, err := base64.RawURLEncoding.DecodeString(parts[2])
		if err != nil {
			t.Fatal(err)
		}
		signed := func(s []byte) string {
			return parts[0] + "." + parts[1] + "." + base64.RawURLEncoding.EncodeToString(s)
		}
		other := strings.Split(f.token(f.header(), f.with("jti", `"2"`)), ".")[2]
		flipped := append([]byte{}, signature...)
		flipped[len(flipped)-1] ^= 1
		half := len(signature) / 2
		cases := map[string]string{
			"SIG bit":            signed(flipped),
			"SIG-02":             signed(signature[:len(signature)-1]),
			"SIG-05":             signed(make([]byte, len(signature))),
			"SIG-07":             parts[0] + "." + parts[1],
			"SIG-14":             parts[0] + "." + parts[1] + "." + other,
			"SIG-15":             parts[0] + "." + parts[1] + "." + strayBits(parts[2]),
			"SIG-16":             signed(append(append([]byte{}, signature[half:]...), signature[:half]...)),
			"ALG-08":             signed(signature[:half]),
			"TAMP-02":            Encode(strings.Replace(f.header(), "{", `{"x":1,`, 1)) + "." + parts[1] + "." + parts[2],
			"TAMP-06":            parts[1] + "." + parts[0] + "." + parts[2],
			"TAMP-07":            parts[0] + ".." + parts[2],
			"ENC-01 header":      parts[0] + "=." + parts[1] + "." + parts[2],
			"ENC-01 claims":      parts[0] + "." + parts[1] + "==." + parts[2],
			"ENC-01 signature":   token + "==",
			"ENC-02":             parts[0] + "." + parts[1] + "." + strings.NewReplacer("-", "+", "_", "/").Replace(parts[2]) + "+",
			"ENC-03 LF":          parts[0] + "." + parts[1] + "." + parts[2][:4] + "\n" + parts[2][4:],
			"ENC-03 CR":          parts[0] + "." + parts[1] + "." + parts[2][:4] + "\r" + parts[2][4:],
			"ENC-05 space":       " " + token,
			"ENC-05 tab":         "\t" + token,
			"ENC-06 LF signed":   f.signer.sign(parts[0] + "." + parts[1][:2] + "\n" + parts[1][2:]),
			"ENC-06 ? signed":    f.signer.sign(parts[0] + "." + parts[1][:2] + "?" + parts[1][2:]),
			"stray bits, signed": f.signer.sign(strayBits(Encode(f.header()+" ")) + "." + parts[1]),
			"ENC-08":             token + ".AAAA",
			"ENC-09":             token + ".AAAA.AAAA",
			"ENC-10":             fmt.Sprintf(`{"payload":%q,"protected":%q,"signature":%q}`, parts[1], parts[0], parts[2]),
			"ENC-20":             strings.ReplaceAll(token, ".", "%2E"),
			"ORA a.b.c":          "a.b.c",
			"dots":               "..",
			"DOS-02":             token + strings.Repeat(".AAAA", 50_000),
			"DOS-05":             Encode(`{"alg":"A128KW","enc":"A128GCM"}`) + "..AAAAAAAAAAAAAAAA.AAAA.AAAAAAAAAAAAAAAAAAAAAA",
			"DOS-07":             parts[0] + "." + parts[1] + "." + strings.Repeat("A", 65_536),
			"DOS-06 too large":   f.token(f.header(), f.with("pad", `"`+strings.Repeat("A", 65_536)+`"`)),
		}
		if key, ok := f.signer.key.(*rsa.PrivateKey); ok {
			n := key.N
			for _, s := range []*big.Int{big.NewInt(0), big.NewInt(1), new(big.Int).Sub(n, big.NewInt(1)), new(big.Int).Add(n, new(big.Int).SetBytes(signature))} {
				if s.BitLen() <= 8*len(signature) {
					cases["SIG-12, SIG-13 "+s.String()[:1]] = signed(s.FillBytes(make([]byte, len(signature))))
				}
			}
		}
		if f.alg.Key == KeyOKP {
			cases["SIG-11"] = signed(addOrder(signature))
		}
		if f.alg.Key == KeyEC {
			for name, s := range ecSignatures(t, f.alg, signature) {
				cases[name] = signed(s)
			}
		}
		for name, attack := range cases {
			if d := f.decide(attack); d.Outcome != bench.Deny || d.Status() != 401 {
				t.Errorf("%s: %+v", name, d)
			}
		}
	})
}

// ecSignatures are bytes that are no signature of RFC 7518 §3.4, made of one that
// is.
func ecSignatures(t *testing.T, alg Algorithm, signature []byte) map[string][]byte {
	t.Helper()
	half := len(signature) / 2
	r, s := new(big.Int).SetBytes(signature[:half]), new(big.Int).SetBytes(signature[half:])
	der, err := asn1.Marshal([]*big.Int{r, s})
	if err != nil {
		t.Fatal(err)
	}
	order := alg.ec.Params().N
	pair := func(r, s *big.Int) []byte {
		out := make([]byte, 2*half)
		r.FillBytes(out[:half])
		s.FillBytes(out[half:])
		return out
	}
	zero, one := big.NewInt(0), big.NewInt(1)
	return map[string][]byte{
		"SIG-08 DER": der, "SIG-06 zeros": pair(zero, zero), "SIG-06 r": pair(zero, s), "SIG-06 s": pair(r, zero),
		"SIG-06 ones": pair(one, one), "SIG-06 order": pair(order, order), "SIG-06 r and order": pair(r, order),
		"one byte less in each": slices.Concat(signature[1:half], signature[half+1:]),
		"one byte more in each": slices.Concat([]byte{0}, signature[:half], []byte{0}, signature[half:]),
	}
}

// addOrder adds the group's order L to the S of an Ed25519 signature (RFC 8032
// §5.1): an equation that holds modulo L holds still.
func addOrder(signature []byte) []byte {
	order := new(big.Int).Lsh(big.NewInt(1), 252)
	rest, _ := new(big.Int).SetString("27742317777372353535851937790883648493", 10)
	half := append([]byte{}, signature[32:]...)
	slices.Reverse(half) // little-endian
	sum := new(big.Int).Add(new(big.Int).SetBytes(half), order.Add(order, rest))
	sum.FillBytes(half)
	slices.Reverse(half)
	return append(append([]byte{}, signature[:32]...), half...)
}

// strayBits sets the bits that the last character of a base64 text leaves over.
func strayBits(text string) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	last := strings.IndexByte(alphabet, text[len(text)-1])
	for unused := range 4 {
		if other := last | 1<<unused; other != last && len(text)%4 != 0 {
			return text[:len(text)-1] + alphabet[other:other+1]
		}
	}
	return text + "A" // no bits are left over: one character more than fits
}
