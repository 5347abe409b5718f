package opaque

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"slices"
	"strings"
	"testing"
	"time"

	"authbench/bench"
	"authbench/internal/credential"
	"authbench/internal/credential/credentialtest"
	"authbench/internal/credential/document"
	"authbench/internal/credential/store"
	"authbench/internal/method"
	"authbench/internal/method/methodtest"
)

// reasons are what each class must be refused for.
var keyReasons = map[bench.Class]bench.Reason{
	bench.Valid: bench.ReasonNone, bench.Expired: bench.ReasonExpired, bench.Revoked: bench.ReasonRevoked,
	bench.Forged: bench.ReasonBadSignature, bench.Unknown: bench.ReasonUnknown, bench.Malformed: bench.ReasonMalformed,
}

func TestKeysOfEachClass(t *testing.T) {
	const count = 2500 // more than two blocks of the loader
	for _, params := range []bench.Params{
		{"header": "authorization"}, {"header": "x-api-key", "hash": "sha256"}, {"hash": "hmac-sha256"},
	} {
		issuer, verifier := methodtest.NewPair(t, methods, bench.Method{ID: "apikey", Params: params}, count, time.Now())
		seen := map[string]bool{}
		for class := range keyReasons {
			for index := 0; index < count; index += 7 {
				value := methodtest.Mint(t, issuer, class, index)
				if seen[value] {
					t.Fatalf("%s key %d exists twice", class, index)
				}
				seen[value] = true
				checkKey(t, verifier, issuer.Field(), value, class)
			}
		}
		d := verifier.Verify(credentialtest.Request{issuer.Field(): {methodtest.Mint(t, issuer, bench.Valid, 123)}})
		if d.Subject != "user-123" || d.Tenant != "tenant-23" {
			t.Errorf("let in as %q of %q", d.Subject, d.Tenant)
		}
	}
}

func checkKey(t *testing.T, v method.Verifier, field, value string, class bench.Class) {
	t.Helper()
	d := v.Verify(credentialtest.Request{field: {value}})
	if d.Reason != keyReasons[class] || (d.Outcome == bench.Allow) != (class == bench.Valid) {
		t.Fatalf("%s key: %+v", class, d)
	}
}

