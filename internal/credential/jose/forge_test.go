package jose

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"authbench/bench"
	"authbench/internal/credential"
	"authbench/internal/credential/credentialtest"
)

// forge makes tokens as the attack catalogue's recipes do, for one algorithm and
// one engine.
type forge struct {
	alg      Algorithm
	now      int64
	signer   *Signer
	stranger *Signer
	engine   Engine
	jws      JWS
}

// frozen is when the forge's tokens are issued and verified; a fraction of a
// second shows what is done with fractions.
var frozen = time.Unix(1_700_000_000, 250_000_000)

// newForge uses an implementation under policy hardened.
func newForge(t testing.TB, alg Algorithm, i implementation) *forge {
	t.Helper()
	f := &forge{alg: alg, now: frozen.Unix(), signer: testSigner(t, alg, ValidKey), stranger: testSigner(t, alg, UnknownKey)}
	config := EngineConfig{
		Algorithm: alg.Name, Issuer: IssuerName, Audience: AudienceName, Keys: []JWK{f.signer.Public},
		Now: func() time.Time { return frozen },
	}
	var err error
	if f.engine, err = i.Tokens(config); err != nil {
		t.Fatal(err)
	}
	if f.jws, err = i.jws(alg, f.signer.Public); err != nil {
		t.Fatal(err)
	}
	return f
}

// testSigner returns a key that all tests share: RSA keys take long to make.
func testSigner(t testing.TB, alg Algorithm, kid string) *Signer {
	t.Helper()
	made, _ := testSigners.LoadOrStore(alg.Name+" "+kid, sync.OnceValues(func() (*Signer, error) {
		return NewSigner([32]byte{5}, alg, kid, LeastRSA)
	}))
	s, err := made.(func() (*Signer, error))()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

var testSigners sync.Map // of func() (*signer, error), by algorithm and key id

// header and claims are the default ones.
func (f *forge) header() string {
	return fmt.Sprintf(`{"alg":%q,"typ":"JWT","kid":"key-1"}`, f.alg.Name)
}

func (f *forge) claims() string {
	return fmt.Sprintf(`{"iss":%q,"aud":%q,"sub":"user-1","tenant":"tenant-a","jti":"1","iat":%d,"nbf":%[3]d,"exp":%d}`,
		IssuerName, AudienceName, f.now, f.now+300)
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

func Encode(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }

// sign signs two segments with one of the forge's keys.
func (s *Signer) sign(input string) string {
	token, err := s.Append([]byte(input), input, false)
	if err != nil {
		panic(err)
	}
	return string(token)
}

// token is signed by the issuer.
func (f *forge) token(header, claims string) string {
	return f.signer.sign(Encode(header) + "." + Encode(claims))
}

// decide reads a token as a verifier does, and has the engine judge it.
func (f *forge) decide(token string) bench.Decision {
	read, reason := credential.Bearer.Read(credentialtest.Request{"Authorization": {"Bearer " + token}})
	if reason != bench.ReasonNone {
		return bench.Decision{Reason: reason}
	}
	who, reason := f.engine.Verify(read, make([]byte, len(token)))
	if reason != bench.ReasonNone {
		return bench.Decision{Reason: reason}
	}
	return bench.Decision{Outcome: bench.Allow, Subject: who.Subject, Tenant: who.Tenant}
}

// eachForge runs a test for each algorithm with each engine that is hardened.
func eachForge(t *testing.T, test func(*testing.T, *forge)) {
	for _, i := range append(Implementations(), ruledImplementation()) {
		if i.Policy != "hardened" {
			continue
		}
		for _, alg := range Algorithms() {
			t.Run(i.Engine+"/"+alg.Name, func(t *testing.T) { test(t, newForge(t, alg, i)) })
		}
	}
}

// brackets are arrays within each other.
func brackets(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }

// fortyMembers are more than a scanner compares with each other.
func fortyMembers() string {
	var members []string
	for i := range 40 {
		members = append(members, fmt.Sprintf(`"%03d":0`, i))
	}
	return "{" + strings.Join(members, ",") + "}"
}

// mostDigits is how many digits a whole number may have to be surely finite.
const mostDigits = 308
