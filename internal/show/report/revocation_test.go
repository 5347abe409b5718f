package report

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"authbench/bench"
	"authbench/internal/judge/analysis"
)

// stale is an episode of ten revocations, of which the last one worked longest.
func stale(arm string, longest float64) analysis.Staleness {
	out := analysis.Staleness{Longest: longest, Episode: "revocation", Arm: arm, Replicas: 1, Revocations: 10, Works: make([]float64, 10), P95: analysis.Estimate{Value: longest, N: 10}}
	out.Works[9] = longest
	if out.AtOnce = 9; longest == 0 {
		out.AtOnce = 10
	}
	return out
}

// How long revoked credentials work stands in the first paragraph, and beside the gain in a
// table of its own.
func TestRevocations(t *testing.T) {
	s := &sample().Summary
	if text := strings.Join(revocations(s), " "); text != "" || len(revocationTableOf(s).Columns) != 0 {
		t.Errorf("a run without revocations says %q", text)
	}
	at, later := s.Arms[1].Name, s.Arms[2].Name
	s.Staleness = []analysis.Staleness{stale(at, 0), stale(later, 10_004_000)}
	s.Arms[2].Metrics[hitsMetric.name] = within(0.8, 0.79, 0.81)
	text := strings.ReplaceAll(wordsOf(s).Answer[0], "\u00a0", " ")
	if want := "Credentials that were taken back (10 for each arm) were all refused from the next request on with " + at + " (with 95 % confidence at most 26 % are not), and went on working for up to 10.0 s with " + later + "."; !strings.HasPrefix(text, want) {
		t.Errorf("the answer lacks %q:\n%s", want, text)
	}
	var out bytes.Buffer
	if err := Terminal(&out, s, TerminalOptions{Width: 200}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"refused at once", "9 of 10", "at once (at most 26 % later)", "10.0 s (or more)", "80.0 %"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the table lacks %q:\n%s", want, out.String())
		}
	}
}

// What still worked when nobody waited any longer is never given as measured: not in a
// sentence, and not in the table.
func TestStillWorks(t *testing.T) {
	s := &sample().Summary
	open, known := stale(s.Arms[1].Name, 15e6), stale(s.Arms[2].Name, 2e6)
	for i := range open.Works {
		open.Works[i] = 15e6
	}
	open.AtOnce, open.Longer, open.P50 = 0, 10, open.P95
	open.Event, known.Event = bench.RemoveKey, bench.RemoveKey
	s.Staleness = []analysis.Staleness{open, known}
	text := strings.ReplaceAll(strings.Join(revocations(s), " "), "\u00a0", " ")
	want := "Credentials whose key was removed (10 for each arm) went on working for up to 2.00 s with " + known.Arm + ", and still worked when nobody waited any longer: 10 of 10 after 15.0 s with " + open.Arm + "."
	if !strings.Contains(text, want) {
		t.Errorf("%s\nlacks %s", text, want)
	}
	some := open
	some.Longer, some.Works = 8, slices.Clone(open.Works)
	some.Works[0], some.Works[1] = 1e6, 4.85e6
	s.Staleness = []analysis.Staleness{some, known}
	if text := plain(strings.Join(revocations(s), " ")); !strings.Contains(text, "8 of 10 after 15.0 s with "+open.Arm+" (the other 2 stopped within 4.85 s)") {
		t.Error(text)
	}
	s.Staleness = []analysis.Staleness{open, known}
	var out bytes.Buffer
	if err := Terminal(&out, s, TerminalOptions{Width: 200}); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(out.String(), "longer than 15.0 s"); n != 3 {
		t.Errorf("the table says %d times that it was longer:\n%s", n, out.String())
	}
}

// Where there is a choice, the report names what stops a stolen credential soon at the least
// cost, and nothing that is too late.
func TestStopsSoon(t *testing.T) {
	s := &sample().Summary
	s.Staleness = nil
	for i := range s.Arms {
		longest := 2e6
		if i == 1 {
			longest = 11e6
		}
		s.Staleness = append(s.Staleness, stale(s.Arms[i].Name, longest))
	}
	text := strings.Join(revocations(s), " ")
	if !strings.Contains(text, "To stop a stolen credential within") || !strings.Contains(text, s.Arms[2].Name) {
		t.Errorf("%s", text)
	}
	if _, ways, _ := strings.Cut(text, "To stop"); strings.Contains(ways, s.Arms[1].Name) {
		t.Errorf("a way that takes 11 s is named: %s", ways)
	}
}

// In several episodes an arm's slower one counts, and the sentence says so.
func TestEpisodesTogether(t *testing.T) {
	s := &sample().Summary
	for _, episode := range []string{"worst", "typical"} {
		one := stale(s.Arms[1].Name, map[string]float64{"worst": 2e6, "typical": 1e6}[episode])
		one.Episode = episode
		s.Staleness = append(s.Staleness, one)
	}
	want := "(10 for each arm in each of the episodes worst and typical, of which the slower one counts) went on working for up to 2.00 s with "
	if text := plain(strings.Join(revocations(s), " ")); !strings.Contains(text, want) {
		t.Errorf("%s\nlacks %s", text, want)
	}
}

