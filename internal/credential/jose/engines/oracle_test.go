package engines

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"github.com/lestrrat-go/jwx/v3/jwk"

	"authbench/bench"
	"authbench/internal/credential/jose"
)

// oracle is an engine that internal/credential/jose's own tests put every attack to.
func oracle(t testing.TB, f *forge) jose.Engine {
	t.Helper()
	e, err := jose.NewEngine("golang-jwt", "hardened", f.config)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// hardened are the engines that must judge as the oracle does.
func hardened(t testing.TB, f *forge) map[string]jose.Engine {
	t.Helper()
	out := map[string]jose.Engine{}
	for _, m := range methods(t) {
		if m.Params.Text("alg") != f.alg || m.Params.Text("policy") != "hardened" {
			continue
		}
		e, err := NewEngine(m.Params.Text("engine"), "hardened", f.config)
		if err != nil {
			t.Fatal(err)
		}
		out[m.Params.Text("engine")] = e
	}
	return out
}

func verify(e jose.Engine, token string) (jose.Identity, bench.Reason) {
	return e.Verify([]byte(token), make([]byte, len(token)))
}

// strayBits sets the bits that the last character of a base64 text leaves over, or
// adds a character that holds no byte.
func strayBits(text string) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	if len(text)%4 == 0 {
		return text + "A"
	}
	last := strings.IndexByte(alphabet, text[len(text)-1])
	return text[:len(text)-1] + alphabet[last|1:last|1+1]
}

// variants are tokens that verifiers disagree about, by what is odd about them.
func (f *forge) variants() map[string]string {
	out := map[string]string{}
	good := f.token(f.header(""), f.claims())
	parts := strings.Split(good, ".")
	for name, token := range map[string]string{
		"good": good, "four segments": good + ".AAAA", "five segments": good + ".AAAA.AAAA", "two segments": parts[0] + "." + parts[1],
		"one segment": parts[0], "empty": "", "dots": "..", "no header": "." + parts[1] + "." + parts[2],
		"no claims": parts[0] + ".." + parts[2], "no signature": parts[0] + "." + parts[1] + ".",
		"padded header": parts[0] + "=." + parts[1] + "." + parts[2], "padded signature": good + "=", "space before": " " + good, "tab behind": good + "\t",
		"line feed in header": parts[0][:4] + "\n" + parts[0][4:] + "." + parts[1] + "." + parts[2], "line feed in signature": good[:len(good)-4] + "\n" + good[len(good)-4:],
		"line feed, signed": f.sign(parts[0] + "." + parts[1][:4] + "\r\n" + parts[1][4:]), "standard alphabet": strings.NewReplacer("-", "+", "_", "/").Replace(good) + "+",
		"stray bits": parts[0] + "." + parts[1] + "." + strayBits(parts[2]), "stray bits in claims": f.sign(parts[0] + "." + strayBits(encode(f.claims()+" "))),
		"stray bits in header": f.sign(strayBits(encode(f.header("")+" ")) + "." + parts[1]),
		"JSON":                 fmt.Sprintf(`{"payload":%q,"protected":%q,"signature":%q}`, parts[1], parts[0], parts[2]),
		"a token in a token":   f.token(f.header(`,"cty":"JWT"`), good), "a bare token": f.token(f.header(""), good), "raw claims": f.claims(),
		"another signature":    parts[0] + "." + parts[1] + "." + strings.Split(f.token(f.header(""), f.claims("sub", `"user-2"`)), ".")[2],
		"blanks around claims": f.token(f.header(""), " \n"+f.claims()+"\t"),
	} {
		out[name] = token
	}
	for _, header := range []string{
		`{}`, `[]`, `null`, ``, `"x"`, `{"alg":"none","kid":"key-1"}`, `{"alg":"` + f.alg + `"}`, `{"kid":"key-1"}`, `{"alg":"HS512","kid":"key-1"}`, `{"alg":"RS256","kid":"key-1"}`,
		`{"alg":"EdDSA","kid":"key-1"}`, `{"alg":"Ed25519","kid":"key-1"}`, `{"alg":"` + strings.ToLower(f.alg) + `","kid":"key-1"}`, `{"alg":"` + f.alg + `","kid":"key-2"}`,
		`{"ALG":"` + f.alg + `","kid":"key-1"}`, `{"alg":["` + f.alg + `"],"kid":"key-1"}`, `{"\u0061lg":"` + f.alg + `","kid":"key\u002d1"}`, f.header("") + f.header(""),
	} {
		out["header "+header] = f.token(header, f.claims())
	}
	for _, more := range []string{
		`"crit":["exp"]`, `"crit":["b64"],"b64":false`, `"crit":["b64"],"b64":true`, `"crit":[]`, `"crit":null`, `"b64":false`, `"b64":true`, `"zip":"DEF"`, `"typ":"JWT"`, `"typ":"at+jwt"`,
		`"typ":"application/jwt"`, `"typ":"dpop+jwt"`, `"typ":null`, `"typ":1`, `"kid":"key-2"`, `"kid":"key-1"`, `"kid":1`, `"alg":"none"`, `"x":1,"x":2`, `"x":{"y":1,"y":2}`, `"cty":"JWT"`,
		`"jku":"http://127.0.0.1:9/"`, `"x5u":"http://127.0.0.1:9/"`, `"x5c":["AAAA"]`, `"x5t":"AAAA"`, `"jwk":{"kty":"oct","k":"AAAA"}`, `"nonce":"x"`,
		`"exp":1e400`, `"exp":-1e400`, `"exp":1e-400`, `"exp":-0`, `"exp":1e308`, `"iat":[{"a":1e400}]`, `"x":` + strings.Repeat("9", 400), `"x":` + strings.Repeat("9", 300), `"x":{"exp":1}`, `"exp":null`, `"aud":[]`, `"sub":"admin"`,
	} {
		out["header with "+more] = f.token(f.header(","+more), f.claims())
	}
	for name, claims := range f.oddClaims() {
		out["claims "+name] = f.token(f.header(""), claims)
	}
	return out
}

