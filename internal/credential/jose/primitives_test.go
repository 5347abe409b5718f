package jose

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"encoding/hex"
	"encoding/json"
	"math/big"
	"os"
	"path/filepath"
	"testing"

	"github.com/golang-jwt/jwt/v5"
)

// vectorsVariable names a directory with test vectors of others, whose licences
// keep them out of this repository.
const vectorsVariable = "AUTHBENCH_VECTORS"

// primitiveFiles are Wycheproof's vectors of bare signatures, by algorithm: tokens of
// some of these are in no set of vectors.
var primitiveFiles = map[string]string{
	"HS256": "hmac_sha256_test.json", "HS384": "hmac_sha384_test.json", "HS512": "hmac_sha512_test.json",
	"RS256": "rsa_signature_2048_sha256_test.json", "RS384": "rsa_signature_2048_sha384_test.json", "RS512": "rsa_signature_2048_sha512_test.json",
	"PS256": "rsa_pss_2048_sha256_mgf1_32_test.json", "PS384": "rsa_pss_2048_sha384_mgf1_48_test.json", "PS512": "rsa_pss_4096_sha512_mgf1_64_test.json",
	"ES256": "ecdsa_secp256r1_sha256_p1363_test.json", "ES384": "ecdsa_secp384r1_sha384_p1363_test.json", "ES512": "ecdsa_secp521r1_sha512_p1363_test.json",
	"EdDSA": "ed25519_test.json",
}

// hexData is written in hexadecimal.
type hexData []byte

func (d *hexData) UnmarshalText(text []byte) (err error) {
	if len(text)%2 == 1 { // numbers are signed, and may lack a digit
		text = append([]byte{'0'}, text...)
	}
	*d, err = hex.DecodeString(string(text))
	return err
}

// primitiveGroup is a key, or for HMAC a size, with its signatures.
type primitiveGroup struct {
	PublicKey struct {
		Modulus, PublicExponent, Uncompressed, PK hexData
	}
	Tests []primitiveVector
}

type primitiveVector struct {
	ID       int `json:"tcId"`
	Comment  string
	Key      hexData // HMAC only
	Msg, Sig hexData
	Tag      hexData // in the place of sig for HMAC
	Result   string
}

// key is the group's key as golang-jwt takes it.
func (g primitiveGroup) key(t *testing.T, alg Algorithm, v primitiveVector) any {
	t.Helper()
	switch alg.Key {
	case KeyOct:
		return []byte(v.Key)
	case KeyRSA:
		return &rsa.PublicKey{N: new(big.Int).SetBytes(g.PublicKey.Modulus), E: int(new(big.Int).SetBytes(g.PublicKey.PublicExponent).Int64())}
	case KeyEC:
		key, err := ecdsa.ParseUncompressedPublicKey(alg.ec, g.PublicKey.Uncompressed)
		if err != nil {
			t.Fatal(err)
		}
		return key
	}
	return ed25519.PublicKey(g.PublicKey.PK)
}

// readVectors reads a file of vectors into out.
func readVectors(t *testing.T, dir, name string, out any) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, out); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

// readings are our judgement of vectors whose label leaves it open, by file and test.
func readings(t *testing.T, dir string) map[string]map[int]string {
	t.Helper()
	var all struct {
		Entries []struct {
			File string `json:"file"`
			ID   int    `json:"tcId"`
			Use  string `json:"use"`
		}
	}
	readVectors(t, dir, "wycheproof_adjudication.json", &all)
	out := map[string]map[int]string{}
	for _, e := range all.Entries {
		if out[e.File] == nil {
			out[e.File] = map[int]string{}
		}
		out[e.File][e.ID] = e.Use
	}
	return out
}

// TestPrimitives: what engines check signatures with judges bare ones as it must:
// lean's own proofs, and golang-jwt's methods with what hardened adds to them.
func TestPrimitives(t *testing.T) {
	dir := os.Getenv(vectorsVariable)
	if dir == "" {
		t.Skipf("%s names no directory with vectors", vectorsVariable)
	}
	read := readings(t, dir)
	for name, file := range primitiveFiles {
		t.Run(name, func(t *testing.T) {
			alg := mustFind(t, name)
			alg.register()
			path := "primitives/" + file
			var f struct {
				Count  int              `json:"numberOfTests"`
				Groups []primitiveGroup `json:"testGroups"`
			}
			readVectors(t, dir, path, &f)
			tested := 0
			for _, g := range f.Groups {
				for _, v := range g.Tests {
					want := v.Result
					if use, ok := read[path][v.ID]; ok {
						want = use
					}
					judgePrimitive(t, alg, g.key(t, alg, v), v, want)
					tested++
				}
			}
			if tested != f.Count || tested == 0 {
				t.Errorf("%d of %d tests ran", tested, f.Count)
			}
		})
	}
}

func judgePrimitive(t *testing.T, alg Algorithm, key any, v primitiveVector, want string) {
	t.Helper()
	signature := append([]byte(v.Sig), v.Tag...)
	got := map[string]bool{
		"lean": newProof(alg, key).Verify(v.Msg, signature), "golang-jwt hardened": alg.method.Verify(string(v.Msg), signature, key) == nil,
	}
	if !alg.isPSS() || want == "valid" { // golang-jwt's own takes any length of the salt
		got["golang-jwt stock"] = jwt.GetSigningMethod(alg.Name).Verify(string(v.Msg), signature, key) == nil
	}
	for who, good := range got {
		if good != (want == "valid") {
			t.Errorf("tcId %d (%s): %s says %v; it is %s", v.ID, v.Comment, who, good, want)
		}
	}
}
