package jose

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"encoding/hex"
	"encoding/json"
	"math/big"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestKeysSurviveJSON(t *testing.T) {
	for _, alg := range Algorithms() {
		s := testSigner(t, alg, ValidKey)
		text, err := json.Marshal(s.Public)
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
		if secret, ok := s.key.([]byte); ok {
			if !bytes.Equal(got.([]byte), secret) || len(secret) != alg.hash.Size() {
				t.Errorf("%s: the key changed", alg.Name)
			}
			continue
		}
		public := s.key.(crypto.Signer).Public()
		if !public.(interface{ Equal(crypto.PublicKey) bool }).Equal(got) {
			t.Errorf("%s: the key changed", alg.Name)
		}
		if key, ok := public.(*rsa.PublicKey); ok && key.E != 65537 {
			t.Errorf("exponent %d: a small one would hide what verification costs", key.E)
		}
	}
}

func TestDerivedKeysAreTheRuns(t *testing.T) {
	for _, alg := range Algorithms() {
		if alg.Key == KeyRSA {
			continue
		}
		key := func(secret byte, kid string) JWK {
			s, err := NewSigner([32]byte{secret}, alg, kid, 0)
			if err != nil {
				t.Fatal(err)
			}
			s.Private.KeyID = ""
			return s.Private
		}
		if !reflect.DeepEqual(key(1, "a"), key(1, "a")) {
			t.Errorf("%s: the key is not a function of the secret", alg.Name)
		}
		if reflect.DeepEqual(key(1, "a"), key(2, "a")) || reflect.DeepEqual(key(1, "a"), key(1, "b")) {
			t.Errorf("%s: two secrets, or two key ids, give one key", alg.Name)
		}
	}
}

func TestWeakKeysAreRefused(t *testing.T) {
	public := func(alg string) JWK {
		a, _ := FindAlgorithm(alg)
		return testSigner(t, a, ValidKey).Public
	}
	with := func(alg string, change func(*JWK)) JWK {
		k := public(alg)
		for _, data := range []*Base64URL{&k.Modulus, &k.X, &k.Y, &k.Public} {
			*data = slices.Clone(*data)
		}
		change(&k)
		return k
	}
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	modulus := new(big.Int).SetBytes(public("RS256").Modulus)
	pad := strings.Repeat("x", 64)
	for name, key := range map[string]JWK{
		"WEAK-01 empty":       octJWK("k", "HS256", nil),
		"one byte":            octJWK("k", "HS256", []byte{1}),
		"short HS256":         octJWK("k", "HS256", make([]byte, 31)),
		"short HS384":         octJWK("k", "HS384", make([]byte, 47)),
		"short HS512":         octJWK("k", "HS512", make([]byte, 63)),
		"WEAK-05 PEM":         octJWK("k", "HS256", []byte("\n-----BEGIN PUBLIC KEY-----\n"+pad)),
		"WEAK-05 OpenSSH":     octJWK("k", "HS256", []byte("ssh-ed25519 "+pad)),
		"WEAK-05 JWK":         octJWK("k", "HS256", []byte(`{"kty":"RSA","n":"`+pad+`"}`)),
		"WEAK-03 1024":        rsaJWK("k", "RS256", &small.PublicKey),
		"WEAK-03 PSS":         rsaJWK("k", "PS256", &small.PublicKey),
		"huge modulus":        rsaJWK("k", "RS256", &rsa.PublicKey{N: new(big.Int).Lsh(modulus, mostRSA), E: 65537}),
		"even modulus":        rsaJWK("k", "RS256", &rsa.PublicKey{N: new(big.Int).Lsh(modulus, 1), E: 65537}),
		"exponent 1":          rsaJWK("k", "RS256", &rsa.PublicKey{N: modulus, E: 1}),
		"even exponent":       rsaJWK("k", "RS256", &rsa.PublicKey{N: modulus, E: 4}),
		"huge exponent":       with("RS256", func(k *JWK) { k.Exponent = k.Modulus }),
		"no modulus":          with("RS256", func(k *JWK) { k.Modulus = nil }),
		"for encryption":      with("RS256", func(k *JWK) { k.Use = "enc" }),
		"for signing":         with("RS256", func(k *JWK) { k.Operations = []string{"sign"} }),
		"type confusion":      {KeyType: KeyRSA, KeyID: "k", Algorithm: "HS256", Secret: []byte(pad)},
		"another algorithm":   with("RS256", func(k *JWK) { k.Algorithm = "ES256" }),
		"unknown algorithm":   with("RS256", func(k *JWK) { k.Algorithm = "none" }),
		"not on the curve":    with("ES256", func(k *JWK) { k.Y[0] ^= 1 }),
		"infinity":            with("ES256", func(k *JWK) { clear(k.X); clear(k.Y) }),
		"short coordinate":    with("ES256", func(k *JWK) { k.X = k.X[1:] }),
		"long coordinate":     with("ES256", func(k *JWK) { k.X = append([]byte{0}, k.X...) }),
		"another curve":       with("ES384", func(k *JWK) { k.Algorithm = "ES256" }),
		"the curve's name":    with("ES256", func(k *JWK) { k.Curve = "secp256k1" }),
		"short Ed25519":       with("EdDSA", func(k *JWK) { k.X = k.X[1:] }),
		"Ed448":               with("EdDSA", func(k *JWK) { k.Curve = "Ed448" }),
		"short ML-DSA":        with("ML-DSA-44", func(k *JWK) { k.Public = k.Public[1:] }),
		"another ML-DSA":      with("ML-DSA-65", func(k *JWK) { k.Algorithm = "ML-DSA-44" }),
		"zero ML-DSA":         with("ML-DSA-44", func(k *JWK) { clear(k.Public[seedRho:]) }),
		"Ed25519 as X25519":   with("EdDSA", func(k *JWK) { k.Curve = "X25519" }),
		"Ed25519 small order": with("EdDSA", func(k *JWK) { clear(k.X) }),
	} {
		for _, i := range Implementations() {
			if i.Policy == "stock" {
				continue
			}
			_, err := i.Tokens(EngineConfig{Algorithm: key.Algorithm, Issuer: IssuerName, Audience: AudienceName, Keys: []JWK{key}, Now: time.Now})
			if err == nil {
				t.Errorf("%s: %s is accepted", i.Engine, name)
			} else if strings.Contains(err.Error(), pad) {
				t.Errorf("%s: %s: the error quotes the key: %v", i.Engine, name, err)
			}
			if _, err := NewJWS(i.Engine, i.Policy, key); err == nil {
				t.Errorf("%s: %s is accepted for a JWS", i.Engine, name)
			}
		}
	}
}

