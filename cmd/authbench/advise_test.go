package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"authbench/bench"
	"authbench/internal/judge/advice"
	"authbench/internal/judge/analysis"
)

// Each command of an advice can be copied into a shell: a run is planned as it stands
// there, an advice is given, and an examination begins.
func TestAdviceCommandsWork(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	publishIn(t, dir)
	results, err := filepath.Glob("../../results/published/*-quick")
	if err != nil || len(results) == 0 {
		t.Fatalf("no published run of quick (%v)", err)
	}
	newest := results[len(results)-1] // named by date
	run, err := readResult(newest)
	if err != nil {
		t.Fatal(err)
	}
	lag := 10 * time.Second
	share := 0.2
	ran := map[string]bool{}
	for name, change := range map[string]func(*analysis.Summary, *advice.Need){
		"not examined": func(s *analysis.Summary, _ *advice.Need) { s.Arms[1].Conformance = nil },
		"not to be examined": func(s *analysis.Summary, _ *advice.Need) {
			s.Arms[1].Conformance = &bench.Conformance{Untested: "its requests are not plain GETs"}
		},
		"replicas": func(_ *analysis.Summary, n *advice.Need) {
			n.Rate, n.Clients, n.BadShare, n.StoreRoundTrip, n.RevocationLag, n.Replicas = 1234.5, 500, &share, &lag, &lag, 4
			n.TokenLifetime, n.P99, n.CoreHour = time.Hour, time.Second, 0.04
		},
		"no open load": func(s *analysis.Summary, n *advice.Need) {
			n.P99 = time.Second
			for i := range s.Arms {
				s.Arms[i].Loads = s.Arms[i].Loads[:1]
			}
		},
		"too few": func(s *analysis.Summary, n *advice.Need) {
			n.P99 = time.Second
			delete(s.Arms[1].Loads[1].Metrics, "response_p99_us")
		},
		"too slow": func(s *analysis.Summary, n *advice.Need) {
			n.P99 = time.Second
			s.Arms[1].Loads[1] = analysis.Load{Name: "open", Kind: bench.Open}
		},
		"undecided": func(s *analysis.Summary, n *advice.Need) {
			n.P99 = time.Duration(s.Arms[1].Loads[1].Metrics["response_p99_us"].Value * 1e3)
		},
	} {
		a, err := analysis.Analyze(run)
		if err != nil {
			t.Fatal(err)
		}
		n := advice.Need{Rate: 5000, Replicas: 1, TokenLifetime: advice.DefaultTokenLifetime}
		change(&a.Summary, &n)
		found, err := advice.Advise(&a.Summary, n, strings.TrimPrefix(filepath.ToSlash(newest), "../../"))
		if err != nil {
			t.Fatal(err)
		}
		if len(found.Gaps) == 0 {
			t.Errorf("%s: nothing is open", name)
		}
		for _, g := range found.Gaps {
			for _, w := range g.Ways {
				runAdvised(t, dir, w.Command)
				ran[strings.Join(strings.Fields(w.Command)[:2], " ")] = true
			}
		}
	}
	if len(ran) != 3 {
		t.Errorf("not every kind of command ran: %v", ran)
	}
}

// runAdvised runs a command through a shell, but for what takes minutes of it.
func runAdvised(t *testing.T, dir, command string) {
	t.Helper()
	binary, err := filepath.Abs(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	words, ours := strings.CutPrefix(command, "authbench ")
	switch verb, _, _ := strings.Cut(words, " "); verb {
	case "run":
		words += " --dry-run"
	case "verify":
		words += " --case NONE-03"
	case "advise":
	default:
		ours = false
	}
	if !ours {
		t.Fatalf("nobody knows how to try %q", command)
	}
	c := exec.Command("sh", "-c", "exec "+binary+" "+words)
	c.Dir = dir
	if out, err := c.CombinedOutput(); err != nil {
		t.Errorf("%s: %v\n%s", command, err, out)
	}
}
