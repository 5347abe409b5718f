package auth

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
	for _, alg := range algorithms() {
		s := testSigner(t, alg, validKey)
		for _, i := range append(implementations(), ruledImplementation()) {
			check, err := i.jws(alg, s.public)
			if err != nil {
				t.Fatal(err)
			}
			for _, payload := range []string{"foo", "", "\xff\x00", "{}", strings.Repeat("long", 10_000)} {
				for _, header := range []string{`{"alg":"` + alg.name + `"}`, `{"typ":"JOSE","kid":"another","alg":"` + alg.name + `"}`} {
					got, reason := check.Payload([]byte(s.sign(encode(header) + "." + encode(payload))))
					if reason != bench.ReasonNone || string(got) != payload {
						t.Errorf("%s %s %s: %q is %.9q, %v", i.engine, i.policy, alg.name, payload, got, reason)
					}
				}
			}
			header := encode(`{"alg":"` + alg.name + `"}`)
			good := s.sign(header + "." + encode("foo"))
			signature := good[strings.LastIndexByte(good, '.'):]
			for name, c := range map[string]struct {
				jws  string
				want bench.Reason
			}{
				"another payload":   {header + "." + encode("fop") + signature, bench.ReasonBadSignature},
				"another header":    {encode(`{"alg":"`+alg.name+`" }`) + "." + encode("foo") + signature, bench.ReasonBadSignature},
				"another key":       {testSigner(t, alg, unknownKey).sign(header + "." + encode("foo")), bench.ReasonBadSignature},
				"no signature":      {header + "." + encode("foo") + ".", bench.ReasonBadSignature},
				"algorithm none":    {encode(`{"alg":"none"}`) + "." + encode("foo") + ".", bench.ReasonWrongAlgorithm},
				"another algorithm": {s.sign(encode(`{"alg":"ES521"}`) + "." + encode("foo")), bench.ReasonWrongAlgorithm},
				"no algorithm":      {s.sign(encode(`{}`) + "." + encode("foo")), bench.ReasonWrongAlgorithm},
				"two segments":      {header + "." + encode("foo"), bench.ReasonMalformed},
				"four segments":     {good + "." + encode("foo"), bench.ReasonMalformed},
				"no header":         {"." + encode("foo") + signature, bench.ReasonMalformed},
				"not base64":        {good + "!", bench.ReasonMalformed},
			} {
				if got, reason := check.Payload([]byte(c.jws)); reason != c.want || got != nil {
					t.Errorf("%s %s %s: %s: %q, %v, want %v", i.engine, i.policy, alg.name, name, got, reason, c.want)
				}
			}
			if i.policy == "stock" {
				continue
			}
			for name, jws := range map[string]string{
				"critical extension": s.sign(encode(`{"alg":"`+alg.name+`","crit":["b64"],"b64":true}`) + "." + encode("foo")),
				"line feed":          good + "\n",
				"unused bits":        s.sign(strayBits(encode(`{"alg":"`+alg.name+`"} `)) + "." + encode("foo")),
				"unused bits behind": s.sign(header + "." + strayBits(encode("fo"))),
			} {
				if got, reason := check.Payload([]byte(jws)); reason != bench.ReasonMalformed {
					t.Errorf("%s %s: %s: %q, %v", i.engine, alg.name, name, got, reason)
				}
			}
		}
	}
}

// TestSaltLength: RFC 7518 §3.5 fixes the salt's length, golang-jwt's default does
// not.
func TestSaltLength(t *testing.T) {
	const longest = rsa.PSSSaltLengthAuto // when signing; crypto/rsa makes no empty salts
	for _, alg := range algorithms() {
		if !alg.isPSS() {
			continue
		}
		s := testSigner(t, alg, validKey)
		for _, salt := range []int{1, alg.hash.Size() - 1, alg.hash.Size(), alg.hash.Size() + 1, longest} {
			input := encode(`{"alg":"`+alg.name+`"}`) + "." + encode("foo")
			h := alg.hash.New()
			h.Write([]byte(input))
			signature, err := rsa.SignPSS(rand.Reader, s.key.(*rsa.PrivateKey), alg.hash, h.Sum(nil), &rsa.PSSOptions{SaltLength: salt})
			if err != nil {
				t.Fatal(err)
			}
			for _, i := range implementations() {
				check, err := NewJWS(i.engine, i.policy, s.public)
				if err != nil {
					t.Fatal(err)
				}
				_, reason := check.Payload([]byte(input + "." + base64.RawURLEncoding.EncodeToString(signature)))
				if good := i.policy == "stock" || salt == alg.hash.Size(); good != (reason == bench.ReasonNone) {
					t.Errorf("%s %s %s: a salt of %d bytes: %v", i.engine, i.policy, alg.name, salt, reason)
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
		alg, _ := findAlgorithm(c.key)
		for _, i := range append(implementations(), ruledImplementation()) {
			if i.policy == "stock" {
				continue
			}
			f := newForge(t, alg, i)
			if d := f.decide(f.token(`{"alg":"`+c.header+`","kid":"key-1"}`, f.claims())); d.Reason != c.want {
				t.Errorf("%s: key for %s, header %q: %v", i.engine, c.key, c.header, d.Reason)
			}
		}
	}
}

func TestEnginesThatDoNotExist(t *testing.T) {
	config := EngineConfig{Algorithm: "HS256", Now: time.Now}
	if _, err := NewEngine("none", defaultPolicy, config); err == nil {
		t.Error("an engine of no name")
	}
	if _, err := NewJWS(defaultEngine, "lax", JWK{Algorithm: "HS256"}); err == nil {
		t.Error("a policy of no name")
	}
	if _, err := NewJWS(defaultEngine, defaultPolicy, JWK{Algorithm: "HS257"}); err == nil || !strings.Contains(err.Error(), "choose from HS256") {
		t.Errorf("an algorithm of no name: %v", err)
	}
	for _, f := range elsewhere() {
		if _, err := NewEngine(f.name, defaultPolicy, config); !errors.Is(err, ErrElsewhere) {
			t.Errorf("engine %s: %v", f.name, err)
		}
	}
	if _, err := NewEngine(defaultEngine, defaultPolicy, EngineConfig{Algorithm: "HS257"}); err == nil {
		t.Error("an engine for an algorithm of no name")
	}
}
