package store

import (
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func anyRecord(t *rapid.T) Record {
	digest := rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "digest")
	return Record{
		ID: rapid.Uint64().Draw(t, "id"), Digest: Digest(digest), Hash: rapid.StringN(0, -1, 255).Draw(t, "hash"),
		Subject: rapid.StringN(0, -1, 255).Draw(t, "subject"), Tenant: rapid.String().Draw(t, "tenant"),
		Scopes: Scopes(rapid.Uint16().Draw(t, "scopes")), Status: rapid.SampledFrom([]Status{Revoked, Active}).Draw(t, "status"),
		Expires: rapid.Int64().Draw(t, "expires"),
	}
}

// What was written is read, under its own id alone.
func TestEncodingRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := anyRecord(t)
		value, err := appendRecord([]byte("before"), want)
		if err != nil {
			t.Fatal(err)
		}
		value = value[len("before"):]
		if got, err := readRecord(want.ID, value); got != want || err != nil {
			t.Fatalf("%+v became %+v, %v", want, got, err)
		}
		if _, err := readRecord(want.ID+1, value); !errors.Is(err, ErrCorrupt) {
			t.Fatalf("another's record is read: %v", err)
		}
		at := rapid.IntRange(0, len(value)-1).Draw(t, "at")
		if _, err := readRecord(want.ID, value[:at]); !errors.Is(err, ErrCorrupt) {
			t.Fatalf("a record that is cut off at %d is read: %v", at, err)
		}
		value[at] ^= byte(rapid.IntRange(1, 255).Draw(t, "change"))
		if _, err := readRecord(want.ID, value); !errors.Is(err, ErrCorrupt) {
			t.Fatalf("a record with a change at %d is read: %v", at, err)
		}
	})
}

func TestLongTexts(t *testing.T) {
	long := strings.Repeat("s", 256)
	for _, r := range []Record{{ID: 1, Subject: long}, {ID: 1, Hash: long}} {
		if _, err := appendRecord(nil, r); err == nil {
			t.Error("a text of 256 bytes was written")
		}
	}
}

// Whatever is in a store, reading it neither panics nor makes up a record.
func FuzzReadRecord(f *testing.F) {
	good, err := appendRecord(nil, Record{ID: 7, Subject: "user", Tenant: "tenant", Status: Active})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(uint64(7), good)
	f.Add(uint64(7), good[:textsAt])
	f.Add(uint64(0), []byte{})
	f.Fuzz(func(t *testing.T, id uint64, value []byte) {
		r, err := readRecord(id, value)
		if err != nil {
			return
		}
		again, err := appendRecord(nil, r)
		if err != nil || string(again) != string(value) {
			t.Errorf("%x is read as %+v, which is written as %x (%v)", value, r, again, err)
		}
	})
}
