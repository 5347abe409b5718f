package jose

import (
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"

	"authbench/bench"
	"authbench/internal/credential/jose/strictjson"
)

func TestControlsAreAccepted(t *testing.T) {
	eachForge(t, func(t *testing.T, f *forge) {
		header := func(rest string) string { return fmt.Sprintf(`{"alg":%q,"kid":"key-1"%s}`, f.alg.Name, rest) }
		for name, token := range map[string]string{
			"untouched":            f.token(f.header(), f.claims()),
			"no typ":               f.token(header(""), f.claims()),
			"CTX-12 typ jwt":       f.token(header(`,"typ":"jwt"`), f.claims()),
			"CTX-12 media type":    f.token(header(`,"typ":"application/JWT"`), f.claims()),
			"typ at+jwt":           f.token(header(`,"typ":"application/AT+JWT"`), f.claims()),
			"unknown member":       f.token(header(`,"x":{"y":[1]}`), f.claims()),
			"foreign keys ignored": f.token(header(`,"jku":"http://127.0.0.1:9/","x5u":"a","jwk":{},"x5c":[]`), f.claims()),
			"escaped names":        f.token(`{"\u0061lg":"`+f.alg.Name+`","kid":"key\u002d1"}`, f.claims()),
			"CTX-09 audiences":     f.token(f.header(), f.with("aud", `["https://other-api.test","`+AudienceName+`"]`)),
			"fraction ahead":       f.token(f.header(), f.with("exp", fmt.Sprintf("%d.5", f.now))),
			"exponent":             f.token(f.header(), f.with("exp", "1.7000001e9")),
			"no nbf, no iat":       f.token(f.header(), fmt.Sprintf(`{"iss":%q,"aud":%q,"sub":"user-1","exp":%d}`, IssuerName, AudienceName, f.now+1)),
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
			`"` + strings.ToLower(f.alg.Name) + `"`, `"` + f.alg.Name + ` "`, `"HS512"`, `"ES384"`, `"PS512"`, `"Ed25519"`, `"ED25519"`, `"ML-DSA-87"`} {
			if f.alg.is([]byte(strings.Trim(alg, `"`))) {
				continue
			}
			for _, tail := range []string{"", "." + signature, "."} {
				rejected("NONE, ALG "+alg, Encode(header(alg))+"."+Encode(f.claims())+tail, map[bool]bench.Reason{true: bench.ReasonMalformed, false: bench.ReasonWrongAlgorithm}[tail == ""])
			}
			rejected("ALG-10 "+alg, f.token(header(alg), f.claims()), bench.ReasonWrongAlgorithm)
		}
		rejected("NONE-07", f.token(`{"typ":"JWT","kid":"key-1"}`, f.claims()), bench.ReasonWrongAlgorithm)
		for _, alg := range []string{"null", "0", "true", `["none"]`, "{}"} {
			rejected("NONE-05 "+alg, f.token(header(alg), f.claims()), bench.ReasonMalformed)
		}
		rejected("INJ no kid, another key", f.stranger.sign(Encode(`{"alg":"`+f.alg.Name+`"}`)+"."+Encode(f.claims())), bench.ReasonBadSignature)
		for _, kid := range []string{`"key-2"`, `""`, `"KEY-1"`, `"../../dev/null"`, `"$(sleep 10)"`} {
			rejected("INJ-06 "+kid, f.token(`{"alg":"`+f.alg.Name+`","kid":`+kid+`}`, f.claims()), bench.ReasonUnknownKey)
		}
		for _, more := range []string{`"kid":1`, `"kid":null`, `"kid":["key-1"]`, `"kid":{}`} {
			rejected("INJ-09 "+more, f.token(`{"alg":"`+f.alg.Name+`",`+more+`}`, f.claims()), bench.ReasonMalformed)
		}
		for _, more := range []string{
			`"crit":["x-policy"],"x-policy":1`, `"crit":[]`, `"crit":"b64"`, `"crit":[123]`, `"crit":null`, `"crit":["b64"],"b64":false`,
			`"b64":false`, `"b64":true`, `"zip":"DEF"`, `"typ":"JWE"`, `"typ":1`, `"typ":"application/"`, `"typ":"application/json"`,
			`"alg":"none"`, `"kid":"key-2"`, `"\u0061lg":"none"`, `"x":1,"x":1`,
		} {
			rejected("CRIT, ENC-12, CTX-14 "+more, f.token(`{"alg":"`+f.alg.Name+`","kid":"key-1",`+more+`}`, f.claims()), bench.ReasonMalformed)
		}
		rejected("ENC-12 first", f.token(`{"alg":"none","alg":"`+f.alg.Name+`","kid":"key-1"}`, f.claims()), bench.ReasonMalformed)
		jwk, _ := json.Marshal(f.stranger.Public)
		rejected("INJ-01", f.stranger.sign(Encode(`{"alg":"`+f.alg.Name+`","kid":"key-1","jwk":`+string(jwk)+`}`)+"."+Encode(f.claims())), bench.ReasonBadSignature)
		rejected("TAMP-03", f.stranger.sign(Encode(f.header())+"."+Encode(f.claims())), bench.ReasonBadSignature)
		rejected("DOS-03", f.token(brackets(4000), f.claims()), bench.ReasonMalformed)
	})
}

