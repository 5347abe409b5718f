package conform

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"encoding/asn1"
	"encoding/hex"
	"errors"
	"math/big"
	"strings"
	"testing"
	"time"

	"authbench/bench"
)

func minterFor(t testing.TB, m bench.Method) *minter {
	t.Helper()
	return &minter{Fixture: fixture(t, m), now: time.Unix(1_800_000_000, 0)}
}

func oneOp(t testing.TB, text string) []op {
	t.Helper()
	var o op
	if err := o.UnmarshalJSON([]byte(text)); err != nil {
		t.Fatal(err)
	}
	return []op{o}
}

func TestTextOps(t *testing.T) {
	m := minterFor(t, bench.Method{ID: "apikey"})
	m.credentials = map[string]string{"victim": "ab_live_id1_secret1", "second": "ab_live_id2_secret2"}
	for _, c := range []struct{ op, in, want string }{
		{`{"op":"set","value":"x"}`, "a.b.c", "x"},
		{`{"op":"append","value":{"$repeat":[".A",2]}}`, "a.b.c", "a.b.c.A.A"},
		{`{"op":"prepend","value":" "}`, "a.b.c", " a.b.c"},
		{`{"op":"insert","segment":1,"at":2,"value":"?"}`, "a.bcde.f", "a.bc?de.f"},
		{`{"op":"drop_segment","index":2}`, "a.b.c", "a.b"},
		{`{"op":"replace_segment","index":1,"value":""}`, "a.b.c", "a..c"},
		{`{"op":"permute","order":[1,0,2]}`, "a.b.c", "b.a.c"},
		{`{"op":"pad","segment":0}`, "ab.c.d", "ab==.c.d"},
		{`{"op":"pad","segment":0}`, "abcd.c.d", "abcd====.c.d"},
		{`{"op":"std_alphabet","segment":2}`, "-.-.a-b_", "-.-.a+b/"},
		{`{"op":"set_unused_bits","segment":2}`, "a.b.AA", "a.b.AP"},
		{`{"op":"set_unused_bits","segment":2}`, "a.b.AAA", "a.b.AAD"},
		{`{"op":"json_flattened"}`, "a.b.c", `{"payload":"b","protected":"a","signature":"c"}`},
		{`{"op":"replace_all","old":".","new":"%2E"}`, "a.b.c", "a%2Eb%2Ec"},
		{`{"op":"mutate_tail","n":2}`, "xAg", "xgA"},
		{`{"op":"mutate_tail","n":9}`, "A_", "gf"},
		{`{"op":"keep_left_chars","keep":"all-1"}`, "abcd", "abc"},
		{`{"op":"keep_left_chars","keep":"half"}`, "abcde", "ab"},
		{`{"op":"keep_left_chars","keep":"prefix"}`, "ab_live_id_secret", "ab_live_id_"},
		{`{"op":"keep_left_chars","keep":"prefix"}`, "noprefix", "nopr"},
		{`{"op":"splice","left_of":"victim","right_of":"second"}`, "", "ab_live_id1_secret2"},
		{`{"op":"wrap","value":["'","'"]}`, "k", "'k'"},
		{`{"op":"lookalike","script":"cyrillic"}`, "xa1", "xа1"},
		{`{"op":"lookalike","script":"fullwidth"}`, "xa1", "xａ1"},
		{`{"op":"swap_case"}`, "aB_1", "Ab_1"},
		{`{"op":"encode","as":"percent"}`, "a_", "%61%5F"},
		{`{"op":"encode","as":"percent"}`, "a+", "a%2B"},
		{`{"op":"encode","as":"base64"}`, "a?>", "YT8+"},
	} {
		ops := oneOp(t, c.op)
		if err := checkOps(textOps(), ops); err != nil {
			t.Errorf("%s: %v", c.op, err)
			continue
		}
		if got, err := apply(m, textOps(), ops, c.in); err != nil || got != c.want {
			t.Errorf("%s of %q: %q, %v; want %q", c.op, c.in, got, err, c.want)
		}
	}
	if tested := 20; len(textOps()) != tested {
		t.Errorf("%d operations; this test knows %d", len(textOps()), tested)
	}
}

