package conform

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"maps"
	"slices"
	"strings"
	"testing"

	"authbench/bench"
	"authbench/internal/credential/jose"
	"authbench/internal/method/all"
)

// TestSignaturesVerify has every algorithm's signatures verified by an
// implementation that shares no code with the one that made them.
func TestSignaturesVerify(t *testing.T) {
	for _, alg := range slices.Sorted(maps.Keys(families())) {
		t.Run(alg, func(t *testing.T) {
			m := minterFor(t, jwtMethod(alg))
			token, err := m.token(&recipe{Base: baseToken})
			if err != nil {
				t.Fatal(err)
			}
			jwk, err := m.keys[roleVictim].verification(alg)
			if err != nil {
				t.Fatal(err)
			}
			jws, err := jose.NewJWS("golang-jwt", "hardened", jwk)
			if err != nil {
				t.Fatal(err)
			}
			payload, reason := jws.Payload([]byte(token))
			if reason != bench.ReasonNone {
				t.Fatalf("refused: %v", reason)
			}
			var claims struct {
				Iss, Aud, Sub string
				Exp           int64
			}
			if err := json.Unmarshal(payload, &claims); err != nil {
				t.Fatal(err)
			}
			if claims.Iss != m.Issuer || claims.Aud != m.Audience || claims.Sub != "user-1" || claims.Exp != m.now.Unix()+300 {
				t.Errorf("claims %+v", claims)
			}
		})
	}
}

func TestEveryAlgorithmOfTheVerifiersCanBeForged(t *testing.T) {
	for _, spec := range all.Catalogue().Methods() {
		for _, p := range spec.Params {
			for _, alg := range p.Values {
				if spec.ID == "jwt" && p.Name == "alg" && !isAlgorithm(alg) {
					t.Errorf("%s cannot be forged", alg)
				}
			}
		}
	}
}

func TestPSSSalts(t *testing.T) {
	m := minterFor(t, jwtMethod("PS256"))
	victim := m.keys[roleVictim]
	public := victim.public().(*rsa.PublicKey)
	for salt, want := range map[int]int{saltMax: 2048/8 - 32 - 2, 20: 20, 32: 32} {
		signature, err := victim.sign("PS256", []byte("text"), &salt)
		if err != nil {
			t.Fatal(err)
		}
		options := &rsa.PSSOptions{SaltLength: want}
		if err := rsa.VerifyPSS(public, crypto.SHA256, digest(crypto.SHA256, []byte("text")), signature, options); err != nil {
			t.Errorf("salt %d: %v", salt, err)
		}
	}
	zero := 0
	unsalted, err := victim.sign("PS256", []byte("text"), &zero)
	if err != nil {
		t.Fatal(err)
	}
	// Verifying finds the length out; another length than none must not fit.
	hashed := digest(crypto.SHA256, []byte("text"))
	if err := rsa.VerifyPSS(public, crypto.SHA256, hashed, unsalted, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthAuto}); err != nil {
		t.Errorf("without salt: %v", err)
	}
	if rsa.VerifyPSS(public, crypto.SHA256, hashed, unsalted, &rsa.PSSOptions{SaltLength: 32}) == nil {
		t.Error("the signature without salt has one")
	}
}