// TestSlowHashes: the keys that were minted are known, and no others.
func TestSlowHashes(t *testing.T) {
	for _, hash := range []string{"bcrypt", "argon2id"} {
		m := bench.Method{ID: "apikey", Params: bench.Params{"hash": hash}}
		issuer, err := methods.NewIssuer(m, [32]byte{3}, 100, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		values := map[bench.Class]string{}
		for class := range keyReasons {
			values[class] = methodtest.Mint(t, issuer, class, 7)
		}
		if again := methodtest.Mint(t, issuer, bench.Valid, 7); again != values[bench.Valid] {
			t.Error("the same key is another when it is minted again")
		}
		verification, err := issuer.Verification(method.Places{})
		if err != nil {
			t.Fatal(err)
		}
		verifier, err := methods.NewVerifier(m, verification, nil)
		if err != nil {
			t.Fatal(err)
		}
		for class, value := range values {
			checkKey(t, verifier, "Authorization", value, class)
		}
		if d := verifier.Verify(credentialtest.Request{"Authorization": {methodtest.Mint(t, issuer, bench.Valid, 8)}}); d.Reason != bench.ReasonUnknown {
			t.Errorf("%s: a key that was minted later: %+v", hash, d)
		}
		if d := verifier.Verify(credentialtest.Request{"Authorization": {values[bench.Valid]}}); d.Subject != "user-7" {
			t.Errorf("let in as %q", d.Subject)
		}
		if _, err := methods.NewVerifier(bench.Method{ID: "apikey"}, verification, nil); err != nil {
			t.Errorf("a method that does not say: %v", err)
		}
		if _, err := methods.NewVerifier(bench.Method{ID: "apikey", Params: bench.Params{"hash": "sha256"}}, verification, nil); err == nil || !strings.Contains(err.Error(), hash) {
			t.Errorf("keys of another hash: %v", err)
		}
	}
}

// TestHashesOfNothing: a record without a hash, as an unknown id has, matches
// nothing, and an argon2id hash that asks for more work is not computed.
func TestHashesOfNothing(t *testing.T) {
	key := appendKey(nil, 9, &[SecretSize]byte{1})
	for _, name := range hashes() {
		h, err := newKeyHash(name, [32]byte{})
		if err != nil {
			t.Fatal(err)
		}
		var r store.Record
		if h.matches(r, key) {
			t.Errorf("%s: the zero record matches", name)
		}
		switch h := h.(type) {
		case quickHash:
			r.Digest = h.digest(key)
		case slowHash:
			if r.Hash, err = h.text(key); err != nil {
				t.Fatal(err)
			}
		}
		if !h.matches(r, key) {
			t.Errorf("%s: its own record does not match", name)
		}
		if h.matches(r, append(key[:len(key):len(key)], '0')) {
			t.Errorf("%s: a longer key matches", name)
		}
	}
	good, err := argon2KeyHash{}.text(key)
	if err != nil {
		t.Fatal(err)
	}
	for _, hash := range []string{
		strings.Replace(good, "m=19456", "m=99999999", 1), strings.Replace(good, "argon2id", "argon2i", 1),
		good[:len(good)-1], good + "$", "", "$",
	} {
		if _, _, err := readArgon2(hash); err == nil {
			t.Errorf("%q is taken", hash)
		}
	}
	if _, err := newKeyHash("md5", [32]byte{}); err == nil {
		t.Error("md5 is taken")
	}
}

// TestPepperIsNotInTheStore: who has the records alone cannot check a guess.
func TestPepperIsNotInTheStore(t *testing.T) {
	key := appendKey(nil, 9, &[SecretSize]byte{1})
	var digests [3]store.Digest
	for i, secret := range [][32]byte{{1}, {2}} {
		h, err := newKeyHash(hmacHash, secret)
		if err != nil {
			t.Fatal(err)
		}
		digests[i] = h.(quickHash).digest(key)
	}
	digests[2] = sha256.Sum256(key)
	if digests[0] == digests[1] || digests[0] == digests[2] {
		t.Error("the digest does not depend on the pepper")
	}
}

// TestDeriving gives what was minted, without an allocation.
func TestDeriving(t *testing.T) {
	issuer, _ := methodtest.NewPair(t, methods, bench.Method{ID: "apikey"}, 30, time.Now())
	var dst []byte
	for _, class := range methods[0].Classes {
		derive := func() { dst = issuer.(method.Deriver).Derive(dst[:0], class, 29) }
		derive()
		if want := methodtest.Mint(t, issuer, class, 29); string(dst) != want {
			t.Errorf("%s: derived is %d bytes unlike the minted", class, len(dst))
		}
		if n := testing.AllocsPerRun(100, derive); n != 0 {
			t.Errorf("%s: %v allocations", class, n)
		}
	}
}

// TestTooManyKeys: what does not fit is refused, with the reason.
func TestTooManyKeys(t *testing.T) {
	_, err := methods.NewIssuer(bench.Method{ID: "apikey"}, [32]byte{}, 1_000_000_000, time.Now())
	if err == nil || !strings.Contains(err.Error(), "1 GiB") {
		t.Errorf("a thousand million keys: %v", err)
	}
}

// TestLoadingIsTold, from the first block to the last record.
func TestLoadingIsTold(t *testing.T) {
	issuer, _ := methodtest.NewPair(t, methods, bench.Method{ID: "apikey"}, 3000, time.Now())
	verification, err := issuer.Verification(method.Places{})
	if err != nil {
		t.Fatal(err)
	}
	var told []int
	if _, err := methods.NewVerifier(bench.Method{ID: "apikey"}, verification, func(done, total int) {
		if told = append(told, done); total != 9000 {
			t.Errorf("%d in all, want 9000", total)
		}
	}); err != nil {
		t.Fatal(err)
	}
	if len(told) != 9 || told[8] != 9000 || !slices.IsSorted(told) {
		t.Errorf("told %v", told)
	}
}

// TestLoadingLeavesNoGarbage: what a record takes on its way would double the memory
// of ten million.
func TestLoadingLeavesNoGarbage(t *testing.T) {
	if raceEnabled {
		return // the detector allocates
	}
	ring, err := newKeyring(keyring{Secret: make([]byte, 32), Count: 100_000, Issued: time.Now(), Hash: sha256Hash, form: Keys{}})
	if err != nil {
		t.Fatal(err)
	}
	allocs := testing.AllocsPerRun(1, func() {
		for range ring.records {
		}
	})
	if each := allocs / float64(ring.size()); each > 0.01 {
		t.Errorf("%.3f allocations per record", each)
	}
}

// TestStoreOfTooFew: what does not fit in the store fails the loading, without a
// goroutine left behind.
func TestStoreOfTooFew(t *testing.T) {
	ring, err := newKeyring(keyring{Secret: make([]byte, 32), Count: 50_000, Issued: time.Now(), Hash: sha256Hash, form: Keys{}})
	if err != nil {
		t.Fatal(err)
	}
	if err := ring.load(store.NewMemory(1500), nil); err == nil {
		t.Error("it fits")
	}
}

func TestKeysThatDoNotExist(t *testing.T) {
	issuer, _ := methodtest.NewPair(t, methods, bench.Method{ID: "apikey"}, 5, time.Now())
	for _, class := range bench.Classes {
		for _, index := range []int{-1, 5} {
			if value, err := issuer.Append(nil, class, index); err == nil {
				t.Errorf("%s key %d is %q", class, index, value)
			}
		}
	}
}

func TestKeysExpire(t *testing.T) {
	issuer, verifier := methodtest.NewPair(t, methods, bench.Method{ID: "apikey"}, 1, time.Now().Add(-credential.Lifetime-time.Minute))
	d := verifier.Verify(credentialtest.Request{"Authorization": {methodtest.Mint(t, issuer, bench.Valid, 0)}})
	if d.Reason != bench.ReasonExpired {
		t.Errorf("a day later: %+v", d)
	}
}

func TestKeyWithoutScope(t *testing.T) {
	key := appendKey(nil, 9, &[SecretSize]byte{1})
	keys := store.NewMemory(1)
	if err := keys.Add(store.Record{ID: 9, Digest: sha256.Sum256(key), Status: store.Active, Expires: 1 << 40}); err != nil {
		t.Fatal(err)
	}
	v := &Verifier{at: credential.Bearer, path: lookupPath{records: keys}, ring: &keyring{hash: plainHash{}, form: Keys{}}, now: time.Now}
	if d := v.Verify(credentialtest.Request{"Authorization": {"Bearer " + string(key)}}); d.Reason != bench.ReasonScope || d.Status() != 403 {
		t.Errorf("got %+v", d)
	}
}

// failing is a store that cannot tell.
type failing struct{ err error }

func (b failing) Lookup(id uint64) (store.Record, bool, error) {
	// What it returns besides would be let in by who overlooked the error.
	return store.Record{ID: id, Status: store.Active, Scopes: store.ScopeRead, Expires: 1 << 40}, true, b.err
}

func TestKeyWhoseStoreFails(t *testing.T) {
	key := appendKey(nil, 9, &[SecretSize]byte{1})
	for _, err := range []error{store.ErrUnavailable, store.ErrCorrupt} {
		v := &Verifier{at: credential.Bearer, path: lookupPath{records: failing{err}}, ring: &keyring{hash: plainHash{}, form: Keys{}}, now: time.Now}
		d := v.Verify(credentialtest.Request{"Authorization": {"Bearer " + string(key)}})
		if d.Outcome != bench.Fail || d.Status() != 503 || d.Reason != bench.ReasonUnavailable {
			t.Errorf("%v: %+v", err, d)
		}
	}
}

// TestKeyAttacks are cases of the attack catalogue, by their names.
func TestKeyAttacks(t *testing.T) {
	issuer, verifier := methodtest.NewPair(t, methods, bench.Method{ID: "apikey"}, 3, time.Now())
	victim := strings.TrimPrefix(methodtest.Mint(t, issuer, bench.Valid, 0), "Bearer ")
	second := strings.TrimPrefix(methodtest.Mint(t, issuer, bench.Valid, 1), "Bearer ")
	digest := sha256.Sum256([]byte(victim))
	cases := map[string][]string{
		"KEY-02 another secret":     {victim[:len(victim)-8] + second[len(second)-8:]},
		"KEY-03 one more character": {victim + "z", "z" + victim},
		"KEY-04 truncated":          {victim[:len(victim)-1], victim[:len(victim)/2], victim[:secretAt]},
		"KEY-08 spliced":            {victim[:secretAt] + second[secretAt:], victim[:len(victim)/2] + second[len(second)/2:]},
		"KEY-09 the digest": {
			hex.EncodeToString(digest[:]), strings.ToUpper(hex.EncodeToString(digest[:])),
			base64.StdEncoding.EncodeToString(digest[:]), base64.RawURLEncoding.EncodeToString(digest[:]), string(digest[:]),
			victim[:secretAt] + hex.EncodeToString(digest[:]),
		},
		"KEY-11 wrapped":     {" " + victim, "\t" + victim, `"` + victim + `"`, "'" + victim + "'"},
		"KEY-12 look-alike":  {strings.Replace(victim, "a", "а", 1), strings.Replace(victim, "a", "ａ", 1)},
		"KEY-13 case":        {strings.ToUpper(victim), strings.ToLower(victim)},
		"KEY-18 encoded":     {strings.ReplaceAll(victim, "_", "%5F"), base64.StdEncoding.EncodeToString([]byte(victim))},
		"too large":          {strings.Repeat("A", credential.MaxBytes+1)},
		"twice in one field": {victim + " " + victim, victim + ", Bearer " + victim},
		"nothing":            {"", " "},
	}
	for name, values := range cases {
		for _, value := range values {
			if d := verifier.Verify(credentialtest.Request{"Authorization": {"Bearer " + value}}); d.Outcome != bench.Deny || d.Status() != 401 {
				t.Errorf("%s: %+v", name, d)
			}
		}
	}
	if d := verifier.Verify(credentialtest.Request{"Authorization": {"Bearer " + victim}}); d.Outcome != bench.Allow {
		t.Errorf("the untouched key: %+v", d)
	}
}

func TestVerifyingAKeyAllocatesNothing(t *testing.T) {
	for _, hash := range []string{"sha256", "hmac-sha256"} {
		if hash == "hmac-sha256" && raceEnabled {
			continue // its pools lose what they hold now and then
		}
		issuer, verifier := methodtest.NewPair(t, methods, bench.Method{ID: "apikey", Params: bench.Params{"hash": hash}}, 3, time.Now())
		for _, class := range []bench.Class{bench.Valid, bench.Forged, bench.Unknown, bench.Malformed} {
			r := &credentialtest.Fixed{Sent: [][]byte{[]byte(methodtest.Mint(t, issuer, class, 1))}}
			if n := testing.AllocsPerRun(100, func() { verifier.Verify(r) }); n != 0 {
				t.Errorf("%s, %s: %v allocations", hash, class, n)
			}
		}
	}
}

func TestPublishedKeysVerify(t *testing.T) {
	issuer, _ := methodtest.NewPair(t, methods, bench.Method{ID: "apikey"}, 4, time.Now())
	published, err := issuer.Published()
	if err != nil {
		t.Fatal(err)
	}
	v, err := document.ReadVerification("published", bytes.NewReader(published))
	if err != nil {
		t.Fatal(err)
	}
	records := map[string]document.PublishedKey{}
	for _, k := range v.APIKeys {
		records[k.SHA256] = k
	}
	if len(records) != 12 {
		t.Errorf("%d records, want 4 each of valid, expired and revoked ones", len(records))
	}
	for _, class := range []bench.Class{bench.Valid, bench.Expired, bench.Revoked} {
		digest := sha256.Sum256([]byte(methodtest.Mint(t, issuer, class, 2)[len("Bearer "):]))
		k, ok := records[hex.EncodeToString(digest[:])]
		if !ok || k.Revoked != (class == bench.Revoked) || k.Expires.Before(time.Now()) != (class == bench.Expired) || k.Subject != "user-2" {
			t.Errorf("%s: %+v %v", class, k, ok)
		}
	}
}