func TestTextOpsThatDoNotApply(t *testing.T) {
	m := minterFor(t, jwtMethod("HS256"))
	for _, c := range []struct {
		op, in string
		again  bool
	}{
		{`{"op":"std_alphabet","segment":2}`, "a.b.c", true},
		{`{"op":"set_unused_bits","segment":2}`, "a.b.AAAA", false},
		{`{"op":"lookalike","script":"cyrillic"}`, "123", false},
		{`{"op":"splice","left_of":"victim","right_of":"second"}`, "", false},
	} {
		_, err := apply(m, textOps(), oneOp(t, c.op), c.in)
		why := inapplicable("")
		if errors.Is(err, errUnsuitable) != c.again || errors.As(err, &why) == c.again {
			t.Errorf("%s of %q: %v", c.op, c.in, err)
		}
	}
	for _, text := range []string{
		`{"op":"insert","segment":3,"at":0,"value":""}`, `{"op":"insert","segment":0,"at":5,"value":""}`,
		`{"op":"drop_segment","index":3}`, `{"op":"permute","order":[3]}`, `{"op":"json_general"}`, `{"op":"wrap","value":["a"]}`,
	} {
		if got, err := apply(m, textOps(), oneOp(t, text), "a.b"); err == nil {
			t.Errorf("%s: %q", text, got)
		}
	}
}

func TestGeneralSerializationHasTwoSignatures(t *testing.T) {
	got, err := apply(minterFor(t, jwtMethod("HS256")), textOps(), oneOp(t, `{"op":"json_general"}`), "a.b.cccc")
	want := `{"payload":"b","signatures":[{"protected":"a","signature":"cccc"},{"protected":"a","signature":"AAAA"}]}`
	if err != nil || got != want {
		t.Errorf("%s, %v; want %s", got, err, want)
	}
}

func TestSignatureOps(t *testing.T) {
	m := minterFor(t, jwtMethod("HS256"))
	for _, c := range []struct{ op, in, want string }{
		{`{"op":"xor","at":"first","mask":1}`, "000000", "010000"},
		{`{"op":"xor","at":"middle","mask":255}`, "000000", "00ff00"},
		{`{"op":"xor","at":"last","mask":128}`, "000000", "000080"},
		{`{"op":"truncate","n":2}`, "010203", "01"},
		{`{"op":"truncate","n":9}`, "010203", ""},
		{`{"op":"append","hex":"ff00"}`, "01", "01ff00"},
		{`{"op":"prepend","hex":"00"}`, "01", "0001"},
		{`{"op":"fill","hex":"0102"}`, "aaaaaa", "010201"},
		{`{"op":"keep_left","fraction":0.5}`, "01020304", "0102"},
		{`{"op":"swap_halves"}`, "01020304", "03040102"},
	} {
		ops := oneOp(t, c.op)
		if err := checkOps(signatureOps(), ops); err != nil {
			t.Errorf("%s: %v", c.op, err)
			continue
		}
		in, _ := hex.DecodeString(c.in)
		if got, err := apply(m, signatureOps(), ops, in); err != nil || hex.EncodeToString(got) != c.want {
			t.Errorf("%s of %s: %x, %v; want %s", c.op, c.in, got, err, c.want)
		}
	}
}

func TestECDSAOps(t *testing.T) {
	m := minterFor(t, jwtMethod("ES256"))
	private := m.keys[roleVictim].private.(*ecdsa.PrivateKey)
	order := private.Params().N
	signature, err := m.keys[roleVictim].sign("ES256", []byte("text"), nil)
	if err != nil {
		t.Fatal(err)
	}
	r, s := splitRS(signature)
	der, err := apply(m, signatureOps(), oneOp(t, `{"op":"ecdsa_der"}`), signature)
	if err != nil {
		t.Fatal(err)
	}
	var both struct{ R, S *big.Int }
	if rest, err := asn1.Unmarshal(der, &both); err != nil || len(rest) != 0 || both.R.Cmp(r) != 0 || both.S.Cmp(s) != 0 {
		t.Errorf("DER: %v, %v", both, err)
	}
	negated, err := apply(m, signatureOps(), oneOp(t, `{"op":"ecdsa_neg_s"}`), signature)
	if err != nil {
		t.Fatal(err)
	}
	if r2, s2 := splitRS(negated); r2.Cmp(r) != 0 || new(big.Int).Add(s, s2).Cmp(order) != 0 {
		t.Errorf("(R, n-S): %v %v", r2, s2)
	}
	set, err := apply(m, signatureOps(), oneOp(t, `{"op":"ecdsa_set","rs":["n-1","1"]}`), signature)
	if err != nil {
		t.Fatal(err)
	}
	if r2, s2 := splitRS(set); len(set) != 64 || new(big.Int).Sub(order, r2).Int64() != 1 || s2.Int64() != 1 {
		t.Errorf("set: %x", set)
	}
	for _, text := range []string{"", "x", "n1", "-1", "+", "n-x"} {
		if got, err := parseNumber(text, order); err == nil {
			t.Errorf("%q is %v", text, got)
		}
	}
}

