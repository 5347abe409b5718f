package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/prometheus/procfs"
	"github.com/redis/go-redis/v9"

	"authbench/bench"
	"authbench/internal/credential/store"
	"authbench/internal/measure/proc"
	"authbench/internal/measure/service"
	"authbench/internal/result"
)

// needStores skips a test that needs servers which are not installed; in CI that is
// a failure.
func needStores(t *testing.T) {
	t.Helper()
	for _, kind := range []store.Kind{store.Redis, store.Postgres} {
		switch why := service.Missing(kind); {
		case why == "":
		case os.Getenv("CI") == "true":
			t.Fatal(why)
		default:
			t.Skip(why)
		}
	}
}

// storeArms are arms with every store that is not memory.
const storeArms = `  - {name: bbolt, method: {id: apikey, store: bbolt}}
  - {name: redis, method: {id: apikey, store: redis, pool: 4}}
  - {name: postgres, method: {id: apikey, store: postgres, pool: 4}}
`

// storeServers returns the servers that a harness started, by the name of the
// program.
func (h *harness) storeServers() map[string]int {
	found := map[string]int{}
	for pid, stat := range descendants(h.t, h.Process.Pid) {
		line, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
		if err != nil {
			continue // gone meanwhile
		}
		switch {
		case stat.Comm == "redis-server" && !bytes.Contains(line, []byte(proc.SuperviseArg)):
			found["redis"] = pid
		case stat.Comm == "postgres" && bytes.Contains(line, []byte("config_file")): // the first of them
			found["postgres"] = pid
		}
	}
	return found
}

// A store that stands still is refused with 503 meanwhile. The run goes on, says so,
// and the store's arm serves again once it goes on.
func TestStoresFreeze(t *testing.T) {
	t.Parallel()
	needStores(t)
	dir := filepath.Join(t.TempDir(), "out")
	h := start(t, "run", tiny(t, storeArms), "--launches", "1000", "--out", dir)
	h.untilMeasured(dir)
	children := descendants(t, h.Process.Pid)
	servers := h.storeServers()
	if len(servers) != 2 {
		t.Fatalf("servers %v, want two", servers)
	}
	for name, pid := range servers {
		signalAll(t, pid, syscall.SIGSTOP)
		unavailable := regexp.MustCompile(`"arm":"` + name + `".*"503":`)
		until(t, name+" is refused", func() bool {
			text, _ := os.ReadFile(filepath.Join(dir, "result.jsonl"))
			return unavailable.Match(text)
		})
		signalAll(t, pid, syscall.SIGCONT)
	}
	h.untilLater(dir)
	if err := h.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if code := h.code(); code != "130" {
		t.Errorf("exit code %s, want 130\n%s", code, h.stderr.String())
	}
	untilGone(t, children)
	untilEmpty(t, h.tmp)
	run, err := result.Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	checkRefused(t, run)
	last := run.Launches[len(run.Launches)-1].Launch
	for _, s := range run.Slices {
		if refused := s.Statuses[bench.Valid][503]; s.Launch == last && refused > 0 {
			t.Errorf("arm %s: %d refused in the last launch", s.Arm, refused)
		}
	}
	summary := strings.Join(strings.Fields(h.stdout.String()), " ") // without its line breaks
	for _, name := range []string{"Redis", "PostgreSQL"} {
		if !regexp.MustCompile(name + `.* did not answer [^\[]* it was out for .*s in all, until lookups succeeded again`).MatchString(summary) {
			t.Errorf("the summary does not say that %s was out, and for how long:\n%s", name, h.stdout.String())
		}
	}
}

// untilLater waits until two more launches were measured from their beginning.
func (h *harness) untilLater(dir string) {
	h.t.Helper()
	launches := func() int {
		text, _ := os.ReadFile(filepath.Join(dir, "result.jsonl"))
		return bytes.Count(text, []byte(`{"kind":"launch"`))
	}
	before := launches()
	until(h.t, "two launches later", func() bool { return launches() > before+2 })
}

// signalAll sends a signal to a process and all below it: PostgreSQL has one for each
// connection.
func signalAll(t *testing.T, pid int, sig syscall.Signal) {
	t.Helper()
	for below := range descendants(t, pid) {
		_ = syscall.Kill(below, sig) // may be gone
	}
	if err := syscall.Kill(pid, sig); err != nil {
		t.Fatal(err)
	}
}

// checkRefused: a store that fails lets nobody in who must not be, and is refused
// with 503 and nothing else.
func checkRefused(t *testing.T, run *result.Run) {
	t.Helper()
	for _, s := range run.Slices {
		if s.FalseAccepts != 0 {
			t.Errorf("arm %s, launch %d: %d bad credentials let in", s.Arm, s.Launch, s.FalseAccepts)
		}
		for class, statuses := range s.Statuses {
			allowed := append(bench.DefaultExpect(class), 503)
			for status, n := range statuses {
				if !slices.Contains(allowed, status) {
					t.Errorf("arm %s, launch %d: %d %s credentials got %d", s.Arm, s.Launch, n, class, status)
				}
			}
		}
	}
}

