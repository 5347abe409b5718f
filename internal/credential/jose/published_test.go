package jose

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"authbench/bench"
)

// published is a public key as JSON, with members replaced by JSON texts; "" removes one.
func published(t testing.TB, alg, kid string, replaced ...string) string {
	t.Helper()
	text, err := json.Marshal(testSigner(t, mustFind(t, alg), kid).Public)
	if err != nil {
		t.Fatal(err)
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(text, &members); err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(replaced); i += 2 {
		if members[replaced[i]] = json.RawMessage(replaced[i+1]); replaced[i+1] == "" {
			delete(members, replaced[i])
		}
	}
	out, err := json.Marshal(members)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// memberCase is a member of a set. said is part of the
// reason why it is left out, "" if it is used.
type memberCase struct{ name, key, said string }

// membersOf are members of sets from which keys for alg are wanted, alg being RS256 or
// EdDSA.
func membersOf(t *testing.T, alg string) []memberCase {
	kty := map[string]string{"RS256": "RSA", "EdDSA": "OKP"}[alg]
	foreign := map[string]string{"RS256": "EdDSA", "EdDSA": "RS256"}[alg]
	with := func(replaced ...string) string { return published(t, alg, ValidKey, replaced...) }
	data := map[string]string{"RS256": "n", "EdDSA": "x"}[alg]
	both := []memberCase{
		{"good", with(), ""},
		{"no alg", with("alg", ""), ""},
		{"alg null", with("alg", "null"), ""},
		{"no use", with("use", ""), ""},
		{"no alg, no use", with("alg", "", "use", ""), ""},
		{"verifies", with("key_ops", `["verify"]`), ""},
		{"unknown members", with("x5t", `"AAAA"`, "ext", "true", "iat", "1e300"), ""},
		{"x5c beside the key", with("x5c", `["AAAA"]`), ""},
		{"another letter case beside", with("ALG", `"none"`, "Kid", `"other"`, "D", `"AAAA"`), ""},
		{"for encryption", with("use", `"enc"`), "use or key_ops"},
		{"for encryption, no alg", with("use", `"enc"`, "alg", ""), "use or key_ops"},
		{"signs only", with("key_ops", `["sign"]`), "use or key_ops"},
		{"encrypts", with("key_ops", `["encrypt","wrapKey"]`), "use or key_ops"},
		{"another algorithm of its type", with("alg", map[string]string{"RS256": `"PS256"`, "EdDSA": `"Ed25519"`}[alg]), "algorithm (alg)"},
		{"alg none", with("alg", `"none"`), "algorithm (alg)"},
		{"an HMAC's alg", with("alg", `"HS256"`), "algorithm (alg)"},
		{"alg in lower case", with("alg", `"`+strings.ToLower(alg)+`"`), "algorithm (alg)"},
		{"alg of encryption", with("alg", `"RSA-OAEP"`), "algorithm (alg)"},
		{"alg is a number", with("alg", "256"), "wrong type"},
		{"kid is a number", with("kid", "1"), "wrong type"},
		{"key_ops is a string", with("key_ops", `"verify"`), "wrong type"},
		{"no kty", with("kty", ""), "type (kty)"},
		{"unknown kty", with("kty", `"XYZ"`), "type (kty)"},
		{"kty in lower case", with("kty", `"`+strings.ToLower(kty)+`"`), "type (kty)"},
		{"another kind of key", published(t, foreign, ValidKey), "type (kty)"},
		{"another kind of key, no alg", published(t, foreign, ValidKey, "alg", ""), "type (kty)"},
		{"private", with("d", `"AAAA"`), "private part"},
		{"private, of another kind", published(t, foreign, ValidKey, "priv", `"AAAA"`), "private part"},
		{"symmetric", `{"kty":"oct","kid":"key-1","k":"AAAA"}`, "symmetric"},
		{"symmetric, for the algorithm", `{"kty":"oct","kid":"key-1","alg":"` + alg + `","k":"AAAA"}`, "symmetric"},
		{"symmetric beside", with("k", `"AAAA"`), "symmetric"},
		{"padded", with(data, `"AAAA="`), "base64url"},
		{"standard base64", with(data, `"AA+/"`), "base64url"},
		{"no key", with(data, ""), map[string]string{"RS256": "modulus", "EdDSA": "crv"}[alg]},
		{"certificates only", with(data, "", "e", "", "x5c", `["AAAA"]`), map[string]string{"RS256": "x5c", "EdDSA": "crv"}[alg]},
		{"a name twice", strings.Replace(with(), "{", `{"alg":"none",`, 1), "twice"},
		{"a name twice, escaped", strings.Replace(with(), "{", `{"k\u0069d":"other",`, 1), "twice"},
		{"not UTF-8", strings.Replace(with(), ValidKey, "\xff", 1), "UTF-8"},
		{"nested too deeply", with("x5c", brackets(100)), "strict"},
		{"null", "null", "not a JSON object"},
		{"a number", "1", "not a JSON object"},
		{"an array", "[]", "not a JSON object"},
		{"empty", "{}", "type (kty)"},
	}
	return append(both, map[string][]memberCase{
		"RS256": {
			{"1024 bits", with("n", `"`+strings.Repeat("x", 1024/6)+`w"`), "bits"},
			{"even", with("n", `"`+strings.Repeat("x", 2048/6)+`A"`), "even"},
			{"exponent 1", with("e", `"AQ"`), "exponent"},
			{"exponent of 40 bits", with("e", `"AQAAAAE"`), "out of range"},
		},
		"EdDSA": {
			{"no alg, another curve", with("alg", "", "crv", `"Ed448"`), "crv"},
			{"for key agreement", with("alg", "", "crv", `"X25519"`), "crv"},
			{"no curve", with("crv", ""), "crv"},
			{"short", with("x", `"AAAA"`), "32 bytes"},
			{"of small order", with("x", `"`+strings.Repeat("A", 43)+`"`), "small order"},
		},
	}[alg]...)
}

// TestMembersOfSets: each member is used or left out for a reason, whatever stands beside
// it, and a good key beside it is used.
func TestMembersOfSets(t *testing.T) {
	for _, name := range []string{"RS256", "EdDSA"} {
		alg := mustFind(t, name)
		beside := published(t, name, UnknownKey)
		for _, c := range membersOf(t, name) {
			for where, set := range map[string]string{
				"alone": c.key, "before": c.key + "," + beside, "behind": beside + "," + c.key, "twice": c.key + "," + beside + "," + c.key,
			} {
				keys, err := readKeySet([]byte(`{"keys":[`+set+`]}`), alg)
				ids := idsOf(keys)
				if used := slices.Contains(ids, ValidKey); used != (c.said == "") {
					t.Errorf("%s, %s, %s: used: %v; %v", name, c.name, where, used, err)
				}
				if where != "alone" && !slices.Contains(ids, UnknownKey) {
					t.Errorf("%s, %s, %s: the good key is not used: %v", name, c.name, where, err)
				}
				if !strings.Contains(keys.said(), c.said) || (err != nil) != (len(ids) == 0) {
					t.Errorf("%s, %s, %s: said %q, %v; want %q", name, c.name, where, keys.said(), err, c.said)
				}
				if strings.Contains(keys.said(), "AAAA") {
					t.Errorf("%s, %s, %s: key data are quoted: %s", name, c.name, where, keys.said())
				}
			}
		}
	}
}

func idsOf(keys publishedKeys) (ids []string) {
	for _, layer := range keys.layers {
		for _, k := range layer {
			ids = append(ids, k.KeyID)
		}
	}
	return ids
}

// TestKeysForTokens: which key of a set a token is verified with. By is the key that signed
// it, kid what its header says: "-" for no kid.
func TestKeysForTokens(t *testing.T) {
	const none = "-"
	type token struct {
		by, kid string
		want    bench.Reason
	}
	const a, b = ValidKey, UnknownKey
	good, bad, unknown := bench.ReasonNone, bench.ReasonBadSignature, bench.ReasonUnknownKey
	forFetching(t, func(t *testing.T, i *issuing, own implementation) {
		key := func(kid string, replaced ...string) string { return published(t, i.alg.Name, kid, replaced...) }
		for name, c := range map[string]struct {
			set    []string
			said   string
			tokens []token
		}{
			"one key":                                    {[]string{key(a)}, "", []token{{a, a, good}, {a, none, good}, {b, a, bad}, {b, none, bad}, {a, b, unknown}, {a, "", unknown}, {a, strings.ToUpper(a), unknown}}},
			"two keys":                                   {[]string{key(a), key(b)}, "", []token{{a, a, good}, {b, b, good}, {a, none, unknown}, {b, none, unknown}, {a, b, bad}, {a, "c", unknown}}},
			"one key, and one of another kind":           {[]string{published(t, "RS256", b), key(a)}, "type (kty)", []token{{a, a, good}, {a, none, good}, {a, b, unknown}}},
			"another kind of the same name":              {[]string{published(t, "RS256", a), key(a), published(t, "ES256", a)}, "type (kty)", []token{{a, a, good}, {b, a, bad}}},
			"a key without kid":                          {[]string{key(a, "kid", "")}, "", []token{{a, none, good}, {a, a, good}, {a, "whatever", good}, {a, "", good}, {b, none, bad}, {b, b, bad}}},
			"a key with an empty kid":                    {[]string{key(a, "kid", `""`)}, "", []token{{a, none, good}, {a, "", good}, {a, a, good}, {b, a, bad}}},
			"a key without kid, and one of another kind": {[]string{published(t, "RS256", b), key(a, "kid", "", "alg", "")}, "type (kty)", []token{{a, none, good}, {a, a, good}, {b, a, bad}}},
			"a key without kid beside one":               {[]string{key(a, "kid", ""), key(b)}, "no key id (kid)", []token{{b, b, good}, {b, none, good}, {a, none, bad}, {a, a, unknown}}},
			"two keys without kid":                       {[]string{key(a, "kid", ""), key(b, "kid", "")}, "no key id (kid)", []token{{a, a, bench.ReasonUnavailable}, {b, none, bench.ReasonUnavailable}}},
			"a key without kid twice":                    {[]string{key(a, "kid", ""), key(a, "kid", "", "alg", "")}, "same key as keys[0]", []token{{a, none, good}, {a, a, good}}},
			"a key twice":                                {[]string{key(a), key(a, "alg", ""), key(b)}, "same key as keys[0]", []token{{a, a, good}, {b, b, good}, {a, none, unknown}}},
			"two keys of one name":                       {[]string{key(a), key(b, "kid", `"`+a+`"`)}, "", []token{{a, a, good}, {b, a, good}, {a, b, unknown}}},
			"two keys of one name, and another":          {[]string{key(b, "kid", `"`+a+`"`), key(b), key(a)}, "", []token{{a, a, good}, {b, a, good}, {b, b, good}, {a, b, bad}, {a, none, unknown}}},
			"a broken key of the same name":              {[]string{key(a, "x", `"AAAA"`), key(a)}, "32 bytes", []token{{a, a, good}}},
		} {
			i.set, i.fail = []byte(`{"keys":[`+strings.Join(c.set, ",")+`]}`), nil
			f := i.engineOf(t, own)
			var said []string
			f.notices.Listen(func(text string) { said = append(said, text) })
			for _, one := range c.tokens {
				header := fmt.Sprintf(`{"alg":%q,"kid":%q}`, i.alg.Name, one.kid)
				if one.kid == none {
					header = fmt.Sprintf(`{"alg":%q}`, i.alg.Name)
				}
				for range 2 { // lean may then know the header
					expect(t, fmt.Sprintf("%s: by %s, kid %q", name, one.by, one.kid), f, []byte(testSigner(t, i.alg, one.by).sign(Encode(header)+"."+Encode(i.claims()))), one.want)
				}
				for _, alg := range []string{"none", "HS256", "RS256"} { // what a header names is no choice
					other := strings.Replace(header, i.alg.Name, alg, 1)
					if _, reason := f.Verify([]byte(testSigner(t, i.alg, one.by).sign(Encode(other)+"."+Encode(i.claims()))), make([]byte, 4096)); reason == bench.ReasonNone {
						t.Errorf("%s: a header with alg %s is accepted", name, alg)
					}
				}
			}
			if all := strings.Join(said, "\n"); c.said == "" && all != "" || !strings.Contains(all, c.said) || len(said) > 1 {
				t.Errorf("%s: said %q, want %q, once", name, said, c.said)
			}
		}
	})
}

// TestTooManyOfOneName: no token is tried with more keys than mostAlike.
func TestTooManyOfOneName(t *testing.T) {
	alg := mustFind(t, "EdDSA")
	var all []string
	for i := range 3 * mostAlike {
		s, err := NewSigner([32]byte{byte(i)}, alg, ValidKey, 0)
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(s.Public)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, string(text))
	}
	keys, err := readKeySet([]byte(`{"keys":[`+strings.Join(all, ",")+`]}`), alg)
	if err != nil || len(keys.layers) != mostAlike || len(keys.leftOut) != 2*mostAlike {
		t.Errorf("%d layers, %d left out, %v", len(keys.layers), len(keys.leftOut), err)
	}
}

// TestHugeSets: a set of thousands of members is read, its good key used, and the notice
// stays short.
func TestHugeSets(t *testing.T) {
	alg := mustFind(t, "EdDSA")
	many := make([]string, 5000)
	for i := range many {
		many[i] = fmt.Sprintf(`{"kty":"EC","kid":"ec-%d\u001b[31m"}`, i)
	}
	keys, err := readKeySet([]byte(`{"keys":[`+strings.Join(many, ",")+","+published(t, "EdDSA", ValidKey)+`]}`), alg)
	said := keys.said()
	if err != nil || len(idsOf(keys)) != 1 || len(keys.leftOut) != len(many) || !strings.HasSuffix(said, fmt.Sprintf("and %d more", len(many)-mostNamed)) || strings.Contains(said, "\x1b") {
		t.Errorf("%d left out, %v: %s", len(keys.leftOut), err, said)
	}
}

// TestNoticesAreToldOnce: for as long as nothing changes, faults of fetching included.
func TestNoticesAreToldOnce(t *testing.T) {
	forFetching(t, func(t *testing.T, i *issuing, own implementation) {
		rsa := published(t, "RS256", "rsa-1")
		good := published(t, i.alg.Name, ValidKey)
		f := i.engineOf(t, own)
		var said []string
		f.OnNotice(func(text string) { said = append(said, text) })
		for _, step := range []struct {
			set  string
			fail error
			want string // what is said then, "" for nothing
		}{
			{good, nil, ""},
			{rsa + "," + good, nil, `keys[0] (kid "rsa-1")`},
			{rsa + "," + good, nil, ""},
			{"", errTest, errTest.Error()},
			{"", errTest, ""},
			{rsa, nil, "no key for EdDSA"},
			{rsa, nil, ""},
			{good, nil, ""},
			{good + "," + rsa, nil, `keys[1] (kid "rsa-1")`},
		} {
			said = nil
			i.pass(KeysRefresh)
			i.set, i.fail = []byte(`{"keys":[`+step.set+`]}`), step.fail
			f.Verify(i.by(i.signer), make([]byte, 4096))
			if got := strings.Join(said, "\n"); (got == "") != (step.want == "") || !strings.Contains(got, step.want) || len(said) > 1 {
				t.Errorf("after %.40q, %v: said %q, want %q", step.set, step.fail, said, step.want)
			}
		}
	})
}

var errTest = fmt.Errorf("the issuer is away")

// TestFaultsOfFetchesHaveOneText: the port of our end, another each time, is not in it.
func TestFaultsOfFetchesHaveOneText(t *testing.T) {
	var mode atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if mode.Load() == 0 {
			panic(http.ErrAbortHandler)
		}
		w.Header().Set("Content-Length", "100")
		_, _ = w.Write([]byte("{"))
	}))
	client := keySetClient()
	client.Timeout = time.Minute
	fault := func() string {
		_, err := fetchKeySet(client, server.URL)
		if err == nil {
			t.Fatal("no fault")
		}
		return err.Error()
	}
	for range 2 {
		if first, second := fault(), fault(); first != second {
			t.Errorf("%q, then %q", first, second)
		}
		mode.Store(1)
	}
	server.Close()
	if first, second := fault(), fault(); first != second || !strings.Contains(first, "refused") || !strings.Contains(first, server.URL) {
		t.Errorf("%q, then %q", first, second)
	}
}
