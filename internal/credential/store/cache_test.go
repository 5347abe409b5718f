package store

import (
	"testing"
	"time"
)

// testKey is a key.
type testKey [2]byte

func TestCacheForgetsInTime(t *testing.T) {
	c, err := NewCache[testKey, string](10)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Unix(1_700_000_000, 5)
	c.Put(testKey{1}, "one", now.Add(time.Second))
	for _, step := range []struct {
		key  testKey
		at   time.Duration
		want bool
	}{
		{testKey{1}, 0, true},
		{testKey{1}, time.Second - 1, true},
		{testKey{1}, time.Second, false},
		{testKey{1}, time.Hour, false},
		{testKey{2}, 0, false},
	} {
		if got, ok := c.Get(step.key, now.Add(step.at)); ok != step.want || ok && got != "one" {
			t.Errorf("key %d after %v: %q, %v", step.key[0], step.at, got, ok)
		}
	}
	c.Put(testKey{1}, "again", now.Add(time.Minute))
	if got, ok := c.Get(testKey{1}, now.Add(time.Second)); !ok || got != "again" {
		t.Errorf("put again: %q, %v", got, ok)
	}
}

func TestCacheIsBounded(t *testing.T) {
	const size = 100
	c, err := NewCache[testKey, int](size)
	if err != nil {
		t.Fatal(err)
	}
	until := time.Unix(1_800_000_000, 0)
	for i := range 50 * size {
		c.Put(testKey{byte(i), byte(i >> 8)}, i, until)
	}
	c.entries.CleanUp() // what other goroutines would do presently
	if n := c.entries.EstimatedSize(); n > size || n < size/2 {
		t.Errorf("%d entries in a cache of %d", n, size)
	}
}

func TestCacheHitAllocatesNothing(t *testing.T) {
	c, err := NewCache[testKey, string](10)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Unix(1_700_000_000, 0)
	c.Put(testKey{1}, "one", now.Add(time.Second))
	if n := testing.AllocsPerRun(100, func() {
		if _, ok := c.Get(testKey{1}, now); !ok {
			t.Fatal("a miss")
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestCacheOfNoSize(t *testing.T) {
	if _, err := NewCache[testKey, int](-1); err == nil {
		t.Error("there is a cache")
	}
}