// oddClaims are claims, good and bad, of every type.
func (f *forge) oddClaims() map[string]string {
	at := func(seconds float64) string { return fmt.Sprintf("%.2f", float64(frozen.Unix())+seconds) }
	out := map[string]string{
		"no object": "[]", "null": "null", "a text": `"x"`, "nothing": "", "two": f.claims() + f.claims(), "cut off": f.claims()[:20],
		"other case": strings.Replace(f.claims(), `"exp"`, `"EXP"`, 1), "both cases": strings.Replace(f.claims("exp", "1"), "{", `{"EXP":`+at(300)+`,`, 1),
		"twice": strings.Replace(f.claims(), "{", `{"exp":`+at(300)+`,`, 1), "escaped twice": strings.Replace(f.claims(), "{", `{"\u0073ub":"admin",`, 1),
		"not UTF-8": strings.Replace(f.claims(), "user-1", "user\xff", 1), "half a surrogate": strings.Replace(f.claims(), "user-1", `user\ud800`, 1),
		"byte order mark": "\xef\xbb\xbf" + f.claims(), "deep": f.claims("x", strings.Repeat("[", 20)+strings.Repeat("]", 20)),
		"minimal": f.claims("tenant", "", "iat", "", "nbf", ""),
	}
	for name, texts := range map[string][]string{
		"iss":    {`"https://evil.test"`, `null`, `1`, `[]`, `""`, ``},
		"aud":    {`"https://evil.test"`, `null`, `1`, `[]`, `""`, `[""]`, ``, `{}`, `["x","` + f.config.Audience + `"]`, `["` + f.config.Audience + `",1]`, `[null]`},
		"sub":    {`""`, `null`, `1`, `["user-1"]`, ``, `"\u0075ser-1"`, `"ü"`},
		"tenant": {`null`, `1`, `""`, ``, `{}`},
		"exp":    {at(-60), at(0), at(0.2), at(0.25), at(0.3), at(0.5), at(1), `null`, `"` + at(300) + `"`, `0`, `-1`, `1e400`, `1e300`, `1.7000001e9`, `[]`, ``, `"2030-01-01T00:00:00Z"`, `9223372036854775807`, `253402300800`},
		"nbf":    {at(-60), at(0.2), at(0.25), at(0.3), at(0.9), at(60), `null`, `"0"`, `1e300`, `-1.5`, ``},
		"iat":    {at(0.2), at(0.9), at(60), `null`, `"0"`, `1e300`, ``},
		"jti":    {`1`, `null`, `"x"`},
		"x":      {`1e400`, `-1e400`, `[1e400]`, `1e-400`, `-0`, `18446744073709551616`, strings.Repeat("9", 400), strings.Repeat("9", 300), `"\u0000"`, `{"a":{"b":[1,2,{"c":null}]}}`},
	} {
		for _, text := range texts {
			out[name+" "+text] = f.claims(name, text)
		}
	}
	return out
}

