package result

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"authbench/bench"
)

// sample is a run with one record of each kind.
func sample() *Run {
	zipf := 0.99
	return &Run{
		Header: bench.Header{
			Kind: bench.KindHeader, Version: bench.FormatVersion, Seed: 1<<63 + 1, DigestKey: new(bench.Veil).ID(),
			Scenario: bench.Scenario{Name: "quick", Population: bench.Population{Zipf: &zipf}},
		},
		Conformance: []bench.Conformance{
			{Kind: bench.KindConformance, Arm: "none", Untested: "it checks no credential"},
			{Kind: bench.KindConformance, Arm: "jwt", Catalogue: "ab", Passed: 3, Failed: 1, FalseAccepts: 1,
				Failures: []bench.CaseFailure{{ID: "T-01", Title: "a test", Impact: "forgery", Gating: true}}},
		},
		Calibrations: []bench.Calibration{{Kind: bench.KindCalibration, Arm: "none", Capacity: 1e5}},
		Slices: []bench.Slice{{
			Kind: bench.KindSlice, Arm: "none", Load: "open", Launch: 1, Attempt: 1, Counts: true,
			Statuses: map[bench.Class]map[int]int64{bench.Valid: {200: 7}},
			Valid:    bench.Latencies{Response: "aGlzdA=="},
		}},
		Launches: []bench.Launch{{Kind: bench.KindLaunch, Launch: 1, Arms: []bench.ArmLaunch{{Arm: "none", Counters: &bench.Counters{Requests: 7}}}}},
		Episodes: []bench.EpisodeRecord{{
			Kind: bench.KindEpisode, Episode: "worst", Arm: "none", Replicas: 3,
			Revocations: []bench.Revocation{{Credential: 4, Ordered: 1, Acknowledged: 2, Accepted: 3, Refused: 4, Probes: 5}},
			Load:        bench.EpisodeLoad{Rate: 10, Sent: 3, Step: 5, Parts: []bench.Part{{Sent: 3, Response: "aGlzdA=="}}},
		}},
		Warnings: []bench.Warning{{Kind: bench.KindWarning, Code: "steal", Level: bench.Suspicious, Text: "noisy"}},
		Footer:   &bench.Footer{Kind: bench.KindFooter, Status: bench.Completed, Length: 5},
	}
}

// write stores a run in a new directory and returns it.
func write(t *testing.T, run *Run) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "deep", "run")
	w, err := Create(dir, new(bench.Veil))
	if err != nil {
		t.Fatal(err)
	}
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	check(w.Header(run.Header))
	for _, c := range run.Conformance {
		check(w.Conformance(c))
	}
	check(w.Calibration(run.Calibrations[0]))
	check(w.Slice(run.Slices[0]))
	check(w.Launch(run.Launches[0]))
	check(w.Episode(run.Episodes[0]))
	check(w.Warning(run.Warnings[0]))
	check(w.Close(*run.Footer))
	return dir
}

func TestRoundTrip(t *testing.T) {
	want := sample()
	got, err := Read(write(t, want))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("a run changed on its way through the file (-wrote +read):\n%s", diff)
	}
}

func TestNeverOverwrites(t *testing.T) {
	dir := write(t, sample())
	_, err := Create(dir, new(bench.Veil))
	if err == nil || !strings.Contains(err.Error(), "--out") {
		t.Errorf("Create over a result: %v; want a refusal that names --out", err)
	}
}

// A run may be killed at any byte: every prefix of the file that holds the whole
// header must be readable, and hold exactly the records that are whole.
func TestEveryPrefixIsReadable(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(write(t, sample()), FileName))
	if err != nil {
		t.Fatal(err)
	}
	header := bytes.IndexByte(text, '\n') + 1
	for cut := range len(text) {
		run, err := Parse("x", bytes.NewReader(text[:cut]))
		if cut < header {
			if err == nil {
				t.Fatalf("cut at %d, inside the header: no error", cut)
			}
			continue
		}
		if err != nil {
			t.Fatalf("cut at %d: %v", cut, err)
		}
		whole := bytes.Count(text[:cut], []byte("}\n"))
		got := min(whole, 2) + len(run.Conformance) + len(run.Calibrations) + len(run.Slices) + len(run.Launches) + len(run.Episodes) + len(run.Warnings)
		if got != whole || run.Footer != nil {
			t.Fatalf("cut at %d: %d records read of %d whole ones, footer %v", cut, got, whole, run.Footer)
		}
	}
}

func TestReadRefuses(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"empty":          {"", "cut off before it began"},
		"newer version":  {`{"kind":"header","version":99}` + "\n", "format version 99"},
		"no header":      {`{"kind":"slice"}` + "\n", "header must stand first"},
		"no version":     {`{"kind":"header","version":2}` + "\n", "damaged"},
		"no checksum":    {`{"kind":"header","version":2}` + "\n" + `{"kind":"header","version":2}` + "\n", "damaged"},
		"second header":  {`{"kind":"header","version":1}` + "\n" + `{"kind":"header","version":1}` + "\n", "x:2: "},
		"unknown kind":   {`{"kind":"header","version":1}` + "\n" + `{"kind":"spice"}` + "\n", `unknown kind of record "spice"`},
		"not JSON":       {`{"kind":"header","version":1}` + "\n" + "oops\n", "x:2: not a record"},
		"endless a line": {strings.Repeat("x", maxLine+1<<17), "longer than"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Parse("x", strings.NewReader(c.text))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v; want an error with %q", err, c.want)
			}
		})
	}
}

