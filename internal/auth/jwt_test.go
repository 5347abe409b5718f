package auth

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"authbench/bench"
)

var tokenReasons = map[bench.Class]bench.Reason{
	bench.Valid: bench.ReasonNone, bench.Expired: bench.ReasonExpired, bench.Forged: bench.ReasonBadSignature,
	bench.Unknown: bench.ReasonUnknownKey, bench.Malformed: bench.ReasonMalformed,
}

func TestTokensOfEachClass(t *testing.T) {
	for _, alg := range algorithmNames() {
		issuer, err := NewIssuer(bench.Method{ID: "jwt", Params: bench.Params{"alg": alg}}, [32]byte{3}, 10, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		verification, err := issuer.Verification()
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range implementations() {
			policy := i.policy
			verifier, err := NewVerifier(bench.Method{ID: "jwt", Params: bench.Params{"alg": alg, "engine": i.engine, "policy": policy}}, verification)
			if err != nil {
				t.Fatal(err)
			}
			seen := map[string]bool{}
			for class, want := range tokenReasons {
				if policy == "stock" && class == bench.Unknown {
					want = bench.ReasonBadSignature // it does not look at the key id
				}
				for index := range 3 {
					value := mint(t, issuer, class, index)
					if seen[value] {
						t.Fatalf("%s: %s token %d exists twice", alg, class, index)
					}
					seen[value] = true
					d := verifier.Verify(request{"Authorization": {value}})
					if d.Reason != want || (d.Outcome == bench.Allow) != (class == bench.Valid) {
						t.Errorf("%s %s %s: %s token %d: %v", alg, i.engine, policy, class, index, d.Reason)
					}
					if class == bench.Valid && (d.Subject != fmt.Sprint("user-", index) || d.Tenant != fmt.Sprint("tenant-", index)) {
						t.Errorf("%s %s %s: let in as %q of %q", alg, i.engine, policy, d.Subject, d.Tenant)
					}
				}
			}
		}
		if _, err := issuer.Append(nil, bench.Revoked, 0); err == nil {
			t.Errorf("%s: a JWT of class revoked", alg)
		}
	}
}

// forge makes tokens as the attack catalogue's recipes do, for one algorithm and
// one engine.
type forge struct {
	alg      algorithm
	now      int64
	signer   *signer
	stranger *signer
	engine   Engine
	jws      JWS
}

// frozen is when the forge's tokens are issued and verified; a fraction of a
// second shows what is done with fractions.
var frozen = time.Unix(1_700_000_000, 250_000_000)

// newForge uses an implementation under policy hardened.
func newForge(t testing.TB, alg algorithm, i implementation) *forge {
	t.Helper()
	f := &forge{alg: alg, now: frozen.Unix(), signer: testSigner(t, alg, validKey), stranger: testSigner(t, alg, unknownKey)}
	material := Verification{Issuer: issuerName, Audience: audienceName, Keys: []JWK{f.signer.public}}
	var err error
	if f.engine, err = i.tokens(EngineConfig{Algorithm: alg.name, Material: material, Now: func() time.Time { return frozen }}); err != nil {
		t.Fatal(err)
	}
	if f.jws, err = i.jws(alg, f.signer.public); err != nil {
		t.Fatal(err)
	}
	return f
}

// testSigner returns a key that all tests share: RSA keys take long to make.
func testSigner(t testing.TB, alg algorithm, kid string) *signer {
	t.Helper()
	made, _ := testSigners.LoadOrStore(alg.name+" "+kid, sync.OnceValues(func() (*signer, error) {
		return newSigner([32]byte{5}, alg, kid, leastRSA)
	}))
	s, err := made.(func() (*signer, error))()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

var testSigners sync.Map // of func() (*signer, error), by algorithm and key id

// header and claims are the default ones.
func (f *forge) header() string {
	return fmt.Sprintf(`{"alg":%q,"typ":"JWT","kid":"key-1"}`, f.alg.name)
}

func (f *forge) claims() string {
	return fmt.Sprintf(`{"iss":%q,"aud":%q,"sub":"user-1","tenant":"tenant-a","jti":"1","iat":%d,"nbf":%[3]d,"exp":%d}`,
		issuerName, audienceName, f.now, f.now+300)
}

// with returns the default claims with a member replaced by a JSON text; ""
// removes it.
func (f *forge) with(name, text string) string {
	var members map[string]json.RawMessage
	if err := json.Unmarshal([]byte(f.claims()), &members); err != nil {
		panic(err)
	}
	if members[name] = json.RawMessage(text); text == "" {
		delete(members, name)
	}
	out, err := json.Marshal(members)
	if err != nil {
		panic(err)
	}
	return string(out)
}

func encode(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }

// sign signs two segments with one of the forge's keys.
func (s *signer) sign(input string) string {
	token, err := s.append([]byte(input), input, false)
	if err != nil {
		panic(err)
	}
	return string(token)
}

// token is signed by the issuer.
func (f *forge) token(header, claims string) string {
	return f.signer.sign(encode(header) + "." + encode(claims))
}

func (f *forge) decide(token string) bench.Decision {
	verifier := tokenVerifier{engine: f.engine}
	return verifier.Verify(request{"Authorization": {"Bearer " + token}})
}

// eachForge runs a test for each algorithm with each engine that is hardened.
func eachForge(t *testing.T, test func(*testing.T, *forge)) {
	for _, i := range append(implementations(), ruledImplementation()) {
		if i.policy != "hardened" {
			continue
		}
		for _, alg := range algorithms() {
			t.Run(i.engine+"/"+alg.name, func(t *testing.T) { test(t, newForge(t, alg, i)) })
		}
	}
}

func TestControlsAreAccepted(t *testing.T) {
	eachForge(t, func(t *testing.T, f *forge) {
		header := func(rest string) string { return fmt.Sprintf(`{"alg":%q,"kid":"key-1"%s}`, f.alg.name, rest) }
		for name, token := range map[string]string{
			"untouched":            f.token(f.header(), f.claims()),
			"no typ":               f.token(header(""), f.claims()),
			"CTX-12 typ jwt":       f.token(header(`,"typ":"jwt"`), f.claims()),
			"CTX-12 media type":    f.token(header(`,"typ":"application/JWT"`), f.claims()),
			"typ at+jwt":           f.token(header(`,"typ":"application/AT+JWT"`), f.claims()),
			"unknown member":       f.token(header(`,"x":{"y":[1]}`), f.claims()),
			"foreign keys ignored": f.token(header(`,"jku":"http://127.0.0.1:9/","x5u":"a","jwk":{},"x5c":[]`), f.claims()),
			"escaped names":        f.token(`{"\u0061lg":"`+f.alg.name+`","kid":"key\u002d1"}`, f.claims()),
			"CTX-09 audiences":     f.token(f.header(), f.with("aud", `["https://other-api.test","`+audienceName+`"]`)),
			"fraction ahead":       f.token(f.header(), f.with("exp", fmt.Sprintf("%d.5", f.now))),
			"exponent":             f.token(f.header(), f.with("exp", "1.7000001e9")),
			"no nbf, no iat":       f.token(f.header(), fmt.Sprintf(`{"iss":%q,"aud":%q,"sub":"user-1","exp":%d}`, issuerName, audienceName, f.now+1)),
			"long header":          f.token(header(`,"x":"`+strings.Repeat("x", 1000)+`"`), f.claims()),
		} {
			if d := f.decide(token); d.Outcome != bench.Allow || d.Subject != "user-1" {
				t.Errorf("%s: %v", name, d.Reason)
			}
		}
	})
}

func TestHeaderAttacks(t *testing.T) {
	eachForge(t, func(t *testing.T, f *forge) {
		_, signature, _ := strings.Cut(f.token(f.header(), f.claims()), ".")
		_, signature, _ = strings.Cut(signature, ".")
		rejected := func(name, token string, want bench.Reason) {
			t.Helper()
			if d := f.decide(token); d.Outcome != bench.Deny || d.Reason != want {
				t.Errorf("%s: outcome %d, %v, want %v", name, d.Outcome, d.Reason, want)
			}
		}
		header := func(alg string) string { return fmt.Sprintf(`{"alg":%s,"typ":"JWT","kid":"key-1"}`, alg) }
		for _, alg := range []string{`"none"`, `"None"`, `"none "`, `" none"`, `"none\u0000"`, `"none\n"`, `""`, `"HS1"`, `"ES256K"`, `"HS256,none"`,
			`"` + strings.ToLower(f.alg.name) + `"`, `"` + f.alg.name + ` "`, `"HS512"`, `"ES384"`, `"PS512"`, `"Ed25519"`, `"ED25519"`, `"ML-DSA-87"`} {
			if f.alg.is([]byte(strings.Trim(alg, `"`))) {
				continue
			}
			for _, tail := range []string{"", "." + signature, "."} {
				rejected("NONE, ALG "+alg, encode(header(alg))+"."+encode(f.claims())+tail, map[bool]bench.Reason{true: bench.ReasonMalformed, false: bench.ReasonWrongAlgorithm}[tail == ""])
			}
			rejected("ALG-10 "+alg, f.token(header(alg), f.claims()), bench.ReasonWrongAlgorithm)
		}
		rejected("NONE-07", f.token(`{"typ":"JWT","kid":"key-1"}`, f.claims()), bench.ReasonWrongAlgorithm)
		for _, alg := range []string{"null", "0", "true", `["none"]`, "{}"} {
			rejected("NONE-05 "+alg, f.token(header(alg), f.claims()), bench.ReasonMalformed)
		}
		rejected("INJ no kid", f.token(`{"alg":"`+f.alg.name+`"}`, f.claims()), bench.ReasonUnknownKey)
		for _, kid := range []string{`"key-2"`, `""`, `"KEY-1"`, `"../../dev/null"`, `"$(sleep 10)"`} {
			rejected("INJ-06 "+kid, f.token(`{"alg":"`+f.alg.name+`","kid":`+kid+`}`, f.claims()), bench.ReasonUnknownKey)
		}
		for _, more := range []string{`"kid":1`, `"kid":null`, `"kid":["key-1"]`, `"kid":{}`} {
			rejected("INJ-09 "+more, f.token(`{"alg":"`+f.alg.name+`",`+more+`}`, f.claims()), bench.ReasonMalformed)
		}
		for _, more := range []string{
			`"crit":["x-policy"],"x-policy":1`, `"crit":[]`, `"crit":"b64"`, `"crit":[123]`, `"crit":null`, `"crit":["b64"],"b64":false`,
			`"b64":false`, `"b64":true`, `"zip":"DEF"`, `"typ":"JWE"`, `"typ":1`, `"typ":"application/"`, `"typ":"application/json"`,
			`"alg":"none"`, `"kid":"key-2"`, `"\u0061lg":"none"`, `"x":1,"x":1`,
		} {
			rejected("CRIT, ENC-12, CTX-14 "+more, f.token(`{"alg":"`+f.alg.name+`","kid":"key-1",`+more+`}`, f.claims()), bench.ReasonMalformed)
		}
		rejected("ENC-12 first", f.token(`{"alg":"none","alg":"`+f.alg.name+`","kid":"key-1"}`, f.claims()), bench.ReasonMalformed)
		jwk, _ := json.Marshal(f.stranger.public)
		rejected("INJ-01", f.stranger.sign(encode(`{"alg":"`+f.alg.name+`","kid":"key-1","jwk":`+string(jwk)+`}`)+"."+encode(f.claims())), bench.ReasonBadSignature)
		rejected("TAMP-03", f.stranger.sign(encode(f.header())+"."+encode(f.claims())), bench.ReasonBadSignature)
		rejected("DOS-03", f.token(nested("[", "", "]", 4000), f.claims()), bench.ReasonMalformed)
	})
}

func TestKeyConfusion(t *testing.T) {
	eachForge(t, func(t *testing.T, f *forge) {
		if f.alg.key == octKey {
			return
		}
		for _, hmac := range append(publicTexts(t, f.signer.public), "") {
			for _, method := range []*jwt.SigningMethodHMAC{jwt.SigningMethodHS256, jwt.SigningMethodHS384, jwt.SigningMethodHS512} {
				s := &signer{algorithm: algorithm{method: method}, key: []byte(hmac)}
				header := fmt.Sprintf(`{"alg":%q,"typ":"JWT","kid":"key-1"}`, method.Name)
				if d := f.decide(s.sign(encode(header) + "." + encode(f.claims()))); d.Reason != bench.ReasonWrongAlgorithm {
					t.Errorf("CONF %s: %v", method.Name, d.Reason)
				}
				if d := f.decide(s.sign(encode(f.header()) + "." + encode(f.claims()))); d.Reason != bench.ReasonBadSignature {
					t.Errorf("CONF under its own name: %v", d.Reason)
				}
			}
		}
		empty := encode(`{"alg":"HS256","kid":"key-1"}`) + "." + encode(f.claims()) + "."
		if d := f.decide(empty); d.Outcome != bench.Deny {
			t.Errorf("CONF-11: %+v", d)
		}
	})
}

// publicTexts are the forms of a public key that a server may have been given as
// an HMAC secret.
func publicTexts(t *testing.T, public JWK) []string {
	t.Helper()
	text, err := json.Marshal(public)
	if err != nil {
		t.Fatal(err)
	}
	if public.KeyType == akpKey { // which crypto/x509 does not write
		return []string{string(text), string(public.Public)}
	}
	key, err := public.verificationKey()
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		t.Fatal(err)
	}
	block := string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	return []string{string(text), string(der), block, strings.TrimSpace(block), "\n  " + block}
}

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
			"TAMP-02":            encode(strings.Replace(f.header(), "{", `{"x":1,`, 1)) + "." + parts[1] + "." + parts[2],
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
			"stray bits, signed": f.signer.sign(strayBits(encode(f.header()+" ")) + "." + parts[1]),
			"ENC-08":             token + ".AAAA",
			"ENC-09":             token + ".AAAA.AAAA",
			"ENC-10":             fmt.Sprintf(`{"payload":%q,"protected":%q,"signature":%q}`, parts[1], parts[0], parts[2]),
			"ENC-20":             strings.ReplaceAll(token, ".", "%2E"),
			"ORA a.b.c":          "a.b.c",
			"dots":               "..",
			"DOS-02":             token + strings.Repeat(".AAAA", 50_000),
			"DOS-05":             encode(`{"alg":"A128KW","enc":"A128GCM"}`) + "..AAAAAAAAAAAAAAAA.AAAA.AAAAAAAAAAAAAAAAAAAAAA",
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
		if f.alg.key == okpKey {
			cases["SIG-11"] = signed(addOrder(signature))
		}
		if f.alg.key == ecKey {
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
func ecSignatures(t *testing.T, alg algorithm, signature []byte) map[string][]byte {
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

func TestClaimAttacks(t *testing.T) {
	eachForge(t, func(t *testing.T, f *forge) {
		at := func(offset int64) string { return fmt.Sprint(f.now + offset) }
		raw := func(rest string) string {
			return fmt.Sprintf(`{"iss":%q,"aud":%q,"sub":"user-1",%s}`, issuerName, audienceName, rest)
		}
		cases := []struct {
			name, claims string
			want         bench.Reason
		}{
			{"TIME-01", f.with("exp", at(-60)), bench.ReasonExpired},
			{"TIME-02", f.with("exp", at(0)), bench.ReasonExpired},
			{"TIME-03", f.with("exp", ""), bench.ReasonMalformed},
			{"TIME-05 zero", f.with("exp", "0"), bench.ReasonExpired},
			{"TIME-05 negative", f.with("exp", "-1"), bench.ReasonExpired},
			{"TIME-06", raw(`"exp":1e400`), bench.ReasonMalformed},
			{"TIME-06 negative", raw(`"exp":-1e400`), bench.ReasonMalformed},
			{"TIME-06 float", f.with("exp", "1e300"), bench.ReasonMalformed},
			{"exp as text", f.with("exp", `"`+at(300)+`"`), bench.ReasonMalformed},
			{"exp null", f.with("exp", "null"), bench.ReasonMalformed},
			{"TIME-08", f.with("nbf", at(300)), bench.ReasonNotYetValid},
			{"nbf as text", f.with("nbf", `"`+at(0)+`"`), bench.ReasonMalformed},
			{"TIME-11", f.with("exp", fmt.Sprintf("%d.2", f.now)), bench.ReasonExpired},
			{"TIME-13", f.with("iat", at(600)), bench.ReasonNotYetValid},
			{"CTX-01", f.with("iss", `"https://evil.test"`), bench.ReasonWrongIssuer},
			{"CTX-03", f.with("iss", `["https://evil.test","`+issuerName+`"]`), bench.ReasonMalformed},
			{"iss absent", f.with("iss", ""), bench.ReasonMalformed},
			{"CTX-06", f.with("aud", ""), bench.ReasonMalformed},
			{"CTX-07 text", f.with("aud", `""`), bench.ReasonMalformed},
			{"CTX-07 array", f.with("aud", `[]`), bench.ReasonMalformed},
			{"CTX-07 empty", f.with("aud", `[""]`), bench.ReasonMalformed},
			{"CTX-08 number", f.with("aud", `1`), bench.ReasonMalformed},
			{"CTX-08 object", f.with("aud", `{"0":"`+audienceName+`"}`), bench.ReasonMalformed},
			{"CTX-08 nested", f.with("aud", `[["`+audienceName+`"]]`), bench.ReasonMalformed},
			{"CTX-08 mixed", f.with("aud", `["`+audienceName+`",1]`), bench.ReasonMalformed},
			{"CTX-10 longer", f.with("aud", `"`+audienceName+`.evil.test"`), bench.ReasonWrongAudience},
			{"CTX-10 shorter", f.with("aud", `"https://api"`), bench.ReasonWrongAudience},
			{"CTX-13 number", f.with("sub", `1`), bench.ReasonMalformed},
			{"CTX-13 array", f.with("sub", `["user-1"]`), bench.ReasonMalformed},
			{"sub absent", f.with("sub", ""), bench.ReasonMalformed},
			{"sub empty", f.with("sub", `""`), bench.ReasonMalformed},
			{"tenant of another type", f.with("tenant", `1`), bench.ReasonMalformed},
			{"ENC-14 both", raw(`"exp":` + at(-60) + `,"EXP":` + at(300)), bench.ReasonExpired},
			{"ENC-14 other", raw(`"EXP":` + at(300)), bench.ReasonMalformed},
			{"ENC-14 iss", strings.Replace(f.claims(), `"iss"`, `"ISS"`, 1), bench.ReasonMalformed},
			{"duplicate", raw(`"exp":` + at(300) + `,"exp":` + at(300)), bench.ReasonMalformed},
			{"ENC-19 BOM", "\xef\xbb\xbf" + f.claims(), bench.ReasonMalformed},
			{"ENC-19 UTF-8", strings.Replace(f.claims(), "user-1", "user-1\xff", 1), bench.ReasonMalformed},
			{"null", "null", bench.ReasonMalformed},
			{"a text", `"` + issuerName + `"`, bench.ReasonMalformed},
			{"an array", "[]", bench.ReasonMalformed},
			{"nothing", "", bench.ReasonMalformed},
			{"two objects", f.claims() + f.claims(), bench.ReasonMalformed},
			{"deep", f.with("x", nested("[", "", "]", maxNesting)), bench.ReasonMalformed},
		}
		for _, c := range cases {
			d := f.decide(f.token(f.header(), c.claims))
			if d.Outcome != bench.Deny || d.Reason != c.want {
				t.Errorf("%s: outcome %d, %v, want %v", c.name, d.Outcome, d.Reason, c.want)
			}
		}
		// TIME-10: what is wrong with claims is said of signed ones only.
		good := strings.Split(f.token(f.header(), f.claims()), ".")
		for _, claims := range []string{f.with("exp", at(-60)), f.with("aud", `"x"`), f.with("sub", "1")} {
			if d := f.decide(good[0] + "." + encode(claims) + "." + good[2]); d.Reason != bench.ReasonBadSignature {
				t.Errorf("TIME-10: %v", d.Reason)
			}
		}
	})
}