func TestPublicTexts(t *testing.T) {
	for _, alg := range []string{"RS256", "ES256", "ES512", "EdDSA", "ML-DSA-44"} {
		victim := minterFor(t, jwtMethod(alg)).keys[roleVictim]
		texts := map[string][]byte{}
		for _, encoding := range publicKeyEncodings {
			text, err := victim.encodedPublic(encoding)
			if _, odd := err.(inapplicable); err != nil && !odd {
				t.Fatalf("%s %s: %v", alg, encoding, err)
			}
			texts[encoding] = text
		}
		block, rest := pem.Decode(texts["spki-pem"])
		if block == nil || len(rest) != 0 || !bytes.Equal(block.Bytes, texts["spki-der"]) {
			t.Errorf("%s: spki-pem", alg)
		}
		if string(texts["spki-pem-trimmed"])+"\n" != string(texts["spki-pem"]) {
			t.Errorf("%s: spki-pem-trimmed", alg)
		}
		if strings.ReplaceAll(string(texts["spki-pem-crlf"]), "\r\n", "\n") != string(texts["spki-pem"]) || !bytes.Contains(texts["spki-pem-crlf"], []byte("\r\n")) {
			t.Errorf("%s: spki-pem-crlf", alg)
		}
		if hasPKCS1 := len(texts["pkcs1-pem"]) > 0; hasPKCS1 != (alg == "RS256") {
			t.Errorf("%s: pkcs1-pem %q", alg, texts["pkcs1-pem"])
		}
		if !bytes.Contains(texts["spki-der"], texts["raw"]) {
			t.Errorf("%s: raw is no part of the key", alg)
		}
		if ssh := string(texts["openssh"]); ssh != "" && !strings.Contains("ssh-rsa ecdsa-sha2-nistp256 ecdsa-sha2-nistp521 ssh-ed25519", strings.Fields(ssh)[0]) {
			t.Errorf("%s: openssh %s", alg, ssh)
		}
		var members map[string]string
		if err := json.Unmarshal(texts["jwk-json"], &members); err != nil || bytes.ContainsAny(texts["jwk-json"], " \n") {
			t.Errorf("%s: jwk-json %s, %v", alg, texts["jwk-json"], err)
		}
		sorted, err := json.Marshal(members) // encoding/json sorts
		if err != nil || !bytes.Equal(sorted, texts["jwk-json"]) {
			t.Errorf("%s: jwk-json is not sorted: %s", alg, texts["jwk-json"])
		}
	}
}

// RFC 4253 §6.6: the key of an OpenSSH line, field by field.
func TestOpenSSH(t *testing.T) {
	victim := minterFor(t, jwtMethod("ES256")).keys[roleVictim]
	line, err := victim.encodedPublic("openssh")
	if err != nil {
		t.Fatal(err)
	}
	blob, err := base64.StdEncoding.DecodeString(strings.Fields(string(line))[1])
	if err != nil {
		t.Fatal(err)
	}
	point, err := victim.public().(*ecdsa.PublicKey).Bytes()
	if err != nil {
		t.Fatal(err)
	}
	want := "\x00\x00\x00\x13ecdsa-sha2-nistp256\x00\x00\x00\x08nistp256\x00\x00\x00\x41" + string(point)
	if string(blob) != want {
		t.Errorf("%q; want %q", blob, want)
	}
}

// decodedToken is a token's parts.
func decodedToken(t *testing.T, token string) (header, payload string, signature []byte) {
	t.Helper()
	parts, err := signedParts(token)
	if err != nil {
		t.Fatalf("%q: %v", token, err)
	}
	var decoded [3][]byte
	for i, part := range parts {
		if decoded[i], err = base64.RawURLEncoding.DecodeString(part); err != nil {
			t.Fatalf("segment %d: %v", i, err)
		}
	}
	return string(decoded[0]), string(decoded[1]), decoded[2]
}

