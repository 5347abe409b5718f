package store

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"unsafe"

	"pgregory.net/rapid"
)

// TestMemoryIsAMap compares the store with a map, for ids that lie close
// together and far apart.
func TestMemoryIsAMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ids := rapid.SliceOfDistinct(rapid.OneOf(rapid.Uint64Range(1, 64), rapid.Uint64Min(1)), rapid.ID[uint64]).Draw(t, "ids")
		m := NewMemory(len(ids))
		want := map[uint64]Record{}
		for i, id := range ids {
			r := Record{
				ID: id, Digest: Digest{byte(i), 1}, Hash: strings.Repeat("h", i%5), Subject: strings.Repeat("s", i%7), Tenant: fmt.Sprint("t", i%3),
				Scopes: Scopes(i), Status: Status(i % 2), Expires: int64(i) - 5,
			}
			if err := m.Add(r); err != nil {
				t.Fatal(err)
			}
			want[id] = r
		}
		probes := append(ids, rapid.SliceOf(rapid.Uint64Range(0, 80)).Draw(t, "others")...)
		for _, id := range probes {
			got, ok, err := m.Lookup(id)
			if r, known := want[id]; ok != known || got != r || err != nil {
				t.Fatalf("id %d: %+v %v %v, want %+v %v", id, got, ok, err, r, known)
			}
		}
		for i, id := range probes {
			if i%2 == 0 {
				continue
			}
			r, known := want[id]
			if err := m.Revoke(id); (err == nil) != known {
				t.Fatalf("revoke %d: %v", id, err)
			}
			r.Status = Revoked
			if got, _, _ := m.Lookup(id); known && got != r {
				t.Fatalf("id %d, revoked: %+v, want %+v", id, got, r)
			}
		}
	})
}

func TestMemoryRefuses(t *testing.T) {
	m := NewMemory(2)
	for _, c := range []struct {
		record Record
		want   error
	}{
		{Record{ID: 0}, errRecord},
		{Record{ID: 1, Subject: strings.Repeat("s", 256)}, errRecord},
		{Record{ID: 1, Hash: strings.Repeat("h", 256)}, errRecord},
		{Record{ID: 1, Subject: strings.Repeat("s", 255)}, nil},
		{Record{ID: 1}, errDuplicate},
		{Record{ID: 2}, nil},
		{Record{ID: 3}, errFull},
	} {
		if err := m.Add(c.record); !errors.Is(err, c.want) {
			t.Errorf("id %d: %v, want %v", c.record.ID, err, c.want)
		}
	}
}

func TestLookupAllocatesNothing(t *testing.T) {
	m := NewMemory(10)
	if err := m.Add(Record{ID: 5, Subject: "user-5", Tenant: "a"}); err != nil {
		t.Fatal(err)
	}
	for _, id := range []uint64{5, 6} {
		if n := testing.AllocsPerRun(100, func() { _, _, _ = m.Lookup(id) }); n != 0 {
			t.Errorf("id %d: %v allocations", id, n)
		}
	}
}

// TestBytesPerRecord: ten million records and the million of expired and revoked
// ones that go with them, with subjects of 12 bytes, leave a seventh of 1 GiB to the
// rest of the process.
func TestBytesPerRecord(t *testing.T) {
	const subject, records = 12, 11_000_000
	if size := unsafe.Sizeof(entry{}); size != bytesPerEntry {
		t.Errorf("an entry has %d bytes; a cache line has %d", size, bytesPerEntry)
	}
	m := NewMemory(1000)
	for id := range uint64(1000) {
		if err := m.Add(Record{ID: id + 1, Subject: strings.Repeat("s", subject)}); err != nil {
			t.Fatal(err)
		}
	}
	each := float64(m.Bytes()) / 1000
	if each < bytesPerEntry+subject || each*records > 6.0/7*(1<<30) {
		t.Errorf("%.1f bytes per record", each)
	}
}

// TestLookupReadsOneEntry: an index slot tells by itself, but for one in many, that
// its entry is another's. Ids are given so that they all meet in one place.
func TestLookupReadsOneEntry(t *testing.T) {
	const count = 1000
	m := NewMemory(count)
	for i := range uint64(count) {
		// The inverse of an odd number modulo 2^64, by Newton's iteration, undoes the
		// spreading: hashes below 2^40 all choose the first slot.
		inverse := uint64(1)
		for range 6 {
			inverse *= 2 - spreader*inverse
		}
		if err := m.Add(Record{ID: (i + 1) * inverse, Subject: fmt.Sprint(i)}); err != nil {
			t.Fatal(err)
		}
	}
	tags := map[uint32]int{}
	for i, e := range m.entries {
		tags[m.tag(e.id)]++
		if r, known, _ := m.Lookup(e.id); !known || r.Subject != fmt.Sprint(i) {
			t.Fatalf("entry %d: %+v", i, r)
		}
	}
	if len(tags) != count {
		t.Errorf("%d tags of %d ids", len(tags), count)
	}
	if m.index[0] == 0 || m.index[count-1] == 0 || m.index[count] != 0 {
		t.Error("the ids do not meet in one place")
	}
}
