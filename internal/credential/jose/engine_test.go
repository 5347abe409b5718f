package jose

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"

	"authbench/bench"
)

// TestJWS: whatever a JWS contains, its signature decides.
func TestJWS(t *testing.T) {
	for _, alg := range Algorithms() {
		s := testSigner(t, alg, ValidKey)
		for _, i := range append(Implementations(), ruledImplementation()) {
			check, err := i.jws(alg, s.Public)
			if err != nil {
				t.Fatal(err)
			}
			for _, payload := range []string{"foo", "", "\xff\x00", "{}", strings.Repeat("long", 10_000)} {
				for _, header := range []string{`{"alg":"` + alg.Name + `"}`, `{"typ":"JOSE","kid":"another","alg":"` + alg.Name + `"}`} {
					got, reason := check.Payload([]byte(s.sign(Encode(header) + "." + Encode(payload))))
					if reason != bench.ReasonNone || string(got) != payload {
						t.Errorf("%s %s %s: %q is %.9q, %v", i.Engine, i.Policy, alg.Name, payload, got, reason)
					}
				}
			}
			header := Encode(`{"alg":"` + alg.Name + `"}`)
			good := s.sign(header + "." + Encode("foo"))
			signature := good[strings.LastIndexByte(good, '.'):]
			for name, c := range map[string]struct {
				jws  string
				want bench.Reason
			}{
				"another payload":   {header + "." + Encode("fop") + signature, bench.ReasonBadSignature},
				"another header":    {Encode(`{"alg":"`+alg.Name+`" }`) + "." + Encode("foo") + signature, bench.ReasonBadSignature},
				"another key":       {testSigner(t, alg, UnknownKey).sign(header + "." + Encode("foo")), bench.ReasonBadSignature},
				"no signature":      {header + "." + Encode("foo") + ".", bench.ReasonBadSignature},
				"algorithm none":    {Encode(`{"alg":"none"}`) + "." + Encode("foo") + ".", bench.ReasonWrongAlgorithm},
				"another algorithm": {s.sign(Encode(`{"alg":"ES521"}`) + "." + Encode("foo")), bench.ReasonWrongAlgorithm},
				"no algorithm":      {s.sign(Encode(`{}`) + "." + Encode("foo")), bench.ReasonWrongAlgorithm},
				"two segments":      {header + "." + Encode("foo"), bench.ReasonMalformed},
				"four segments":     {good + "." + Encode("foo"), bench.ReasonMalformed},
				"no header":         {"." + Encode("foo") + signature, bench.ReasonMalformed},
				"not base64":        {good + "!", bench.ReasonMalformed},
			} {
				if got, reason := check.Payload([]byte(c.jws)); reason != c.want || got != nil {
					t.Errorf("%s %s %s: %s: %q, %v, want %v", i.Engine, i.Policy, alg.Name, name, got, reason, c.want)
				}
			}
			if i.Policy == "stock" {
				continue
			}
			for name, jws := range map[string]string{
				"critical extension": s.sign(Encode(`{"alg":"`+alg.Name+`","crit":["b64"],"b64":true}`) + "." + Encode("foo")),
				"line feed":          good + "\n",
				"unused bits":        s.sign(strayBits(Encode(`{"alg":"`+alg.Name+`"} `)) + "." + Encode("foo")),
				"unused bits behind": s.sign(header + "." + strayBits(Encode("fo"))),
			} {
				if got, reason := check.Payload([]byte(jws)); reason != bench.ReasonMalformed {
					t.Errorf("%s %s: %s: %q, %v", i.Engine, alg.Name, name, got, reason)
				}
			}
		}
	}
}

// TestSaltLength: RFC 7518 §3.5 fixes the salt's length, golang-jwt's default does
// not.
func TestSaltLength(t *testing.T) {
	const longest = rsa.PSSSaltLengthAuto // when signing; crypto/rsa makes no empty salts
	for _, alg := range Algorithms() {
		if !alg.isPSS() {
			continue
		}
		s := testSigner(t, alg, ValidKey)
		for _, salt := range []int{1, alg.hash.Size() - 1, alg.hash.Size(), alg.hash.Size() + 1, longest} {
			input := Encode(`{"alg":"`+alg.Name+`"}`) + "." + Encode("foo")
			h := alg.hash.New()
			h.Write([]byte(input))
			signature, err := rsa.SignPSS(rand.Reader, s.key.(*rsa.PrivateKey), alg.hash, h.Sum(nil), &rsa.PSSOptions{SaltLength: salt})
			if err != nil {
				t.Fatal(err)
			}
			for _, i := range Implementations() {
				check, err := NewJWS(i.Engine, i.Policy, s.Public)
				if err != nil {
					t.Fatal(err)
				}
				_, reason := check.Payload([]byte(input + "." + base64.RawURLEncoding.EncodeToString(signature)))
				if good := i.Policy == "stock" || salt == alg.hash.Size(); good != (reason == bench.ReasonNone) {
					t.Errorf("%s %s %s: a salt of %d bytes: %v", i.Engine, i.Policy, alg.Name, salt, reason)
				}
			}
		}
	}
}

// TestNamesOfEdDSA: a key for Ed25519 takes tokens under the old name too, a key
// for EdDSA under its own only.
func TestNamesOfEdDSA(t *testing.T) {
	for _, c := range []struct {
		key, header string
		want        bench.Reason
	}{
		{"Ed25519", "Ed25519", bench.ReasonNone},
		{"Ed25519", "EdDSA", bench.ReasonNone},
		{"Ed25519", "ED25519", bench.ReasonWrongAlgorithm},
		{"Ed25519", "", bench.ReasonWrongAlgorithm},
		{"EdDSA", "EdDSA", bench.ReasonNone},
		{"EdDSA", "Ed25519", bench.ReasonWrongAlgorithm},
	} {
		alg, _ := FindAlgorithm(c.key)
		for _, i := range append(Implementations(), ruledImplementation()) {
			if i.Policy == "stock" {
				continue
			}
			f := newForge(t, alg, i)
			if d := f.decide(f.token(`{"alg":"`+c.header+`","kid":"key-1"}`, f.claims())); d.Reason != c.want {
				t.Errorf("%s: key for %s, header %q: %v", i.Engine, c.key, c.header, d.Reason)
			}
		}
	}
}

func TestEnginesThatDoNotExist(t *testing.T) {
	config := EngineConfig{Algorithm: "HS256", Now: time.Now}
	if _, err := NewEngine("none", DefaultPolicy, config); err == nil {
		t.Error("an engine of no name")
	}
	if _, err := NewJWS(DefaultEngine, "lax", JWK{Algorithm: "HS256"}); err == nil {
		t.Error("a policy of no name")
	}
	if _, err := NewJWS(DefaultEngine, DefaultPolicy, JWK{Algorithm: "HS257"}); err == nil || !strings.Contains(err.Error(), "choose from HS256") {
		t.Errorf("an algorithm of no name: %v", err)
	}
	for _, f := range ExternalEngines() {
		if _, err := NewEngine(f.Name, DefaultPolicy, config); !errors.Is(err, ErrExternal) {
			t.Errorf("engine %s: %v", f.Name, err)
		}
	}
	if _, err := NewEngine(DefaultEngine, DefaultPolicy, EngineConfig{Algorithm: "HS257"}); err == nil {
		t.Error("an engine for an algorithm of no name")
	}
}
