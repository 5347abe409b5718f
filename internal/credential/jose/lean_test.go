package jose

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"authbench/bench"
	"authbench/internal/credential"
)

// TestLeanAllocatesOnlyForCryptography: RSA and ECDSA allocate in Go's library, the
// others nothing.
func TestLeanAllocatesOnlyForCryptography(t *testing.T) {
	for _, alg := range Algorithms() {
		f := newForge(t, alg, leanImplementation(t))
		token := []byte(f.token(f.header(), f.claims()))
		room := make([]byte, len(token))
		key, err := f.signer.Public.verificationKey()
		if err != nil {
			t.Fatal(err)
		}
		check := newProof(alg, key)
		_, last, _ := dots(token)
		signature := make([]byte, len(token))
		n, _ := DecodeSegment(signature, token[last+1:])
		own := testing.AllocsPerRun(20, func() {
			if !check.Verify(token[:last], signature[:n]) {
				t.Fatal("refused")
			}
		})
		all := testing.AllocsPerRun(20, func() {
			if _, reason := f.engine.Verify(token, room); reason != bench.ReasonNone {
				t.Fatal(reason)
			}
		})
		if alg.Key == KeyOct && raceEnabled {
			continue // sync.Pool then drops what it is given, now and then
		}
		if all != own || (alg.Key == KeyOct || alg.Key == KeyOKP || alg.Key == KeyAKP) && all != 0 {
			t.Errorf("%s: %v allocations, of which the cryptography's are %v", alg.Name, all, own)
		}
	}
}