// deviations are the variants that an engine judges otherwise than the oracle, all
// of them more strictly, or by another of several faults.
var deviations = map[string]map[string]bench.Reason{
	"jwx": {
		// It reads claims that the rules do not look at, into Go's types.
		"claims jti 1": bench.ReasonMalformed, "claims jti null": bench.ReasonMalformed,
		// What starts with no brace and has two dots it takes for a token in a token.
		"claims byte order mark": bench.ReasonBadSignature,
		// It verifies before it reads claims.
		"no claims": bench.ReasonBadSignature,
	},
	"go-jose": {
		// It reads the keys and certificates that a header carries, and uses none.
		`header with "jwk":{"kty":"oct","k":"AAAA"}`: bench.ReasonMalformed, `header with "x5c":["AAAA"]`: bench.ReasonMalformed,
		"no claims": bench.ReasonBadSignature,
	},
}

// TestHardenedJudgesAlike: whatever the library, hardened means the same.
func TestHardenedJudgesAlike(t *testing.T) {
	for _, alg := range values(t, "alg") {
		f := newForge(t, alg)
		if f.signing == nil {
			continue
		}
		judge, engines, accepted := oracle(t, f), hardened(t, f), 0
		for name, token := range f.variants() {
			who, reason := verify(judge, token)
			if reason == bench.ReasonNone {
				accepted++
			}
			for engine, e := range engines {
				wantWho, want := who, reason
				if other, deviates := deviations[engine][name]; deviates {
					wantWho, want = jose.Identity{}, other
				}
				if got, reason := verify(e, token); reason != want || got != wantWho {
					t.Errorf("%s %s: %s: %+v, %v; want %+v, %v", engine, alg, name, got, reason, wantWho, want)
				}
			}
		}
		if accepted < 20 {
			t.Errorf("%s: only %d variants are good: the others prove nothing", alg, accepted)
		}
	}
}

// FuzzSigned signs whatever header and claims: hardened lets nobody in whom the
// oracle refuses, or as somebody else.
func FuzzSigned(f *testing.F) {
	forges := []*forge{newForge(f, "HS256"), newForge(f, "Ed25519")}
	for _, header := range []string{forges[0].header(""), forges[1].header(`,"typ":"JWT"`), `{"alg":"EdDSA","kid":"key-1"}`, `{"alg":"none"}`} {
		f.Add(header, forges[0].claims())
	}
	for _, claims := range forges[0].oddClaims() {
		f.Add(forges[0].header(""), claims)
		f.Add(strings.TrimSuffix(claims, "}")+","+strings.TrimPrefix(forges[1].header(""), "{"), claims) // claims in the wrong place
	}
	judges := map[*forge]jose.Engine{}
	engines := map[*forge]map[string]jose.Engine{}
	for _, from := range forges {
		judges[from], engines[from] = oracle(f, from), hardened(f, from)
	}
	f.Fuzz(func(t *testing.T, header, claims string) {
		for _, from := range forges {
			token := from.token(header, claims)
			who, want := verify(judges[from], token)
			for engine, e := range engines[from] {
				got, reason := verify(e, token)
				if reason == bench.ReasonNone && (want != bench.ReasonNone || got != who) {
					t.Errorf("%s %s: %+v, %v; want %+v, %v", engine, from.alg, got, reason, who, want)
				}
			}
		}
	})
}

// FuzzToken puts any bytes before the engines: none may panic, and hardened lets
// nobody in whom the oracle refuses.
func FuzzToken(f *testing.F) {
	from := newForge(f, "HS256")
	for _, token := range from.variants() {
		f.Add([]byte(token))
	}
	judge := oracle(f, from)
	var all []jose.Engine
	for _, i := range implementations() {
		e, err := i.tokens(from.config)
		if err != nil {
			f.Fatal(err)
		}
		all = append(all, e)
	}
	f.Fuzz(func(t *testing.T, token []byte) {
		_, want := verify(judge, string(token))
		for n, e := range all {
			_, got := verify(e, string(token))
			if implementations()[n].policy == "hardened" && got == bench.ReasonNone && want != bench.ReasonNone {
				t.Errorf("%s: %v, want %v", implementations()[n].engine, got, want)
			}
		}
	})
}

