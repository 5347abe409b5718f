package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// pseudoTerminal returns both ends of one.
func pseudoTerminal(t *testing.T, width, height uint16) (master, slave *os.File) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { master.Close() })
	unlocked := unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0)
	sized := unix.IoctlSetWinsize(int(master.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Col: width, Row: height})
	n, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	if unlocked != nil || sized != nil || err != nil {
		t.Fatal(unlocked, sized, err)
	}
	if slave, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0); err != nil {
		t.Fatal(err)
	}
	return master, slave
}

// On a terminal a run is shown with what it has found so far; Ctrl-C gives the terminal
// back and ends the run as it does elsewhere.
func TestRunOnATerminal(t *testing.T) {
	t.Parallel()
	master, slave := pseudoTerminal(t, 100, 30)
	dir := filepath.Join(t.TempDir(), "out")
	h := prepareIn(t, t.TempDir(), "run", tiny(t, ""), "--launches", "1000", "--out", dir)
	h.Stderr = slave
	h.Env = append(h.Env, "TERM=xterm")
	h.start()
	slave.Close()
	var shown lockedBuffer
	read := make(chan struct{})
	go func() {
		defer close(read)
		io.Copy(&shown, master) // until the program, the last that holds the other end, has ended
	}()
	until(t, "figures are shown", func() bool { return strings.Contains(shown.String(), "machine    ") })
	if err := h.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if code := h.code(); code != "130" {
		t.Errorf("exit code %s, want 130", code)
	}
	<-read
	_, after, left := strings.Cut(shown.String(), "\x1b[?1049l")
	if !left || !strings.Contains(after, "authbench: interrupted") || strings.Contains(after, "\x1b[?1049h") {
		t.Errorf("the terminal is not given back: %q", after)
	}
	if out := h.stdout.String(); !strings.Contains(out, "interrupted") || !strings.HasSuffix(strings.TrimSpace(out), dir) {
		t.Errorf("no summary of what was measured:\n%s", out)
	}
}

// A load test on a terminal is shown while it goes on, and leaves the terminal as it was;
// who asks for silence or for another form than text gets none.
func TestLoadOnATerminal(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		args, env []string
		watched   bool
		colours   bool
	}{
		{nil, nil, true, true},
		{[]string{"--no-color"}, nil, true, false},
		{nil, []string{"NO_COLOR=1"}, true, false},
		{[]string{"-q"}, nil, false, false},
		{[]string{"-o", "json"}, nil, false, false},
		{nil, []string{"TERM=dumb"}, false, false},
	} {
		t.Run(fmt.Sprint(c.args, c.env), func(t *testing.T) {
			t.Parallel()
			master, slave := pseudoTerminal(t, 80, 24)
			server := startServer(t, "plain", false)
			defer server.Close()
			h := prepareIn(t, t.TempDir(), append([]string{"load", server.URL, "-d", "2s", "-c", "2"}, c.args...)...)
			h.Stderr = slave
			h.Env = append(append(h.Env, "TERM=xterm"), c.env...)
			h.start()
			slave.Close()
			var shown lockedBuffer
			read := make(chan struct{})
			go func() {
				defer close(read)
				io.Copy(&shown, master)
			}()
			if code := h.code(); code != "0" && code != "3" { // on a noisy machine
				t.Errorf("exit code %s", code)
			}
			<-read
			text := shown.String()
			for _, figure := range []string{"throughput", "p50", "p99", "failed", "service time"} {
				if strings.Contains(text, figure) != c.watched {
					t.Errorf("shows %s: %v; want %v: %q", figure, !c.watched, c.watched, text)
				}
			}
			if strings.Contains(text, "\x1b[36m") != c.colours {
				t.Errorf("colours: %v, want %v: %q", !c.colours, c.colours, text)
			}
			if on, off := strings.Count(text, "\x1b[?1049h"), strings.Count(text, "\x1b[?1049l"); on != off || on > 0 != c.watched {
				t.Errorf("the other screen is opened %d times and left %d times", on, off)
			}
			if !strings.Contains(h.stdout.String(), "127.0.0.1") {
				t.Errorf("no report:\n%s", h.stdout.String())
			}
		})
	}
}