func leanImplementation(t testing.TB) implementation {
	t.Helper()
	i, err := findImplementation("lean", "hardened")
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// TestLeanSaysWhoInTheRoom: the identity lies in the room, as the interface says.
func TestLeanSaysWhoInTheRoom(t *testing.T) {
	alg, _ := FindAlgorithm("HS256")
	f := newForge(t, alg, leanImplementation(t))
	token := []byte(f.token(f.header(), f.claims()))
	room := make([]byte, len(token))
	who, reason := f.engine.Verify(token, room)
	if reason != bench.ReasonNone || who.Subject != "user-1" || who.Tenant != "tenant-a" {
		t.Fatalf("%+v, %v", who, reason)
	}
	clear(room)
	if who.Subject == "user-1" {
		t.Error("the subject was copied")
	}
}

// TestHeadersAreRemembered: by their exact bytes, only below a good signature, and
// no more than the memory holds.
func TestHeadersAreRemembered(t *testing.T) {
	alg, _ := FindAlgorithm("HS256")
	f := newForge(t, alg, leanImplementation(t))
	known := func() int {
		if m := f.engine.(*lean).headers.known.Load(); m != nil {
			return len(*m)
		}
		return 0
	}
	token := f.token(f.header(), f.claims())
	for name, refused := range map[string]string{
		"forged":      token[:len(token)-8] + "AAAAAAAA",
		"another key": f.stranger.sign(Encode(f.header()) + "." + Encode(f.claims())),
		"unknown key": f.token(`{"alg":"HS256","kid":"key-2"}`, f.claims()),
	} {
		if d := f.decide(refused); d.Outcome == bench.Allow || known() != 0 {
			t.Errorf("%s: %+v, %d headers are remembered", name, d, known())
		}
	}
	for i := range 2 * mostHeaders {
		header := fmt.Sprintf(`{"alg":"HS256","kid":"key-1","n":%d}`, i)
		for range 2 {
			if d := f.decide(f.token(header, f.claims())); d.Outcome != bench.Allow || known() != min(i+1, mostHeaders) {
				t.Fatalf("header %d: %+v, %d headers are remembered", i, d, known())
			}
			if d := f.decide(f.stranger.sign(Encode(header) + "." + Encode(f.claims()))); d.Reason != bench.ReasonBadSignature {
				t.Fatalf("header %d, another key: %+v", i, d)
			}
		}
	}
}

// differences are the rules by which lean may decide otherwise than golang-jwt
// under the same policy. Each is a decision of ours.
var differences = []struct {
	rule     string
	hardened bench.Reason
	lean     []bench.Reason
}{
	{
		rule:     "a signature is judged before what it covers is read: no work for forgers, and no hint to them",
		hardened: bench.ReasonMalformed, lean: []bench.Reason{bench.ReasonBadSignature},
	},
	{
		rule:     "the header is judged before the rest of the token is looked at",
		hardened: bench.ReasonMalformed, lean: []bench.Reason{bench.ReasonUnknownKey, bench.ReasonWrongAlgorithm},
	},
}

// isExplained reports whether a rule says why the two decide differently.
func isExplained(hardened, lean bench.Reason) bool {
	for _, d := range differences {
		if d.hardened == hardened && slices.Contains(d.lean, lean) {
			return true
		}
	}
	return false
}

// FuzzLean: lean decides as hardened golang-jwt does, about tokens that are signed
// again after each change, so that changes get past the signature.
func FuzzLean(f *testing.F) {
	var pairs [][2]*forge // hardened golang-jwt, lean
	for _, name := range []string{"HS256", "HS512", "EdDSA", "Ed25519", "ES256", "RS256"} {
		alg, _ := FindAlgorithm(name)
		hardened, err := findImplementation("golang-jwt", "hardened")
		if err != nil {
			f.Fatal(err)
		}
		pairs = append(pairs, [2]*forge{newForge(f, alg, hardened), newForge(f, alg, leanImplementation(f))})
	}
	for i, p := range pairs {
		for spelling := range byte(spellings) {
			f.Add(byte(i), spelling, uint32(0), p[0].header(), p[0].claims(), "x")
		}
		for _, claims := range []string{
			p[0].with("exp", fmt.Sprintf("%d.5", p[0].now)), p[0].with("aud", `["a","`+AudienceName+`"]`), p[0].with("sub", `"\u0061\"é"`),
			p[0].with("exp", "-1e9"), p[0].with("nbf", "99999999999"), p[0].with("iss", `""`), p[0].with("aud", `[""]`), p[0].with("x", brackets(14)), "{}", "",
			p[0].with("x", fortyMembers()), p[0].with("tenant", `"\ud83d\ude00"`), `{"\u0073ub":"a","exp":1e10,"iss":"` + IssuerName + `","aud":"` + AudienceName + `"}`,
		} {
			f.Add(byte(i), byte(0), uint32(0), p[0].header(), claims, "")
		}
		for _, more := range []string{`,"crit":[]`, `,"typ":"at+jwt"`, `,"x":1e999`, `,"kid":"key-1"`, `,"\u0061lg":"none"`, `,"jwk":{"a":[{}]}`} {
			f.Add(byte(i), byte(0), uint32(0), strings.TrimSuffix(p[0].header(), "}")+more+"}", p[0].claims(), "")
		}
		for odd := i; odd < oddMembers; odd += 191 { // a prime: all names, values and places turn up
			f.Add(byte(i), byte(0), uint32(odd+1), p[0].header(), p[0].claims(), "")
		}
	}
	f.Fuzz(func(t *testing.T, which, spelling byte, odd uint32, header, claims, more string) {
		p := pairs[int(which)%len(pairs)]
		header, claims = withOdd(odd, header, claims)
		token := respell(p[0].signer, int(spelling)%spellings, header, claims, more)
		if len(token) > credential.MaxBytes {
			return
		}
		compareEngines(t, p[0].engine, p[1].engine, token)
	})
}

// compareEngines asks hardened golang-jwt and lean about a token.
func compareEngines(t *testing.T, hardened, lean Engine, token string) {
	t.Helper()
	for range 2 { // the second time lean may know the header
		want, reason := hardened.Verify([]byte(token), make([]byte, len(token)))
		got, leanReason := lean.Verify([]byte(token), make([]byte, len(token)))
		if reason != leanReason && !isExplained(reason, leanReason) {
			t.Fatalf("%s: golang-jwt says %v, lean says %v", token, reason, leanReason)
		}
		if reason == leanReason && want != got {
			t.Fatalf("%s: golang-jwt reads %+v, lean reads %+v", token, want, got)
		}
	}
}

// spellings is how many ways respell knows.
const spellings = 8

// respell signs a header and claims in one of several ways.
func respell(s *Signer, way int, header, claims, more string) string {
	good := Encode(header) + "." + Encode(claims)
	switch way {
	case 1: // a signature that is spoilt
		token, err := s.Append([]byte(good), good, true)
		if err != nil {
			panic(err)
		}
		return string(token)
	case 2: // something behind the signature
		return s.sign(good) + more
	case 3: // something else as the signature
		return good + "." + more
	case 4: // claims that are not encoded
		return s.sign(Encode(header) + "." + claims)
	case 5: // a header that is not encoded
		return s.sign(header + "." + Encode(claims))
	case 6: // stray bits under a good signature
		return s.sign(strayBits("." + Encode(header))[1:] + "." + Encode(claims))
	case 7:
		return s.sign(Encode(header) + "." + strayBits("." + Encode(claims))[1:])
	}
	return s.sign(good)
}
