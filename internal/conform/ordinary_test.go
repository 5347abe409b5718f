package conform

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"authbench/bench"
	"authbench/examples/examplestest"
	"authbench/internal/measure/arms"
	"authbench/internal/measure/proc"
	"authbench/internal/method/all"
)

// ordinary is a server as people write them, with the library of its language and each
// default limit: a command that takes its port, and the name of a hole to have.
type ordinary struct {
	name  string
	words func(t *testing.T) []string
}

var ordinaries = []ordinary{
	{"node:http, jose", nodeServer},
	{"http.server, PyJWT", func(t *testing.T) []string { return pythonServer(t, "http.server", "jwt", "cryptography") }},
	{"uvicorn, PyJWT", func(t *testing.T) []string { return pythonServer(t, "uvicorn", "uvicorn", "jwt", "cryptography") }},
	{"net/http, golang-jwt", goServer},
}

// serversDir is where the servers' sources are.
func serversDir(t *testing.T, language string) string {
	t.Helper()
	dir, err := filepath.Abs(filepath.Join("testdata", "servers", language))
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func nodeServer(t *testing.T) []string {
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(serversDir(t, "node"))); err != nil {
		t.Fatal(err)
	}
	return []string{examplestest.Node(t, dir), filepath.Join(dir, "server.mjs"), "{port}"}
}

func pythonServer(t *testing.T, kind string, modules ...string) []string {
	return []string{examplestest.Python(t, modules...), filepath.Join(serversDir(t, "python"), "server.py"), kind, "{port}"}
}

func goServer(t *testing.T) []string {
	program := filepath.Join(t.TempDir(), "server")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", program, serversDir(t, "go"))
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return []string{program, "{port}"}
}

// examineOrdinary starts a server with a hole, "" for none, and examines it.
func examineOrdinary(t *testing.T, harness *Harness, starter *proc.Starter, words []string, hole string) *Score {
	t.Helper()
	a := bench.Arm{Name: "ordinary", Method: jwtMethod("RS256"), Target: &bench.Target{Command: slices.Clone(words)}}
	if hole != "" {
		a.Target.Command = append(a.Target.Command, hole)
	}
	a.Target.Ready.Timeout = bench.Duration(readyTime)
	score, err := harness.ScoreArm(t.Context(), a, func(ctx context.Context, a bench.Arm, material json.RawMessage) (bench.Address, func() error, error) {
		s, err := arms.Launch(ctx, a, material, arms.Config{Methods: all.Catalogue(), Starter: starter})
		if err != nil {
			return bench.Address{}, nil, err
		}
		return s.Addrs()[0], s.Stop, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return score
}

// readyTime is generous: interpreters start slowly on a busy machine.
const readyTime = time.Minute

// repetitions is how often a safe server is examined: a verdict that depends on luck
// would differ.
const repetitions = 10

// TestOrdinaryServers: servers that verify properly are safe, each time, and the same
// servers with a hole are unsafe, by the case that is about it.
func TestOrdinaryServers(t *testing.T) {
	t.Parallel()
	starter, err := proc.NewStarter()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := starter.Close(); err != nil {
			t.Error(err)
		}
	})
	harness := NewHarness(all.Catalogue(), builtin(t), 5)
	for _, o := range ordinaries {
		t.Run(o.name, func(t *testing.T) {
			t.Parallel()
			words := o.words(t)
			var first string
			for range repetitions {
				score := examineOrdinary(t, harness, starter, words, "")
				ids := fmt.Sprint(failedIDs(score, false))
				if first == "" {
					first = ids
				}
				if gating := failedIDs(score, true); !score.gate() || len(gating) > 0 || ids != first || score.gating().Passed < 50 {
					t.Fatalf("unsafe by %v, %s, failed %s, at first %s", gating, score.Undecided(), ids, first)
				}
			}
			for hole, id := range map[string]string{"none": "NONE-01", "exp": "TIME-01", "confusion": "CONF-01"} {
				score := examineOrdinary(t, harness, starter, words, hole)
				if gating := failedIDs(score, true); !score.Unsafe() || !slices.Contains(gating, id) {
					t.Errorf("hole %s: unsafe by %v; want %s among them", hole, gating, id)
				}
			}
		})
	}
}

// failedIDs are the cases that failed: all, or those that make a subject unsafe.
func failedIDs(s *Score, gating bool) []string {
	var out []string
	for _, v := range s.Failed() {
		if v.Gating() || !gating {
			out = append(out, v.Case.ID)
		}
	}
	return out
}