// Format 1, which has no checksums and one header, is read as before.
func TestReadsFormat1(t *testing.T) {
	run, err := Parse("x", strings.NewReader(`{"kind":"header","version":1,"seed":7}`+"\n"+`{"kind":"slice","arm":"a"}`+"\n"))
	if err != nil || run.Header.Seed != 7 || len(run.Slices) != 1 || run.Damaged != nil {
		t.Errorf("%+v, %v", run, err)
	}
}

// An arm's only revocation, as it was written before there were episodes, is one.
func TestReadsRevocations(t *testing.T) {
	run, err := Parse("x", strings.NewReader(`{"kind":"header","version":1,"scenario":{"revocation":true}}`+"\n"+`{"kind":"revocation","arm":"a","accepted_ns":5,"refused_ns":9,"probes":3,"failed":"x"}`+"\n"))
	if err != nil || len(run.Episodes) != 1 {
		t.Fatalf("%+v, %v", run, err)
	}
	e := run.Episodes[0]
	if want := (bench.Revocation{Accepted: 5, Refused: 9, Probes: 3, Failed: "x"}); e.Arm != "a" || e.Replicas != 1 || len(e.Revocations) != 1 || e.Revocations[0] != want {
		t.Errorf("%+v", e)
	}
}

// One flipped bit, wherever it is, costs one record at the most (two if it joins or
// splits lines), is named, and leaves the rest as it was written.
func TestOneFlippedBit(t *testing.T) {
	want := sample()
	text, err := os.ReadFile(filepath.Join(write(t, want), FileName))
	if err != nil {
		t.Fatal(err)
	}
	count := func(r *Run) int {
		n := len(r.Conformance) + len(r.Calibrations) + len(r.Slices) + len(r.Launches) + len(r.Warnings)
		if r.Footer != nil {
			n++
		}
		return n
	}
	for at := range text {
		bits := []int{at % 8} // each byte's in turn, and all of a line's end
		if text[at] == '\n' {
			bits = []int{0, 1, 2, 3, 4, 5, 6, 7}
		}
		for _, bit := range bits {
			flipped := bytes.Clone(text)
			flipped[at] ^= 1 << bit
			run, err := Parse("x", bytes.NewReader(flipped))
			if err != nil {
				t.Fatalf("bit %d of byte %d: %v", bit, at, err)
			}
			if diff := cmp.Diff(want.Header, run.Header); diff != "" {
				t.Fatalf("bit %d of byte %d: another header:\n%s", bit, at, diff)
			}
			torn := at == len(text)-1 // the last line's end: a run that was cut off
			if lost := count(want) - count(run); lost > 2 || len(run.Damaged) == 0 && !torn {
				t.Fatalf("bit %d of byte %d: %d records lost, damaged lines %v", bit, at, lost, run.Damaged)
			}
			for _, s := range run.Slices {
				if diff := cmp.Diff(want.Slices[0], s); diff != "" {
					t.Fatalf("bit %d of byte %d: another slice:\n%s", bit, at, diff)
				}
			}
		}
	}
}

// Without the header and its copy nothing can be understood.
func TestBothHeadersDamaged(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(write(t, sample()), FileName))
	if err != nil {
		t.Fatal(err)
	}
	second := bytes.IndexByte(text, '\n') + 1
	text[20] ^= 1
	text[second+20] ^= 1
	if _, err := Parse("x", bytes.NewReader(text)); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("got %v", err)
	}
}

func TestReadNamesAMissingFile(t *testing.T) {
	_, err := Read(t.TempDir())
	if err == nil || !strings.Contains(err.Error(), FileName) {
		t.Errorf("got %v; want an error that names %s", err, FileName)
	}
}

// A full disk takes the first half of a line. The writer takes it back, so that
// the footer that follows is a line of its own. /dev/full cannot show it (it
// takes nothing), so the test tears the file itself.
func TestAFailedWriteIsTakenBack(t *testing.T) {
	dir := t.TempDir()
	w, err := Create(dir, new(bench.Veil))
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Header(sample().Header); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, FileName)
	good := w.file
	readOnly, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	w.file = readOnly // every write fails
	if err := w.Slice(sample().Slices[0]); err == nil {
		t.Fatal("a failed write gave no error")
	}
	if err := readOnly.Close(); err != nil {
		t.Fatal(err)
	}
	w.file = good
	if err := w.Close(bench.Footer{Status: bench.Failed, Reason: "disk full"}); err != nil {
		t.Fatal(err)
	}
	run, err := Read(dir)
	if err != nil || run.Footer == nil || run.Footer.Reason != "disk full" || len(run.Slices) != 0 {
		t.Errorf("got %+v, %v; want the header and the footer", run, err)
	}
}

func TestDiscardLeavesNothing(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	w, err := Create(dir, new(bench.Veil))
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Discard(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("the directory is still there (%v)", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"kind":"header","version":1}` + "\n" + `{"kind":"slice","arm":"a"}` + "\n{"))
	f.Add(append(append(seal([]byte(`{"kind":"header","version":2}`)), '\n'), seal([]byte(`{"kind":"header","version":2}`))...))
	f.Add([]byte(`{"kind":"header","version":1,"scenario":{"loads":[{"timeout":"5s"}]}}` + "\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		run, err := Parse("x", bytes.NewReader(text))
		if (run == nil) == (err == nil) {
			t.Errorf("run %v and error %v", run, err)
		}
	})
}
