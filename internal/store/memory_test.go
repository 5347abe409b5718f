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
				ID: id, Digest: Digest{byte(i), 1}, Subject: strings.Repeat("s", i%7), Tenant: fmt.Sprint("t", i%3),
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

// TestBytesPerRecord: ten million records of a 13-byte subject fit in 1 GiB.
func TestBytesPerRecord(t *testing.T) {
	const subject = 13
	if bytes := float64(unsafe.Sizeof(entry{}))*slotsPerRecord + subject; bytes > float64(1<<30)/1e7 {
		t.Errorf("%.1f bytes per record", bytes)
	}
	if size := unsafe.Sizeof(entry{}); size != 64 {
		t.Errorf("an entry has %d bytes; a cache line has 64", size)
	}
}
