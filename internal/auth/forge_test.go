package auth

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"sync"
	"testing"
	"time"

	"authbench/bench"
)

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
