package main

import (
	"testing"
	"time"

	"authbench/bench"
)

// Times, rates and counts are taken as people type them for other tools.
func TestQuantityFlags(t *testing.T) {
	var d time.Duration
	for text, want := range map[string]time.Duration{
		"10": 10 * time.Second, "0.5": 500 * time.Millisecond, ".5": 500 * time.Millisecond, "10s": 10 * time.Second, "1m30s": 90 * time.Second, "1m": time.Minute,
		"250ms": 250 * time.Millisecond, "1.5h": 90 * time.Minute, "0": 0, "-5": -5 * time.Second, "2min": 2 * time.Minute,
	} {
		if err := (duration{&d}).Set(text); err != nil || d != want {
			t.Errorf("%q: %v, %v; want %v", text, d, err, want)
		}
	}
	var r float64
	for text, want := range map[string]float64{"2000": 2000, "5k": 5000, "1.5M": 1.5e6, "600/1m": 10, "100/s": 100, "1e3": 1000} {
		if err := (rate{&r}).Set(text); err != nil || r != want {
			t.Errorf("%q: %v, %v; want %v", text, r, err, want)
		}
	}
	var n int64
	for text, want := range map[string]int64{"300": 300, "10k": 10_000, "1e6": 1_000_000, "1M": 1_000_000} {
		if err := (count{&n}).Set(text); err != nil || n != want {
			t.Errorf("%q: %v, %v; want %v", text, n, err, want)
		}
	}
	var s bench.Statuses
	if err := (statuses{&s}).Set("2xx, 302, 999"); err != nil || s.String() != "2xx,302,999" {
		t.Errorf("statuses %v, %v", s, err)
	}
}

// What cannot be read leaves the value as it was.
func TestBadQuantityFlags(t *testing.T) {
	d, r, n, s := time.Second, 1.0, int64(1), bench.Statuses{200}
	for _, text := range []string{"", "10x", "s", "1e999", "NaN", "inf", "0x10", "1e30s", "ten", "5k"} {
		if err := (duration{&d}).Set(text); err == nil {
			t.Errorf("%q is %v", text, d)
		}
	}
	for _, text := range []string{"", "fast", "10ms", "10/", "1e999", "NaN"} {
		if err := (rate{&r}).Set(text); err == nil {
			t.Errorf("%q is %v", text, r)
		}
	}
	for _, text := range []string{"", "1.5", "10s", "5%", "1e300"} {
		if err := (count{&n}).Set(text); err == nil {
			t.Errorf("%q is %v", text, n)
		}
	}
	if err := (statuses{&s}).Set("ok"); err == nil {
		t.Error("ok is a status")
	}
	if d != time.Second || r != 1 || n != 1 {
		t.Errorf("%v, %v, %v", d, r, n)
	}
}
