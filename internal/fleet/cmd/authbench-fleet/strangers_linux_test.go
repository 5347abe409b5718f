package main

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// words are what a program says, and may be read meanwhile.
type words struct {
	mu   sync.Mutex // guards text
	text bytes.Buffer
}

func (w *words) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.Write(b)
}

func (w *words) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.String()
}

// party is a run by files on this machine.
type party struct {
	t                                *testing.T
	directory, this, program, server string
}

// start starts a program of it.
func (p party) start(path string, args ...string) (*exec.Cmd, *words) {
	p.t.Helper()
	c, said := exec.Command(path, args...), &words{}
	c.Env = append(os.Environ(), "AUTHBENCH_FLEET="+p.this, beMain+"=1", "TMPDIR="+p.directory)
	c.Stdout, c.Stderr = said, said
	if err := c.Start(); err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { _ = c.Process.Kill() })
	return c, said
}

// worker starts a worker with an invitation and a spool.
func (p party) worker(program, invitation, spool string) (*exec.Cmd, *words) {
	p.t.Helper()
	return p.start(program, "worker", "--invitation", filepath.Join(p.directory, invitation), "--spool", filepath.Join(p.directory, spool),
		"--allow-target", strings.TrimPrefix(p.server, "http://"))
}

// invite makes keys, for two workers.
func (p party) invite(listen, ttl, directory string) {
	p.t.Helper()
	if code, _, err := do(p.t, "invite", "-n", "2", "--listen", listen, "--ttl", ttl, "--out", filepath.Join(p.directory, directory)); code != 0 {
		p.t.Fatal(err)
	}
}

// forge writes an invitation that has some of another's members.
func (p party) forge(name, invitation, other string, members ...string) {
	p.t.Helper()
	read := func(path string) (out map[string]any) {
		text, err := os.ReadFile(filepath.Join(p.directory, path))
		if err == nil {
			err = json.Unmarshal(text, &out)
		}
		if err != nil {
			p.t.Fatal(err)
		}
		return out
	}
	forged, others := maps.Clone(read(invitation)), read(other)
	for _, m := range members {
		forged[m] = others[m]
	}
	text, err := json.Marshal(forged)
	if err == nil {
		err = os.WriteFile(filepath.Join(p.directory, name), text, 0o600)
	}
	if err != nil {
		p.t.Fatal(err)
	}
}

// Who does not belong to a run is told why. The run is whole without him: its own workers are
// waited for.
func TestFaultStrangers(t *testing.T) {
	t.Parallel() // it waits, more than it computes
	server, asked, _ := target(t)
	p := party{t: t, directory: t.TempDir(), server: server.URL}
	var err error
	if p.program, err = authbench(); err == nil {
		p.this, err = os.Executable()
	}
	if err != nil {
		t.Fatal(err)
	}
	listen := "127.0.0.1:" + freePort(t)
	p.invite(listen, "1h", "own")
	p.invite(listen, "1h", "foreign")
	p.invite(listen, "1ns", "old")
	p.forge("stolen.json", "own/w2.json", "foreign/w2.json", "seed")
	p.forge("forged.json", "foreign/w2.json", "own/w2.json", "server_key_sha256", "run")
	p.forge("renewed.json", "old/w2.json", "own/w2.json", "server_key_sha256", "run", "expires")
	other := filepath.Join(p.directory, "another-build")
	// By another process: what this one writes, it may not start while others are being started.
	if out, err := exec.Command("sh", "-c", `cp "$0" "$1" && printf x >> "$1"`, p.this, other).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}

	first, firstSaid := p.worker(p.this, "own/w1.json", "a") // before there is a coordinator
	load, said := p.start(p.program, "load", server.URL, "--workers", filepath.Join(p.directory, "own/coordinator.json"), "-c", "8", "--rate", "300", "-d", "2s", "-o", "json")
	await(t, "the first worker joins", func() bool { return strings.Contains(firstSaid.String(), "w1: waiting") })
	for _, c := range []struct {
		name, program, invitation string
		code                      int
		want                      string
	}{
		{"a second process", p.this, "own/w1.json", exitRuntime, "another process has joined with the invitation w1"},
		{"another build", other, "own/w2.json", exitRuntime, "it is of another build"},
		{"another run", p.this, "foreign/w2.json", exitRuntime, "another key than the invitation names"},
		{"another run's keys", p.this, "forged.json", exitRuntime, "does not know this invitation"},
		{"without the key", p.this, "stolen.json", exitRuntime, "does not know this invitation"},
		{"expired", p.this, "old/w2.json", exitUsage, "it expired at"},
		{"expired, with another date", p.this, "renewed.json", exitRuntime, "does not know this invitation"},
	} {
		stranger, says := p.worker(c.program, c.invitation, "strangers")
		if code := ends(t, stranger); code != c.code || !strings.Contains(says.String(), c.want) {
			t.Errorf("%s: exit %d, want %d with %q: %s", c.name, code, c.code, c.want, says)
		}
	}
	began := time.Now()
	second, secondSaid := p.worker(p.this, "own/w2.json", "a")
	if code := ends(t, load); code != 0 && code != 3 || asked.Load() < 450 {
		t.Errorf("exit %d after %d requests and %v: %s", code, asked.Load(), time.Since(began), said)
	}
	for w, said := range map[*exec.Cmd]*words{first: firstSaid, second: secondSaid} {
		if code := ends(t, w); code != 0 || !strings.Contains(said.String(), "loading") {
			t.Errorf("a worker: %d, %s", code, said)
		}
	}
	for _, spool := range []string{"a", "strangers"} {
		if left, _ := filepath.Glob(filepath.Join(p.directory, spool, "*")); len(left) > 0 {
			t.Errorf("left behind: %v", left)
		}
	}
}