func TestKeyConfusion(t *testing.T) {
	eachForge(t, func(t *testing.T, f *forge) {
		if f.alg.Key == KeyOct {
			return
		}
		for _, hmac := range append(publicTexts(t, f.signer.Public), "") {
			for _, method := range []*jwt.SigningMethodHMAC{jwt.SigningMethodHS256, jwt.SigningMethodHS384, jwt.SigningMethodHS512} {
				s := &Signer{Algorithm: Algorithm{method: method}, key: []byte(hmac)}
				header := fmt.Sprintf(`{"alg":%q,"typ":"JWT","kid":"key-1"}`, method.Name)
				if d := f.decide(s.sign(Encode(header) + "." + Encode(f.claims()))); d.Reason != bench.ReasonWrongAlgorithm {
					t.Errorf("CONF %s: %v", method.Name, d.Reason)
				}
				if d := f.decide(s.sign(Encode(f.header()) + "." + Encode(f.claims()))); d.Reason != bench.ReasonBadSignature {
					t.Errorf("CONF under its own name: %v", d.Reason)
				}
			}
		}
		empty := Encode(`{"alg":"HS256","kid":"key-1"}`) + "." + Encode(f.claims()) + "."
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
	if public.KeyType == KeyAKP { // which crypto/x509 does not write
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

func TestClaimAttacks(t *testing.T) {
	eachForge(t, func(t *testing.T, f *forge) {
		at := func(offset int64) string { return fmt.Sprint(f.now + offset) }
		raw := func(rest string) string {
			return fmt.Sprintf(`{"iss":%q,"aud":%q,"sub":"user-1",%s}`, IssuerName, AudienceName, rest)
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
			{"CTX-03", f.with("iss", `["https://evil.test","`+IssuerName+`"]`), bench.ReasonMalformed},
			{"iss absent", f.with("iss", ""), bench.ReasonMalformed},
			{"CTX-06", f.with("aud", ""), bench.ReasonMalformed},
			{"CTX-07 text", f.with("aud", `""`), bench.ReasonMalformed},
			{"CTX-07 array", f.with("aud", `[]`), bench.ReasonMalformed},
			{"CTX-07 empty", f.with("aud", `[""]`), bench.ReasonMalformed},
			{"CTX-08 number", f.with("aud", `1`), bench.ReasonMalformed},
			{"CTX-08 object", f.with("aud", `{"0":"`+AudienceName+`"}`), bench.ReasonMalformed},
			{"CTX-08 nested", f.with("aud", `[["`+AudienceName+`"]]`), bench.ReasonMalformed},
			{"CTX-08 mixed", f.with("aud", `["`+AudienceName+`",1]`), bench.ReasonMalformed},
			{"CTX-10 longer", f.with("aud", `"`+AudienceName+`.evil.test"`), bench.ReasonWrongAudience},
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
			{"a text", `"` + IssuerName + `"`, bench.ReasonMalformed},
			{"an array", "[]", bench.ReasonMalformed},
			{"nothing", "", bench.ReasonMalformed},
			{"two objects", f.claims() + f.claims(), bench.ReasonMalformed},
			{"deep", f.with("x", brackets(strictjson.MaxNesting)), bench.ReasonMalformed},
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
			if d := f.decide(good[0] + "." + Encode(claims) + "." + good[2]); d.Reason != bench.ReasonBadSignature {
				t.Errorf("TIME-10: %v", d.Reason)
			}
		}
	})
}
