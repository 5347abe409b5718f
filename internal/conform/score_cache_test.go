package conform

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"authbench/bench"
	"authbench/internal/method/all"
)

func TestScoreCache(t *testing.T) {
	cache := t.TempDir()
	t.Setenv("XDG_CACHE_HOME", cache)
	program := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(program, []byte("1"), 0o600); err != nil {
		t.Fatal(err)
	}
	catalogue, err := builtin(t).Select([]string{"TIME-05", "SIG-15", "CACHE-05"})
	if err != nil {
		t.Fatal(err)
	}
	stock := jwtMethod("HS256")
	stock.Params["policy"] = "stock"
	examined := 0
	score := func(arm bench.Arm) bench.Conformance {
		t.Helper()
		a := OpenScoreCache(NewHarness(all.Catalogue(), catalogue, 1), Programs{Main: program})
		c, err := a.Conformance(t.Context(), arm, func() { examined++ })
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	want := bench.Conformance{
		Arm: "a", Catalogue: catalogue.Digest, Failed: 2, Skipped: 1, FalseAccepts: 2,
		Failures: []bench.CaseFailure{
			{ID: "TIME-05", Title: "exp 0 or negative (falsy checks)", Impact: "privilege", Gating: true, Happened: `false accept: 200 as "user-1" (process and wire, sub-case 0)`, Proven: []string{"false accept (sub-case 0)"}},
			{ID: "SIG-15", Title: "unused low bits of the last base64url character of the signature set to 1", Impact: "respelling", Happened: `false accept: 200 as "user-1" (process and wire)`, Proven: []string{"false accept"}},
		},
	}
	if diff := cmp.Diff(want, score(bench.Arm{Name: "a", Method: stock})); diff != "" {
		t.Error(diff)
	}
	want.Arm = "b"
	if diff := cmp.Diff(want, score(bench.Arm{Name: "b", Method: stock})); diff != "" || examined != 1 {
		t.Errorf("examined %d times; %s", examined, diff)
	}
	if c := score(bench.Arm{Name: "c", Method: jwtMethod("HS256")}); examined != 2 || !c.Safe || c.Passed != 2 {
		t.Errorf("other parameters: examined %d times, %+v", examined, c)
	}
	if err := os.WriteFile(program, []byte("2"), 0o600); err != nil {
		t.Fatal(err)
	}
	if score(bench.Arm{Name: "a", Method: stock}); examined != 3 {
		t.Errorf("another program: examined %d times", examined)
	}
	kept, err := filepath.Glob(filepath.Join(cache, "authbench", "conformance", "*"))
	if err != nil || len(kept) != 3 {
		t.Fatalf("kept %v, %v", kept, err)
	}
	// The score of something else, at a place that it is not for.
	moved, err := os.ReadFile(kept[0])
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range kept[1:] {
		if err := os.WriteFile(file, moved, 0o600); err != nil {
			t.Fatal(err)
		}
		if c, ok := OpenScoreCache(NewHarness(all.Catalogue(), catalogue, 1), Programs{Main: program}).read(file); ok {
			t.Errorf("%+v is believed at another's place", c)
		}
	}
	for _, file := range kept { // cut off, as by a full disk
		if err := os.WriteFile(file, []byte(`{"passed":1`), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if score(bench.Arm{Name: "a", Method: stock}); examined != 4 {
		t.Errorf("a torn file: examined %d times", examined)
	}
	for name, arm := range map[string]bench.Arm{
		"no check":     {Name: "n", Method: bench.Method{ID: "none"}},
		"not built in": {Name: "u", Method: stock, Target: &bench.Target{URL: "http://127.0.0.1:1"}},
	} {
		if c := score(arm); c.Tested() || c.Unsafe() || c.Arm != arm.Name || examined != 4 {
			t.Errorf("%s: %+v", name, c)
		}
	}
	t.Setenv("XDG_CACHE_HOME", filepath.Join(program, "no-directory"))
	if c := score(bench.Arm{Name: "a", Method: stock}); examined != 5 || c.Failed != 2 {
		t.Errorf("without a cache: examined %d times, %+v", examined, c)
	}
}

// A gate compares what base and head are seen to do: what the machine may have brought
// about is not in it.
func TestProvenFaults(t *testing.T) {
	got := proven([]Failure{
		{Surface: Wire, SubCase: "none", Fault: falseAccept}, {Surface: Process, SubCase: "none", Fault: falseAccept}, {SubCase: "None", Fault: falseAccept},
		{Fault: serverError}, {Fault: echo}, {SubCase: "x", Fault: falseReject}, {SubCase: "x", Fault: wrongName}, {Fault: overLimit}, {Fault: outbound},
	})
	want := []string{"false accept (sub-case none)", "false accept (sub-case None)", "echo", "wrong identity (sub-case x)", "outbound"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