// TestJWS: whatever a JWS contains, its signature decides.
func TestJWS(t *testing.T) {
	for _, m := range methods(t) {
		f := newForge(t, m.Params.Text("alg"))
		check, err := NewJWS(m.Params.Text("engine"), m.Params.Text("policy"), f.config.Keys[0])
		if err != nil {
			t.Fatal(err)
		}
		header := `{"alg":"` + f.alg + `"}`
		for _, payload := range []string{"foo", "", "\xff\x00", "{}", strings.Repeat("long", 10_000)} {
			for _, h := range []string{header, `{"typ":"JOSE","kid":"another","alg":"` + f.alg + `"}`} {
				if got, reason := check.Payload([]byte(f.token(h, payload))); reason != bench.ReasonNone || string(got) != payload {
					t.Errorf("%v: %.9q is %.9q, %v", m.Params, payload, got, reason)
				}
			}
		}
		good := f.token(header, "foo")
		signature := good[strings.LastIndexByte(good, '.'):]
		bad := map[string]string{
			"another payload": encode(header) + "." + encode("fop") + signature, "another header": encode(header+" ") + "." + encode("foo") + signature,
			"no signature": encode(header) + "." + encode("foo") + ".", "algorithm none": encode(`{"alg":"none"}`) + "." + encode("foo") + ".",
			"two segments": encode(header) + "." + encode("foo"), "four segments": good + ".AAAA", "no header": "." + encode("foo") + signature, "not base64": good + "!",
		}
		if m.Params.Text("policy") == "hardened" {
			for name, jws := range map[string]string{
				"another algorithm": f.token(`{"alg":"ES521"}`, "foo"), "no algorithm": f.token(`{}`, "foo"),
				"critical extension": f.token(`{"alg":"`+f.alg+`","crit":["b64"],"b64":true}`, "foo"), "line feed": good + "\n",
				"unused bits": f.sign(encode(header) + "." + strayBits(encode("fo"))),
			} {
				bad[name] = jws
			}
		}
		if m.Params.Text("engine") == "jwx" && m.Params.Text("policy") == "stock" {
			delete(bad, "another header") // it drops the blank before it verifies
		}
		for name, jws := range bad {
			if got, reason := check.Payload([]byte(jws)); reason == bench.ReasonNone || got != nil {
				t.Errorf("%v: %s: %q, %v", m.Params, name, got, reason)
			}
		}
	}
}

// TestSaltLength: RFC 7518 §3.5 fixes the salt's length. go-jose's default does not.
func TestSaltLength(t *testing.T) {
	for _, m := range methods(t) {
		f := newForge(t, m.Params.Text("alg"))
		if !strings.HasPrefix(f.alg, "PS") {
			continue
		}
		check, err := NewJWS(m.Params.Text("engine"), m.Params.Text("policy"), f.config.Keys[0])
		if err != nil {
			t.Fatal(err)
		}
		var key rsa.PrivateKey
		if err := jwk.Export(f.signing, &key); err != nil {
			t.Fatal(err)
		}
		for _, salt := range []int{1, f.hash().Size() - 1, f.hash().Size(), f.hash().Size() + 1, rsa.PSSSaltLengthAuto} {
			input := encode(`{"alg":"`+f.alg+`"}`) + "." + encode("foo")
			h := f.hash().New()
			h.Write([]byte(input))
			signature, err := rsa.SignPSS(rand.Reader, &key, f.hash(), h.Sum(nil), &rsa.PSSOptions{SaltLength: salt})
			if err != nil {
				t.Fatal(err)
			}
			_, reason := check.Payload([]byte(input + "." + base64.RawURLEncoding.EncodeToString(signature)))
			lax := m.Params.Text("engine") == "go-jose" && m.Params.Text("policy") == "stock"
			if good := lax || salt == f.hash().Size(); good != (reason == bench.ReasonNone) {
				t.Errorf("%v: a salt of %d bytes: %v", m.Params, salt, reason)
			}
		}
	}
}