func compiled(t testing.TB, text string) recipe {
	t.Helper()
	tree, err := decodeTree([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	r, err := compile(tree)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return r
}

func TestHeaderAndClaims(t *testing.T) {
	m := minterFor(t, jwtMethod("HS256"))
	now := "1800000000"
	for _, c := range []struct{ recipe, header, claims string }{
		{`{"base":"jwt","header":{"set":{"alg":"none","x":[1,null]},"del":["kid"]}}`, `{"alg":"none","typ":"JWT","x":[1,null]}`, ""},
		{`{"base":"jwt","header":{"raw":"{\"alg\":\"{{method}}\""}}`, `{"alg":"HS256"`, ""},
		{`{"base":"jwt","header":{"set":{"kid":"a\u0000<b>"}}}`, `{"alg":"HS256","typ":"JWT","kid":"a\u0000<b>"}`, ""},
		{`{"base":"jwt","header":{"set":{"alg":{"$lower_method":true},"kid":{"$concat":["a",{"$repeat":["b",3]}]}}}}`, `{"alg":"hs256","typ":"JWT","kid":"abbb"}`, ""},
		{`{"base":"jwt","header":{"set":{"alg":{"$method_map":{"HS256":"HS512"}}}}}`, `{"alg":"HS512","typ":"JWT","kid":"victim-1"}`, ""},
		{`{"base":"jwt","claims":{"raw":"{\"exp\":{{now-60}},\"iss\":\"{{iss}}\",\"n\":{{now}}}"}}`, "", `{"exp":1799999940,"iss":"https://issuer.test","n":` + now + `}`},
		{`{"base":"jwt","claims":{"del":["jti","nbf","iat","aud","iss","tenant"],"set":{"exp":{"$now":-0.5}}}}`, "", `{"sub":"user-1","exp":1799999999.5}`},
		{`{"base":"jwt","claims":{"del":["jti","nbf","iat","aud","iss","exp"],"raw_hex":"ff"}}`, "", "{\"sub\":\"user-1\xff\",\"tenant\":\"tenant-a\"}"},
		{`{"base":"jwt","claims":{"del":["jti","nbf","iat","aud","iss","exp"],"raw_hex":"efbbbf"}}`, "", "\xef\xbb\xbf{\"sub\":\"user-1\",\"tenant\":\"tenant-a\"}"},
	} {
		r := compiled(t, c.recipe)
		token, err := m.token(&r)
		if err != nil {
			t.Errorf("%s: %v", c.recipe, err)
			continue
		}
		header, claims, _ := decodedToken(t, token)
		if c.header != "" && header != c.header || c.claims != "" && claims != c.claims {
			t.Errorf("%s makes\n%s\n%s", c.recipe, header, claims)
		}
	}
}

func TestSigningModes(t *testing.T) {
	m := minterFor(t, jwtMethod("RS256"))
	mint := func(text string) (input string, signature []byte) {
		r := compiled(t, text)
		token, err := m.token(&r)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		_, _, signature = decodedToken(t, token)
		return token[:strings.LastIndexByte(token, '.')], signature
	}
	good := func(k *key, alg, input string, signature []byte) bool {
		want, err := k.sign(alg, []byte(input), nil)
		return err == nil && bytes.Equal(want, signature)
	}
	hmacOf := func(h hmacSpec) *key {
		secret, err := m.hmacSecret(&h)
		if err != nil {
			t.Fatal(err)
		}
		return &key{private: secret}
	}
	input, signature := mint(`{"base":"jwt"}`)
	if !good(m.keys[roleVictim], "RS256", input, signature) {
		t.Error("the usual token is not the victim's")
	}
	input, signature = mint(`{"base":"jwt","sign":{"key":"attacker","alg":"RS512"}}`)
	if !good(m.keys[roleAttacker], "RS512", input, signature) {
		t.Error("the attacker's token is not his")
	}
	if _, signature = mint(`{"base":"jwt","sign":{"mode":"empty"}}`); len(signature) != 0 {
		t.Error("the empty signature is not")
	}
	input, signature = mint(`{"base":"jwt","header":{"set":{"alg":"HS384"}},"sign":{"key":{"hmac":{"victim_public":"spki-pem","prefix":"\n "}},"alg":"header"}}`)
	if !good(hmacOf(hmacSpec{VictimPublic: "spki-pem", Prefix: "\n "}), "HS384", input, signature) {
		t.Error("the confused token is not keyed with the public key")
	}
	empty := ""
	input, signature = mint(`{"base":"jwt","sign":{"key":{"hmac":{"utf8":""}},"alg":"HS256"}}`)
	if !good(hmacOf(hmacSpec{UTF8: &empty}), "HS256", input, signature) {
		t.Error("the token is not keyed with the empty secret")
	}
	for _, mode := range []string{"original", "from_other"} {
		input, signature = mint(`{"base":"jwt","claims":{"set":{"sub":"admin"}},"sign":{"mode":"` + mode + `"}}`)
		if len(signature) != 256 || good(m.keys[roleVictim], "RS256", input, signature) {
			t.Errorf("mode %s: the signature is good", mode)
		}
	}
	// The original's signature is good for the original: same jti, no edit.
	original, err := m.draft(&recipe{}, "j")
	if err != nil {
		t.Fatal(err)
	}
	if signature, err = m.signature(&signing{Mode: modeOriginal}, nil, "j"); err != nil || !good(m.keys[roleVictim], "RS256", strings.Join(original.segment[:], "."), signature) {
		t.Errorf("the original's signature is not the original's: %v", err)
	}
	m.lastSent = "a.b." + base64.RawURLEncoding.EncodeToString([]byte("last"))
	if _, signature = mint(`{"base":"jwt","sign":{"mode":"from_last"}}`); string(signature) != "last" {
		t.Errorf("the last signature is %q", signature)
	}
	input, signature = mint(`{"base":"jwt","sign":{"presign_text":[{"op":"insert","segment":1,"at":0,"value":"AAAA"}]}}`)
	if !good(m.keys[roleVictim], "RS256", input, signature) || !strings.Contains(input, ".AAAA") {
		t.Error("the text was not changed before it was signed")
	}
}

func TestUnencodedPayload(t *testing.T) {
	m := minterFor(t, jwtMethod("HS256"))
	r := compiled(t, `{"base":"jwt","header":{"set":{"b64":false,"crit":["b64"]}},"sign":{"key":"victim","b64":false}}`)
	token, err := m.token(&r)
	if err != nil {
		t.Fatal(err)
	}
	parts, err := signedParts(token)
	if err != nil || !strings.HasPrefix(parts[1], `{"iss":"https://issuer\u002etest"`) {
		t.Errorf("payload %q, %v", parts[1], err)
	}
}

func TestFixedChecksum(t *testing.T) {
	f := fixture(t, bench.Method{ID: "apikey"})
	victim := f.credentials[roleVictim]
	if f.fixChecksum(victim) != victim || f.fixChecksum(victim[:len(victim)-6]+"000000") != victim {
		t.Error("the checksum of a good key is not its own")
	}
	if got := f.fixChecksum("abc"); got != "abc" {
		t.Errorf("a text without room for one: %q", got)
	}
}

func TestDigestTexts(t *testing.T) {
	digest := []byte{0xfb, 0xff, 0x00}
	for encoding, want := range map[string]string{
		"hex": "fbff00", "HEX": "FBFF00", "base64": "+/8A", "base64url": "-_8A", "raw-latin1": "\xfb\xff\x00",
	} {
		if got := encodeDigest(digest, encoding); got != want || !slices.Contains(digestEncodings, encoding) {
			t.Errorf("%s: %q", encoding, got)
		}
	}
}

// TestSameSeedSameCredentials: what is minted depends on the seed and the clock.
func TestSameSeedSameCredentials(t *testing.T) {
	for _, alg := range []string{"HS256", "ES256", "EdDSA", "ML-DSA-44"} {
		r := compiled(t, `{"base":"jwt","header":{"set":{"kid":"x"}},"sign":{"key":"attacker"}}`)
		a, err1 := minterFor(t, jwtMethod(alg)).token(&r)
		b, err2 := minterFor(t, jwtMethod(alg)).token(&r)
		if err1 != nil || err2 != nil || a != b {
			t.Errorf("%s: %q, %v; %q, %v", alg, a, err1, b, err2)
		}
	}
}
