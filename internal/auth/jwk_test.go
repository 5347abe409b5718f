package auth

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"math/big"
	"reflect"
	"strings"
	"testing"
	"time"

	"authbench/bench"
)

func TestKeysSurviveJSON(t *testing.T) {
	for _, alg := range algorithmNames() {
		s, err := newSigner([32]byte{1}, alg, "a key", leastRSA)
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(s.public)
		if err != nil {
			t.Fatal(err)
		}
		var read JWK
		if err := json.Unmarshal(text, &read); err != nil {
			t.Fatal(err)
		}
		got, err := read.verificationKey()
		if err != nil {
			t.Fatal(err)
		}
		var want any
		switch key := s.key.(type) {
		case []byte:
			want = key
		case *rsa.PrivateKey:
			want = &key.PublicKey
			if key.E != 65537 {
				t.Errorf("exponent %d: a small one would hide what verification costs", key.E)
			}
		case ed25519.PrivateKey:
			want = key.Public()
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: the key changed", alg)
		}
	}
}

func TestDerivedKeysAreTheRuns(t *testing.T) {
	for _, alg := range []string{"HS256", "EdDSA"} {
		key := func(secret byte, kid string) JWK {
			s, err := newSigner([32]byte{secret}, alg, kid, 0)
			if err != nil {
				t.Fatal(err)
			}
			return s.private
		}
		if !reflect.DeepEqual(key(1, "a"), key(1, "a")) {
			t.Errorf("%s: the key is not a function of the secret", alg)
		}
		if reflect.DeepEqual(key(1, "a").Private, key(2, "a").Private) && reflect.DeepEqual(key(1, "a").Secret, key(2, "a").Secret) {
			t.Errorf("%s: two secrets give one key", alg)
		}
	}
}

// TestPublishedHoldsNoPrivateKey: servers get public keys, and the shared secret
// of an HMAC.
func TestPublishedHoldsNoPrivateKey(t *testing.T) {
	for _, alg := range []string{"RS256", "EdDSA"} {
		issuer, _ := newPair(t, bench.Method{ID: "jwt", Params: bench.Params{"alg": alg}}, 1, time.Now())
		signing, err := issuer.SigningKeys()
		if err != nil {
			t.Fatal(err)
		}
		var file struct{ Keys []map[string]string }
		if err := json.Unmarshal(signing, &file); err != nil {
			t.Fatal(err)
		}
		published, err := issuer.Published()
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"d", "p", "q", "dp", "dq", "qi"} {
			if strings.Contains(string(published), `"`+name+`":`) {
				t.Errorf("%s: member %s is published", alg, name)
			}
			if private := file.Keys[0][name]; private == "" && (name == "d" || alg == "RS256") {
				t.Errorf("%s: no member %s in the signing keys", alg, name)
			} else if private != "" && strings.Contains(string(published), private) {
				t.Errorf("%s: private member %s is published", alg, name)
			}
		}
	}
}

func TestWeakKeysAreRefused(t *testing.T) {
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	large, err := rsa.GenerateKey(rand.Reader, leastRSA)
	if err != nil {
		t.Fatal(err)
	}
	even := rsa.PublicKey{N: large.N, E: 4}
	pad := strings.Repeat("x", leastHMAC)
	for name, key := range map[string]JWK{
		"WEAK-01 empty":   octJWK("k", "HS256", nil),
		"short":           octJWK("k", "HS256", make([]byte, leastHMAC-1)),
		"WEAK-05 PEM":     octJWK("k", "HS256", []byte("\n-----BEGIN PUBLIC KEY-----\n"+pad)),
		"WEAK-05 OpenSSH": octJWK("k", "HS256", []byte("ssh-ed25519 "+pad)),
		"WEAK-05 JWK":     octJWK("k", "HS256", []byte(`{"kty":"RSA","n":"`+pad+`"}`)),
		"WEAK-03 1024":    rsaJWK("k", "RS256", &small.PublicKey),
		"exponent":        rsaJWK("k", "RS256", &even),
		"no modulus":      {KeyType: "RSA", KeyID: "k", Algorithm: "RS256", Exponent: []byte{1, 0, 1}},
		"huge exponent":   {KeyType: "RSA", KeyID: "k", Algorithm: "RS256", Modulus: large.N.Bytes(), Exponent: new(big.Int).Lsh(large.N, 3).Bytes()},
		"no key id":       octJWK("", "HS256", make([]byte, leastHMAC)),
		"type confusion":  {KeyType: "RSA", KeyID: "k", Algorithm: "HS256", Secret: []byte(pad)},
		"short Ed25519":   {KeyType: "OKP", KeyID: "k", Algorithm: "EdDSA", Curve: "Ed25519", Public: []byte{1}},
		"another curve":   {KeyType: "OKP", KeyID: "k", Algorithm: "EdDSA", Curve: "Ed448", Public: make([]byte, 57)},
	} {
		material := Verification{Issuer: issuerName, Audience: audienceName, Keys: []JWK{key}}
		if _, err := newHardened(key.Algorithm, material, time.Now); err == nil {
			t.Errorf("%s is accepted", name)
		} else if strings.Contains(err.Error(), pad) {
			t.Errorf("%s: the error quotes the key: %v", name, err)
		}
	}
}

func TestHardenedRefusesMaterial(t *testing.T) {
	good := octJWK("k", "HS256", make([]byte, leastHMAC))
	for name, material := range map[string]Verification{
		"no issuer":    {Audience: audienceName, Keys: []JWK{good}},
		"no audience":  {Issuer: issuerName, Keys: []JWK{good}},
		"no key":       {Issuer: issuerName, Audience: audienceName},
		"one id twice": {Issuer: issuerName, Audience: audienceName, Keys: []JWK{good, good}},
		"another alg":  {Issuer: issuerName, Audience: audienceName, Keys: []JWK{{KeyID: "k", KeyType: "OKP", Curve: "Ed25519", Algorithm: "EdDSA", Public: make([]byte, 32)}}},
	} {
		if _, err := newHardened("HS256", material, time.Now); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}