// TestSmallOrderKeys: with each key of the list, a signature that anybody can
// write is good for one message of a few, so that it is right to refuse it.
func TestSmallOrderKeys(t *testing.T) {
	for _, text := range smallOrder {
		key, err := hex.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		if !isSmallOrder(key) {
			t.Errorf("%s is not found", text)
		}
		forged := make([]byte, ed25519.SignatureSize)
		forged[0] = 1 // R is the neutral element, S is 0
		good := 0
		for message := range byte(200) {
			if ed25519.Verify(key, []byte{message}, forged) {
				good++
			}
		}
		if good == 0 {
			t.Errorf("%s: nobody forges with it", text)
		}
	}
	if alg, _ := FindAlgorithm("EdDSA"); isSmallOrder(ed25519.PublicKey(testSigner(t, alg, ValidKey).Public.X)) {
		t.Error("an honest key is refused")
	}
}

func TestEnginesRefuseConfigurations(t *testing.T) {
	good := octJWK("k", "HS256", make([]byte, 32))
	alg, _ := FindAlgorithm("EdDSA")
	for name, config := range map[string]EngineConfig{
		"no issuer":    {Audience: AudienceName, Keys: []JWK{good}},
		"no audience":  {Issuer: IssuerName, Keys: []JWK{good}},
		"no key":       {Issuer: IssuerName, Audience: AudienceName},
		"no key id":    {Issuer: IssuerName, Audience: AudienceName, Keys: []JWK{good, octJWK("", "HS256", good.Secret)}},
		"one id twice": {Issuer: IssuerName, Audience: AudienceName, Keys: []JWK{good, good}},
		"another alg":  {Issuer: IssuerName, Audience: AudienceName, Keys: []JWK{testSigner(t, alg, ValidKey).Public}},
	} {
		for _, i := range Implementations() {
			if i.Policy == "stock" {
				continue
			}
			config.Algorithm, config.Now = "HS256", time.Now
			if _, err := i.Tokens(config); err == nil {
				t.Errorf("%s: %s is accepted", i.Engine, name)
			}
		}
	}
}
