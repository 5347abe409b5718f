package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Whatever command a path is given to, one that is wrong ends it with the same code, and
// the message names it. Each command that takes a path, and each flag, is tried.
func TestWrongPathsAreUsageErrors(t *testing.T) {
	dir := t.TempDir()
	missing, file := filepath.Join(dir, "missing"), filepath.Join(dir, "file")
	if err := os.WriteFile(file, []byte("nothing that any command reads\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	tried := map[string]bool{}
	for what, args := range map[string][]string{
		"run":                  {"run", missing + ".yaml"},
		"run --out":            {"run", "gate", "--out", file + "/below"},
		"run --signing":        {"run", ownServer(t), "--signing", missing},
		"load --credentials":   {"load", "http://127.0.0.1:1/", "--credentials", missing},
		"load --hgrm":          {"load", "http://127.0.0.1:1/", "--hgrm", missing + "/below"},
		"load --hlog":          {"load", "http://127.0.0.1:1/", "--hlog", file + "/below"},
		"load --html":          {"load", "http://127.0.0.1:1/", "--html", missing + "/below"},
		"load --body":          {"load", "http://127.0.0.1:1/", "--body", "@" + missing},
		"report":               {"report", missing},
		"compare":              {"compare", published, missing},
		"pool":                 {"pool", published, missing},
		"advise":               {"advise", missing, "--rps", "1"},
		"gate":                 {"gate", "--base", "./missing", "gate"},
		"gate --out":           {"gate", "--base", "env true", "--head", "env true", "--out", file + "/below"},
		"target --keys":        {"target", "--method", "apikey", "--keys", missing},
		"mint --out":           {"mint", "--method", "apikey", "-n", "1", "--out", file + "/below"},
		"verify":               {"verify", missing + ".yaml"},
		"verify --attacks":     {"verify", "--attacks", missing},
		"verify --signing":     {"verify", "--url", "http://127.0.0.1:1/", "--signing", missing},
		"verify --credentials": {"verify", "--url", "http://127.0.0.1:1/", "--credentials", missing},
		"serve":                {"serve", missing},
		"history":              {"history", "quick", "--in", missing},
		"history --in":         {"history", "--in", missing},
	} {
		tried[what] = true
		var stdout, stderr bytes.Buffer
		if code := run(args, strings.NewReader(""), &stdout, &stderr); code != exitUsage {
			t.Errorf("%v ends with %d, want %d:\n%s", args, code, exitUsage, stderr.String())
		}
		if text := stderr.String(); !strings.Contains(text, "missing") && !strings.Contains(text, "file") || stdout.Len() > 0 {
			t.Errorf("%v says %q on standard output, and\n%s", args, stdout.String(), text)
		}
	}
	for _, what := range takers(rootCommand()) {
		if !tried[what] {
			t.Errorf("%q takes a path, and no wrong one is tried", what)
		}
	}
}

// What is there and is no result is as wrong.
func TestFilesThatAreNoResultsAreUsageErrors(t *testing.T) {
	file := filepath.Join(t.TempDir(), "result.jsonl")
	if err := os.WriteFile(file, []byte("no record\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"report", filepath.Dir(file)}, {"compare", file, published}, {"pool", published, file}, {"advise", file, "--rps", "1"}} {
		var stdout, stderr bytes.Buffer
		if code := run(args, strings.NewReader(""), &stdout, &stderr); code != exitUsage || !strings.Contains(stderr.String(), "result.jsonl:1: ") {
			t.Errorf("%v ends with %d:\n%s", args, code, stderr.String())
		}
	}
}

// ownServer is the path of a scenario with a server that runs already.
func ownServer(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "own.yaml")
	text := "question: Any?\nbaseline: none\narms:\n  - {name: none, method: {id: none}}\n  - {name: own, method: {id: jwt, alg: EdDSA}, target: {url: \"http://127.0.0.1:1/\"}}\n"
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// takers are the commands whose argument is a path, by what the shell completes for them,
// and the flags whose value is one, as "command --flag".
func takers(root *cobra.Command) []string {
	var out []string
	for _, c := range root.Commands() {
		if _, scenario := scenarioArguments[c.Name()]; scenario || slices.Contains(directoryArguments, c.Name()) {
			out = append(out, c.Name())
		}
		c.Flags().VisitAll(func(f *pflag.Flag) {
			value, usage := pflag.UnquoteUsage(f)
			if value == "file" || value == "directory" || strings.Contains(usage, "write into this directory") {
				out = append(out, c.Name()+" --"+f.Name)
			}
		})
	}
	return out
}