// A store that is killed takes its own arm out of the run, with the reason.
func TestStoresDie(t *testing.T) {
	t.Parallel()
	needStores(t)
	dir := filepath.Join(t.TempDir(), "out")
	h := start(t, "run", tiny(t, storeArms), "--launches", "8", "--out", dir)
	h.untilMeasured(dir)
	children := descendants(t, h.Process.Pid)
	for name, pid := range h.storeServers() {
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		until(t, name+" is missed", func() bool {
			return regexp.MustCompile(name + `: the arm is left out from here on: .*killed`).MatchString(h.stderr.String())
		})
	}
	if code := h.code(); code != "1" && code != "3" { // 3 on a noisy machine
		t.Errorf("exit code %s, want 1\n%s", code, h.stderr.String())
	}
	untilGone(t, children)
	untilEmpty(t, h.tmp)
	run, err := result.Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	checkRefused(t, run)
	last := run.Launches[len(run.Launches)-1]
	if run.Footer == nil || run.Footer.Status != bench.Completed || last.Launch != 8 || len(last.Arms) != 3 {
		t.Errorf("the other arms did not go on: launch %+v, footer %+v", last, run.Footer)
	}
}

// A harness that is killed leaves no store, no file and no memory behind.
func TestKilledWithStores(t *testing.T) {
	t.Parallel()
	needStores(t)
	dir := filepath.Join(t.TempDir(), "out")
	h := start(t, "run", tiny(t, storeArms), "--launches", "1000", "--out", dir)
	h.untilMeasured(dir)
	children := descendants(t, h.Process.Pid)
	if segmentsOf(t, children) == 0 {
		t.Error("no process made a segment of shared memory")
	}
	if err := h.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-h.done
	untilGone(t, children)
	untilEmpty(t, h.tmp)
	until(t, "no segment of shared memory is left", func() bool { return segmentsOf(t, children) == 0 })
}

// segmentsOf counts the segments of shared memory that processes made.
func segmentsOf(t *testing.T, processes map[int]procfs.ProcStat) (n int) {
	t.Helper()
	text, err := os.ReadFile("/proc/sysvipc/shm")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		const creator = 4 // key, shmid, perms, size, cpid
		words := strings.Fields(line)
		if pid, err := strconv.Atoi(words[creator]); err == nil && processes[pid].PID == pid { // but for the heading
			n++
		}
	}
	return n
}

// The password of a user's own store is in nothing that a run leaves, and neither
// are its records in the store.
func TestStoreURLIsSecret(t *testing.T) {
	t.Parallel()
	needStores(t)
	starter, err := proc.NewStarter()
	if err != nil {
		t.Fatal(err)
	}
	defer starter.Close()
	backends := service.NewBackends(starter, "", nil)
	defer backends.Close()
	none := iter.Seq[[]store.Record](func(func([]store.Record) bool) {})
	theirs, err := backends.Put(t.Context(), store.Place{Kind: store.Redis}, "theirs", none)
	if err != nil {
		t.Fatal(err)
	}
	url := theirs.Place.URL
	password := strings.TrimPrefix(url[:strings.IndexByte(url, '@')], "redis://:")

	dir := filepath.Join(t.TempDir(), "out")
	arms := "  - {name: stored, method: {id: apikey, store: redis}}\n"
	h := start(t, "run", tiny(t, arms), "--set", "arms[stored].method.store_url="+url, "--out", dir)
	if code := h.code(); code != "0" && code != "3" { // 3 on a noisy machine
		t.Errorf("exit code %s\n%s", code, h.stderr.String())
	}
	everything := h.stdout.String() + h.stderr.String()
	everything += refusedURLs(t, arms, url)
	if err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			content, readErr := os.ReadFile(path)
			everything += string(content)
			err = readErr
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(everything, password) {
		t.Errorf("the output holds the password of the store")
	}
	if !strings.Contains(everything, "xxxxx@127.0.0.1") {
		t.Errorf("the result does not say which store was asked")
	}
	options, err := redis.ParseURL(url)
	if err != nil {
		t.Fatal(err)
	}
	client := redis.NewClient(options)
	defer client.Close()
	if n, err := client.DBSize(t.Context()).Result(); n != 0 || err != nil {
		t.Errorf("the store still holds %d keys (%v)", n, err)
	}
}

// refusedURLs runs with URLs that cannot work, and returns what was printed.
func refusedURLs(t *testing.T, arms, url string) string {
	t.Helper()
	wrong := start(t, "run", tiny(t, arms), "--set", "arms[stored].method.store_url="+strings.Replace(url, "@", "x@", 1))
	if code := wrong.code(); code != "4" || !strings.Contains(wrong.stderr.String(), "correct user and password") {
		t.Errorf("a wrong password: exit code %s\n%s", code, wrong.stderr.String())
	}
	foreign := start(t, "run", tiny(t, arms), "--set", "arms[stored].method.store_url="+strings.Replace(url, "127.0.0.1", "example.org", 1))
	if code := foreign.code(); code != "2" || !strings.Contains(foreign.stderr.String(), "this machine") {
		t.Errorf("a server elsewhere: exit code %s\n%s", code, foreign.stderr.String())
	}
	return wrong.stdout.String() + wrong.stderr.String() + foreign.stdout.String() + foreign.stderr.String()
}