func TestEdDSASPlusL(t *testing.T) {
	m := minterFor(t, jwtMethod("EdDSA"))
	signature, err := m.keys[roleVictim].sign("EdDSA", []byte("text"), nil)
	if err != nil {
		t.Fatal(err)
	}
	changed, err := apply(m, signatureOps(), oneOp(t, `{"op":"eddsa_s_plus_l"}`), signature)
	if err != nil || len(changed) != ed25519.SignatureSize || !bytes.Equal(changed[:32], signature[:32]) {
		t.Fatalf("%x, %v", changed, err)
	}
	// RFC 8032 §5.1: L = 2^252 + 27742317777372353535851937790883648493.
	order := new(big.Int).Lsh(big.NewInt(1), 252)
	low, _ := new(big.Int).SetString("27742317777372353535851937790883648493", 10)
	if got := new(big.Int).Sub(littleEndian(changed[32:]), littleEndian(signature[32:])); got.Cmp(order.Add(order, low)) != 0 {
		t.Errorf("S grew by %v", got)
	}
}

func littleEndian(b []byte) *big.Int {
	var out big.Int
	for i := len(b) - 1; i >= 0; i-- {
		out.Lsh(&out, 8).Or(&out, big.NewInt(int64(b[i])))
	}
	return &out
}

func TestRSAOps(t *testing.T) {
	m := minterFor(t, jwtMethod("RS256"))
	public, err := modulusOf(m)
	if err != nil {
		t.Fatal(err)
	}
	// The token is minted until s+n fits.
	token, err := m.token(&recipe{Base: baseToken, Sig: oneOp(t, `{"op":"rsa_plus_n"}`)})
	if err != nil {
		t.Fatal(err)
	}
	signature, err := signatureOf(token)
	if s := new(big.Int).SetBytes(signature); err != nil || len(signature) != public.Size() || s.Cmp(public.N) < 0 {
		t.Errorf("%d bytes, %v", len(signature), err)
	}
	for text, want := range map[string]*big.Int{
		"0": big.NewInt(0), "1": big.NewInt(1), "n-1": new(big.Int).Sub(public.N, big.NewInt(1)),
	} {
		got, err := apply(m, signatureOps(), oneOp(t, `{"op":"rsa_set","value":"`+text+`"}`), nil)
		if err != nil || len(got) != public.Size() || new(big.Int).SetBytes(got).Cmp(want) != 0 {
			t.Errorf("rsa_set %s: %x, %v", text, got, err)
		}
	}
	if tested := 13; len(signatureOps()) != tested {
		t.Errorf("%d operations; these tests know %d", len(signatureOps()), tested)
	}
}

func TestOpsOfAnotherKeyDoNotApply(t *testing.T) {
	m := minterFor(t, jwtMethod("HS256"))
	for _, text := range []string{
		`{"op":"ecdsa_der"}`, `{"op":"ecdsa_neg_s"}`, `{"op":"ecdsa_set","rs":["0","0"]}`,
		`{"op":"eddsa_s_plus_l"}`, `{"op":"rsa_plus_n"}`, `{"op":"rsa_set","value":"0"}`,
	} {
		_, err := apply(m, signatureOps(), oneOp(t, text), make([]byte, 32))
		if why := inapplicable(""); !errors.As(err, &why) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// TestNumberedTextsDiffer: the credentials of a flood are distinct, and none is the
// one that they come from.
func TestNumberedTextsDiffer(t *testing.T) {
	f := fixture(t, bench.Method{ID: "apikey"})
	for _, credential := range []string{f.credentials[roleVictim], strings.Repeat("A", 43)} {
		bad := mutated(credential, 8)
		seen := map[string]bool{credential: true}
		for i := range 70_000 {
			text := f.floodCredential(bad, i)
			if seen[text] {
				t.Fatalf("number %d of %q comes twice", i, credential)
			}
			seen[text] = true
		}
	}
}
