package auth

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"authbench/bench"
	"authbench/internal/store"
)

// reasons are what each class must be refused for.
var keyReasons = map[bench.Class]bench.Reason{
	bench.Valid: bench.ReasonNone, bench.Expired: bench.ReasonExpired, bench.Revoked: bench.ReasonRevoked,
	bench.Forged: bench.ReasonBadSignature, bench.Unknown: bench.ReasonUnknown, bench.Malformed: bench.ReasonMalformed,
}

func TestKeysOfEachClass(t *testing.T) {
	const count = 2500 // more than two blocks of the loader
	for _, header := range []string{"authorization", "x-api-key"} {
		m := bench.Method{ID: "apikey", Params: bench.Params{"header": header}}
		issuer, verifier := newPair(t, m, count, time.Now())
		seen := map[string]bool{}
		for class, want := range keyReasons {
			for index := 0; index < count; index += 7 {
				value := mint(t, issuer, class, index)
				if seen[value] {
					t.Fatalf("%s key %d exists twice", class, index)
				}
				seen[value] = true
				d := verifier.Verify(request{issuer.Field(): {value}})
				if d.Reason != want || (d.Outcome == bench.Allow) != (class == bench.Valid) {
					t.Fatalf("%s key %d: %+v", class, index, d)
				}
			}
		}
		d := verifier.Verify(request{issuer.Field(): {mint(t, issuer, bench.Valid, 123)}})
		if d.Subject != "user-123" || d.Tenant != "tenant-23" {
			t.Errorf("let in as %q of %q", d.Subject, d.Tenant)
		}
	}
}

func TestKeysThatDoNotExist(t *testing.T) {
	issuer, _ := newPair(t, bench.Method{ID: "apikey"}, 5, time.Now())
	for _, class := range bench.Classes {
		for _, index := range []int{-1, 5} {
			if value, err := issuer.Append(nil, class, index); err == nil {
				t.Errorf("%s key %d is %q", class, index, value)
			}
		}
	}
}

func TestKeysExpire(t *testing.T) {
	issuer, verifier := newPair(t, bench.Method{ID: "apikey"}, 1, time.Now().Add(-lifetime-time.Minute))
	d := verifier.Verify(request{"Authorization": {mint(t, issuer, bench.Valid, 0)}})
	if d.Reason != bench.ReasonExpired {
		t.Errorf("a day later: %+v", d)
	}
}

func TestKeyWithoutScope(t *testing.T) {
	key := appendKey(nil, 9, &[secretSize]byte{1})
	keys := store.NewMemory(1)
	if err := keys.Add(store.Record{ID: 9, Digest: sha256.Sum256(key), Status: store.Active, Expires: 1 << 40}); err != nil {
		t.Fatal(err)
	}
	v := &keyVerifier{bearer, keys, time.Now}
	if d := v.Verify(request{"Authorization": {"Bearer " + string(key)}}); d.Reason != bench.ReasonScope || d.Status() != 403 {
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
	key := appendKey(nil, 9, &[secretSize]byte{1})
	for _, err := range []error{store.ErrUnavailable, store.ErrCorrupt} {
		v := &keyVerifier{bearer, failing{err}, time.Now}
		d := v.Verify(request{"Authorization": {"Bearer " + string(key)}})
		if d.Outcome != bench.Fail || d.Status() != 503 || d.Reason != bench.ReasonUnavailable {
			t.Errorf("%v: %+v", err, d)
		}
	}
}

// TestKeyAttacks are cases of the attack catalogue, by their names.
func TestKeyAttacks(t *testing.T) {
	issuer, verifier := newPair(t, bench.Method{ID: "apikey"}, 3, time.Now())
	victim := strings.TrimPrefix(mint(t, issuer, bench.Valid, 0), "Bearer ")
	second := strings.TrimPrefix(mint(t, issuer, bench.Valid, 1), "Bearer ")
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
		"too large":          {strings.Repeat("A", maxCredential+1)},
		"twice in one field": {victim + " " + victim, victim + ", Bearer " + victim},
		"nothing":            {"", " "},
	}
	for name, values := range cases {
		for _, value := range values {
			if d := verifier.Verify(request{"Authorization": {"Bearer " + value}}); d.Outcome != bench.Deny || d.Status() != 401 {
				t.Errorf("%s: %+v", name, d)
			}
		}
	}
	if d := verifier.Verify(request{"Authorization": {"Bearer " + victim}}); d.Outcome != bench.Allow {
		t.Errorf("the untouched key: %+v", d)
	}
}

func TestVerifyingAKeyAllocatesNothing(t *testing.T) {
	issuer, verifier := newPair(t, bench.Method{ID: "apikey"}, 3, time.Now())
	for _, class := range []bench.Class{bench.Valid, bench.Forged, bench.Unknown, bench.Malformed} {
		r := &fixed{values: [][]byte{[]byte(mint(t, issuer, class, 1))}}
		if n := testing.AllocsPerRun(100, func() { verifier.Verify(r) }); n != 0 {
			t.Errorf("%s: %v allocations", class, n)
		}
	}
}

// fixed is a request that allocates nothing.
type fixed struct {
	values [][]byte
	room   [maxCredential]byte
}

func (*fixed) Method() []byte           { return nil }
func (*fixed) Target() []byte           { return nil }
func (f *fixed) Values(string) [][]byte { return f.values }
func (f *fixed) Room(n int) []byte      { return f.room[:n] }

func TestPublishedKeysVerify(t *testing.T) {
	issuer, _ := newPair(t, bench.Method{ID: "apikey"}, 4, time.Now())
	published, err := issuer.Published()
	if err != nil {
		t.Fatal(err)
	}
	v, err := ReadVerification("published", bytes.NewReader(published))
	if err != nil {
		t.Fatal(err)
	}
	records := map[string]PublishedKey{}
	for _, k := range v.APIKeys {
		records[k.SHA256] = k
	}
	if len(records) != 12 {
		t.Errorf("%d records, want 4 each of valid, expired and revoked ones", len(records))
	}
	for _, class := range []bench.Class{bench.Valid, bench.Expired, bench.Revoked} {
		digest := sha256.Sum256([]byte(mint(t, issuer, class, 2)[len("Bearer "):]))
		k, ok := records[hex.EncodeToString(digest[:])]
		if !ok || k.Revoked != (class == bench.Revoked) || k.Expires.Before(time.Now()) != (class == bench.Expired) || k.Subject != "user-2" {
			t.Errorf("%s: %+v %v", class, k, ok)
		}
	}
}