// Ways to stop a credential that are not told apart have no order, and each load has its own.
func TestCheapestWays(t *testing.T) {
	s := &sample().Summary
	for i := range s.Arms {
		s.Staleness = append(s.Staleness, stale(s.Arms[i].Name, 2e6))
		s.Arms[i].Loads[1].Metrics[cpuMetric.name] = within(100-float64(i), 90, 110)
		s.Arms[i].Loads[1].Ties[cpuMetric.name] = "a"
	}
	s.Arms[2].Loads[0].Ties[cpuMetric.name] = "b"
	text := plain(strings.Join(revocations(s), " "))
	for _, want := range []string{
		"by CPU per request at saturation, in rising order: none (9.10 µs); apikey and jwt-hs256 (10.6 – 17.0 µs, not told apart)",
		"at 9.25 k/s, in rising order: jwt-eddsa, jwt-rs256, jwt-hs256, apikey and none (96.0 – 100 µs, not told apart).",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%s\nlacks %s", text, want)
		}
	}
}

// What is left to choose from: under each load if they differ, and those apart whose servers
// authbench told.
func TestUnbeaten(t *testing.T) {
	front := func(load string, told []string, choices ...string) analysis.Front {
		return analysis.Front{Episode: "e", Load: load, Choices: choices, Told: told, Beaten: map[string]string{"x": choices[0]}}
	}
	for name, c := range map[string]struct {
		fronts []analysis.Front
		want   string
	}{
		"none":              {nil, ""},
		"one":               {[]analysis.Front{front("closed", nil, "a")}, "a beats all others here: it costs less, and refuses revoked credentials no later."},
		"two, at each load": {[]analysis.Front{front("closed", nil, "a", "b"), front("open", nil, "b", "a")}, "What is left to choose from is a and b: each of the others costs more than one of them, and refuses revoked credentials no sooner."},
		"each load another": {[]analysis.Front{front("closed", nil, "a"), front("open", nil, "b")},
			"What is left to choose from is a with costs at saturation; b with costs at 9.25 k/s: each of the others costs more than one of them there, and refuses revoked credentials no sooner."},
		"told": {[]analysis.Front{front("closed", []string{"m"}, "m", "a", "b")},
			"Of the arms whose servers hear of revocations in a way of their own, what is left to choose from is a and b: each of the others of these costs more than one of them, and refuses revoked credentials no sooner. Beside these stands m, if you see to it that news of a revocation reaches each of your servers in time."},
		"too many":      {[]analysis.Front{front("closed", nil, "a", "b", "c", "d", "e")}, ""},
		"not in each":   {[]analysis.Front{front("closed", nil, "a"), front("closed", nil, "b")}, ""},
		"nobody beaten": {[]analysis.Front{{Load: "closed", Choices: []string{"a", "b"}}}, ""},
	} {
		s := &sample().Summary
		s.Fronts = c.fronts
		if got := plain(unbeaten(s)); got != c.want {
			t.Errorf("%s: %s\nwant %s", name, got, c.want)
		}
	}
}

// Whose servers authbench tells itself, is not read as whose news travels at once.
func TestToldByUs(t *testing.T) {
	for _, c := range []struct {
		name     string
		facts    bench.Facts
		store    string
		replicas int
		event    bench.Event
		want     bool
	}{
		{"records in each server's memory", bench.Facts{Revocation: bench.RevokedByRecord}, "memory", 3, bench.Revoke, true},
		{"a list in each server", bench.Facts{Revocation: bench.RevokedByList}, "", 3, bench.Revoke, true},
		{"one server", bench.Facts{Revocation: bench.RevokedByRecord}, "memory", 1, bench.Revoke, false},
		{"records behind a connection", bench.Facts{Revocation: bench.RevokedByRecord}, "redis", 3, bench.Revoke, false},
		{"a key that the servers fetch", bench.Facts{Revocation: bench.RevokedByRecord}, "memory", 3, bench.RemoveKey, false},
		{"a cache that the issuer fills", bench.Facts{Revocation: bench.RevokedByIssuer}, "", 3, bench.Revoke, false},
	} {
		s := &sample().Summary
		s.Arms[1].Facts, s.Arms[1].Params = c.facts, map[string]any{"store": c.store}
		one := stale(s.Arms[1].Name, 2e6)
		one.Replicas, one.Event = c.replicas, c.event
		s.Staleness = []analysis.Staleness{one}
		if got := strings.Contains(strings.Join(revocations(s), " "), "authbench told each server of "+s.Arms[1].Name+" itself"); got != c.want {
			t.Errorf("%s: told by authbench: %v", c.name, got)
		}
	}
}

// A chart of shares begins with what was not refused at once, and what worked for longer than
// anybody waited never stops.
func TestShare(t *testing.T) {
	one := analysis.Staleness{Works: []float64{0, 0, 500, 2000, 2000}, Longer: 1}
	for at, want := range map[float64]float64{0: 0.6, 300: 0.6, 500: 0.4, 1999: 0.4, 2000: 0.2, 1e9: 0.2} {
		if got := *share(one, at); got != want {
			t.Errorf("after %v µs %v, want %v", at, got, want)
		}
	}
}
