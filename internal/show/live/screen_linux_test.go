package live

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/sys/unix"
)

// terminal is a pseudo-terminal, and what was written to it.
type terminal struct {
	master, slave *os.File
	mu            sync.Mutex
	written       strings.Builder // guarded by mu
	ended         sync.WaitGroup
}

func openTerminal(t *testing.T, width, height uint16) *terminal {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	term := &terminal{master: master}
	if err := unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	if term.slave, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0); err != nil {
		t.Fatal(err)
	}
	term.resize(t, width, height)
	term.ended.Go(func() {
		part := make([]byte, 4096)
		for {
			n, err := master.Read(part)
			if err != nil {
				return
			}
			term.mu.Lock()
			term.written.Write(part[:n])
			term.mu.Unlock()
		}
	})
	return term
}

func (term *terminal) resize(t *testing.T, width, height uint16) {
	t.Helper()
	if err := unix.IoctlSetWinsize(int(term.master.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Col: width, Row: height}); err != nil {
		t.Fatal(err)
	}
}

func (term *terminal) text() string {
	term.mu.Lock()
	defer term.mu.Unlock()
	return term.written.String()
}

// await waits until text is written, and returns what was written up to then.
func (term *terminal) await(t *testing.T, text string) string {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) {
		if all := term.text(); strings.Contains(all, text) {
			return all
		} else if time.Now().After(deadline) {
			t.Fatalf("%q is not on the terminal: %q", text, all)
		}
	}
}

// A run on a terminal: frames come, follow the window, and are gone in the end; the
// terminal is asked nothing and left as it was.
func TestScreen(t *testing.T) {
	defer goleak.VerifyNone(t)
	term := openTerminal(t, 80, 24)
	before, err := unix.IoctlGetTermios(int(term.slave.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	s := Open(term.slave, NewModel(scenario(), false))
	s.Show(progress(1, 1))
	term.await(t, "launch 1 of 10")
	s.Show(found(7))
	term.await(t, "7 launches; ")

	term.resize(t, 50, 20)
	if err := unix.Kill(os.Getpid(), unix.SIGWINCH); err != nil {
		t.Fatal(err)
	}
	for !strings.Contains(term.text(), "1/10") { // as it is worded where there is little room
		s.Show(progress(1, 2))
	}
	during, err := unix.IoctlGetTermios(int(term.slave.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	if *during != *before {
		t.Error("the terminal's mode is changed: Ctrl-C may be no signal any more")
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	term.slave.Close()
	term.ended.Wait() // which has read all by then
	term.master.Close()
	all := term.text()
	for name, mode := range map[string]string{"the other screen": "1049", "bracketed paste": "2004", "a hidden cursor": "25"} {
		on, off := strings.LastIndex(all, "\x1b[?"+mode+"h"), strings.LastIndex(all, "\x1b[?"+mode+"l")
		if left := on > off; left != (mode == "25") && on != off {
			t.Errorf("the terminal is left with %s", name)
		}
	}
	for _, query := range []string{"$p", "\x1b[c", "\x1b]11;?", "\x1b[6n"} {
		if strings.Contains(all, query) {
			t.Errorf("the terminal is asked %q, and would answer whoever reads next", query)
		}
	}
	_, after, left := strings.Cut(all, "\x1b[?1049l")
	if !left {
		t.Error("no other screen: frames are drawn over what was on the terminal")
	}
	if rest := strings.Trim(after, "\r\n"); strings.ContainsFunc(rest, func(r rune) bool { return r > 0x7f }) || strings.Contains(rest, "launch") {
		t.Errorf("something is left on the terminal: %q", after)
	}
	s.Show(progress(1, 3)) // which nobody sees
	if err := s.Close(); err != nil {
		t.Errorf("closed again: %v", err)
	}
}

// A terminal that is gone ends the view, and nothing waits for it.
func TestScreenOfNothing(t *testing.T) {
	defer goleak.VerifyNone(t)
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	read.Close()
	defer write.Close()
	s := Open(write, NewModel(scenario(), false))
	s.Show(progress(1, 1))
	if err := s.Close(); err == nil {
		t.Error("nobody is told that nothing was drawn")
	}
}
