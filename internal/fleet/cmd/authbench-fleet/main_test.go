package main

import (
	"bytes"
	"context"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

// beMain makes the test binary be the program itself.
const beMain = "AUTHBENCH_FLEET_TEST_BE_MAIN"

// built is the directory with the main program; "" if no test has built it.
var built string

func TestMain(m *testing.M) {
	if os.Getenv(beMain) != "" {
		main()
		return
	}
	// These tests wait for processes and for timeouts more than they compute.
	if err := flag.Set("test.parallel", "6"); err != nil {
		panic(err)
	}
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		os.RemoveAll(built)
		os.Exit(code)
	}))
}

// do runs the program within the test.
func do(t testing.TB, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, err bytes.Buffer
	code = run(context.Background(), args, strings.NewReader(""), &out, &err)
	return code, out.String(), err.String()
}

// What is wrong with a command line is said with its remedy.
func TestMistakes(t *testing.T) {
	dir := t.TempDir()
	if code, out, err := do(t, "invite", "-n", "2", "--out", dir); code != 0 || !strings.Contains(out, "2 invitations") {
		t.Fatalf("%d: %s%s", code, out, err)
	}
	if code, out, err := do(t, "invite", "-n", "1", "--ttl", "1ns", "--out", dir+"/old"); code != 0 {
		t.Fatalf("%d: %s%s", code, out, err)
	}
	for _, c := range []struct{ args, want string }{
		{"invite", "-n 0: write how many workers"},
		{"invite -n 9999", "1 to 2500"},
		{"invite -n 2 --ttl -1h", "--ttl -1h0m0s"},
		{"invite -n 2 --listen 10.0.0.1", "HOST:PORT"},
		{"invite -n 2 --listen 0.0.0.0:7422", "nobody can connect to 0.0.0.0:7422"},
		{"invite -n 2 --listen [::]:7422", "nobody can connect to [::]:7422"},
		{"invite -n 2 --out " + dir, "choose another directory"},
		{"invite -n 2 --nats nats://127.0.0.1:4222 --signing-key k", "is not tls://HOST:PORT"},
		{"invite -n 2 --nats tls://127.0.0.1 --signing-key k", "is not tls://HOST:PORT"},
		{"invite -n 2 --nats tls://a:b@127.0.0.1:4222 --signing-key k", "is not tls://HOST:PORT"},
		{"invite -n 2 --nats tls://127.0.0.1:4222,tls:// --signing-key k", "is not tls://HOST:PORT"},
		{"invite -n 2 --nats tls://127.0.0.1:4222", "--nats needs --signing-key"},
		{"invite -n 2 --nats tls://127.0.0.1:4222 --signing-key " + dir + "/none", "no such file"},
		{"invite -n 2 --nats tls://127.0.0.1:4222 --signing-key " + dir + "/w1.json", "begins with SA"},
		{"invite -n 2 --nats tls://127.0.0.1:4222 --signing-key k --account load", "begins with A"},
		{"invite -n 2 --nats tls://127.0.0.1:4222 --signing-key k --replicas 0", "--replicas 0: write how many"},
		{"invite -n 2 --nats tls://127.0.0.1:4222 --signing-key k --ca " + dir + "/none", "--ca: open"},
		{"invite -n 2 --nats tls://127.0.0.1:4222 --signing-key k --ca " + dir + "/w1.json", "it has no certificate"},
		{"invite -n 2 --nats tls://127.0.0.1:4222 --signing-key k --listen 10.0.0.1:7422", "--listen has no meaning"},
		{"invite -n 2 --signing-key k", "--signing-key has no meaning"},
		{"invite -n 2 --replicas 3", "--replicas has no meaning"},
		{"worker", "--invitation names the file"},
		{"worker --invitation " + dir + "/none.json", "no such file"},
		{"worker --invitation " + dir + "/coordinator.json", "unknown field"},
		{"worker --invitation " + dir + "/w1.json --allow-target 10.0.0.1", "write a network and a port"},
		{"worker --invitation " + dir + "/w1.json --max-rate -3", "--max-rate -3"},
		{"worker --rate 3", "unknown flag"},
		{"coordinate", "either --local or --charter"},
		{"coordinate --local 1000", "at most 256"},
		{"coordinate --charter " + dir + "/w1.json", "unknown field"},
		{"coordinate --charter " + dir + "/old/coordinator.json", "it expired at"},
		{"worker --invitation " + dir + "/old/w1.json", "it expired at"},
		{"collect", "accepts 1 arg"},
		{"collect " + dir + " -o xml", "choose from text, json"},
	} {
		code, _, err := do(t, strings.Fields(c.args)...)
		if code == 0 || !strings.Contains(err, c.want) || strings.Count(err, "\n") != 1 {
			t.Errorf("%s: %d, %q; want %q", c.args, code, err, c.want)
		}
	}
}

// Invitations are for their owner alone, and each is another one.
func TestInvite(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "fleet")
	if code, _, err := do(t, "invite", "-n", "3", "--listen", "127.0.0.1:7422", "--address", "fleet.example:7422", "--out", dir); code != 0 {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, name := range []string{"coordinator.json", "w1.json", "w2.json", "w3.json"} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", name, info, err)
		}
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || !strings.Contains(string(text), `"tls://fleet.example:7422"`) || seen[string(text)] {
			t.Errorf("%s: %v", name, err)
		}
		seen[string(text)] = true
	}
	if text, err := os.ReadFile(filepath.Join(dir, "coordinator.json")); err != nil || strings.Count(string(text), `"seed"`) != 1 {
		t.Errorf("the coordinator has keys of others: %v", err)
	}
}
