package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"authbench/internal/golden"
)

const sample = `goos: linux
cpu: A Processor
BenchmarkPrimitive/alg=HS256-2                                             	 10	  400.0 ns/op	 0 B/op	 0 allocs/op
BenchmarkPrimitive/alg=RS256/bits=2048-2                                   	 10	 30000 ns/op	 9 B/op	 9 allocs/op
BenchmarkVerify/method=none-2                                              	 10	    2 ns/op	 0 B/op	 0 allocs/op
BenchmarkVerify/method=carry/as=RS256-2                                    	 10	    9 ns/op	 0 B/op	 0 allocs/op
BenchmarkVerify/method=jwt/alg=HS256/engine=golang-jwt/policy=hardened-2   	 10	 6000 ns/op	 1 B/op	40 allocs/op
BenchmarkVerify/method=jwt/alg=HS256/engine=golang-jwt/policy=stock-2      	 10	 5000 ns/op	 1 B/op	50 allocs/op
BenchmarkVerify/method=jwt/alg=HS256/engine=lean/policy=hardened-2         	 10	 1000 ns/op	 0 B/op	 0 allocs/op
BenchmarkVerify/method=jwt/alg=HS256/engine=lean/policy=hardened-2         	 10	 1200 ns/op	 0 B/op	 0 allocs/op
BenchmarkVerify/method=jwt/alg=HS256/engine=jwx/policy=hardened            	 10	20000 ns/op	 0 B/op	99 allocs/op
BenchmarkVerify/method=jwt/alg=HS256/engine=jwx/policy=stock               	 10	30000 ns/op	 0 B/op	99 allocs/op
BenchmarkVerify/method=jwt/alg=ML-DSA-44/engine=lean/policy=hardened       	 10	90000 ns/op	 0 B/op	 0 allocs/op
PASS
`

func TestTable(t *testing.T) {
	var out, errs bytes.Buffer
	if code := run(strings.NewReader(sample), &out, &errs); code != 0 {
		t.Fatalf("exit code %d: %s", code, &errs)
	}
	want := `| algorithm | cryptography alone | lean | golang-jwt | golang-jwt, stock | jwx | go-jose |
| :-- | --: | --: | --: | --: | --: | --: |
| HS256 | 400 ns, 0 | 1.00 µs, 0 | 6.00 µs, 40 | 5.00 µs, 50 | 20.0 µs, 99 | – |
| RS256, 2048 bits | 30.0 µs, 9 | – | – | – | – | – |
| ML-DSA-44 | – | 90.0 µs, 0 | – | – | – | – |

Time and allocations of one verification, the fastest of 1 rounds, on A Processor.
`
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", &out, want)
	}
}

func TestNoTable(t *testing.T) {
	for input, want := range map[string]string{
		"": "make micro",
		"BenchmarkVerify/method=none-2 10 2 ns/op 0 B/op 0 allocs/op\n":                          "make micro",
		"\nBenchmarkPrimitive/alg=HS256-2 10 400 ns/op\n":                                        "line 2: there is no figure in allocs/op",
		"BenchmarkPrimitive/alg=HS256-2 10 many ns/op 0 B/op 0 allocs/op\n":                      "line 1: strconv",
		"BenchmarkPrimitive/alg=HS256-2 10 400 ns/op 0 allocs/op\n" + strings.Repeat("x", 1<<20): "too long",
	} {
		var out, errs bytes.Buffer
		if code := run(strings.NewReader(input), &out, &errs); code != 2 || !strings.Contains(errs.String(), want) || out.Len() > 0 {
			t.Errorf("%.80q: exit code %d, %q, want %q", input, code, errs.String(), want)
		}
	}
}

// The table in docs is the one of the newest published benchmarks.
func TestDocsShowThePublishedBenchmarks(t *testing.T) {
	published, err := filepath.Glob("../../../../results/published/*-micro/micro.txt")
	if err != nil || len(published) == 0 {
		t.Fatalf("no benchmarks are published (%v)", err)
	}
	input, err := os.Open(published[len(published)-1]) // named by date
	if err != nil {
		t.Fatal(err)
	}
	defer input.Close()
	m, err := read(input)
	if err != nil {
		t.Fatal(err)
	}
	golden.EqualBlock(t, "../../../../docs/verification-cost.md", "micro", m.markdown())
}
