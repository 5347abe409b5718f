package main

import (
	"fmt"
	"io"
	"os"
	"slices"
	"sync"
	"time"

	"golang.org/x/term"

	"authbench/bench"
	"authbench/internal/measure/proc"
	"authbench/internal/show/live"
	"authbench/internal/text/unit"
	"authbench/internal/text/usertext"
)

// progress shows the progress of a run: on a terminal a live line, or the whole screen if the
// run is watched; otherwise a line per launch.
type progress struct {
	out      io.Writer
	live     bool
	expected time.Duration // of the whole run, before anything is known
	shown    time.Time
	tenth    int        // of a server's records, last shown
	watch    *watch     // nil: not watched
	mu       sync.Mutex // guards the line; several examinations call note and examining
	// veil hides secrets in all that is shown.
	veil *bench.Veil
}

// redraw is how often the live line changes: often enough to look alive, seldom
// enough to cost nothing.
const redraw = 200 * time.Millisecond

// redrawWatched is the same for a run that is watched: the next visit waits 4 to 8 ms for each
// frame.
const redrawWatched = 500 * time.Millisecond

// newProgress returns a progress that is silent if quiet.
func newProgress(out io.Writer, quiet bool, expected time.Duration) *progress {
	if quiet {
		out = io.Discard
	}
	return &progress{out: out, live: isTerminal(out), expected: expected, veil: openVeil()}
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// note prints a line of its own.
func (p *progress) note(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clear()
	fmt.Fprintln(p.out, p.text(format, args...))
}

// text makes a line, and the program's output that it quotes, safe to show: it controls neither
// terminal nor workflow, and holds no secret.
func (p *progress) text(format string, args ...any) string {
	said, output := proc.CutOutput(p.veil.Text(fmt.Sprintf(format, args...)))
	return proc.Defuse(usertext.Clean(said) + usertext.CleanLines(output))
}

func (p *progress) clear() {
	if p.live {
		fmt.Fprint(p.out, "\r\x1b[K")
	}
}

// examining shows which method is attacked.
func (p *progress) examining(method string, done, total int) {
	if p.live {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.line("examining %s (%d of %d)", method, done+1, total)
	}
}

// minting shows how many arms have their credentials.
func (p *progress) minting(arm string, done, total int) {
	if p.live {
		p.line("minting credentials: %s (%d of %d arms)", arm, done, total)
	}
}

// loading shows how many of its records a server has loaded; without a live line, at every
// tenth of them.
func (p *progress) loading(arm string, done, total int) {
	if p.live {
		p.line("starting %s: %s of %s records loaded", arm, unit.Count(int64(done)), unit.Count(int64(total)))
		return
	}
	if tenth := done * 10 / total; tenth != p.tenth {
		p.tenth = tenth
		p.note("starting %s: %d %% of %s records loaded", arm, 100*done/total, unit.Count(int64(total)))
	}
}

// event shows one event of the runner.
func (p *progress) event(e bench.Progress) {
	e.Note = p.veil.Text(e.Note)
	e.Warnings = slices.Clone(e.Warnings)
	for i := range e.Warnings {
		e.Warnings[i].Text = p.veil.Text(e.Warnings[i].Text)
	}
	if p.watch != nil && p.watch.screen != nil {
		due := time.Since(p.shown) > redrawWatched
		if due {
			p.shown = time.Now()
		}
		p.watch.event(live.Progress{Progress: e, Left: p.left(e)}, due)
		return
	}
	for _, w := range e.Warnings {
		p.warn(w)
	}
	if e.Note != "" {
		p.note("%s", e.Note)
		return
	}
	if e.Ended && !p.live {
		p.note("%s done after %s, about %s left", launchName(e), e.Elapsed.Round(time.Second), p.left(e))
		return
	}
	if e.Episode != nil {
		if at := e.Episode; p.live {
			p.line("episode %s · %s (%d of %d) · %d of %d taken back, %d refused · about %s left",
				at.Name, e.Arm, at.Nth, at.Of, at.Ordered, at.Revocations, at.Refused, p.left(e))
		}
		return
	}
	if p.live && !e.Ended && time.Since(p.shown) > redraw {
		p.shown = time.Now()
		p.line("%s · %s · %s · %s of this launch · about %s left",
			launchName(e), e.Load, e.Arm, unit.Percent(float64(e.Done)/float64(max(e.Total, 1))), p.left(e))
	}
}

// line replaces the live line, which never quotes a program. It is cut to the terminal's width,
// because a wrapped line could not be erased.
func (p *progress) line(format string, args ...any) {
	text := []rune(p.text(format, args...))
	if f, ok := p.out.(*os.File); ok {
		if width, _, err := term.GetSize(int(f.Fd())); err == nil && len(text) >= width && width > 0 {
			text = text[:width-1]
		}
	}
	fmt.Fprintf(p.out, "\r\x1b[K%s", string(text))
}

// left estimates the time to go: from the launches done, or from the plan, and for episodes.
func (p *progress) left(e bench.Progress) time.Duration {
	done := float64(e.Launch-1) + float64(e.Done)/float64(max(e.Total, 1))
	if e.Ended {
		done = float64(e.Launch)
	}
	left := p.expected - e.Elapsed
	switch {
	case e.Episode != nil:
		left = e.Episodes
	case done >= 1:
		left = time.Duration(float64(e.Elapsed)/done*(float64(e.Launches)-done)) + e.Episodes
	}
	return max(left, 0).Round(time.Second)
}

func launchName(e bench.Progress) string {
	if e.Launch == 0 {
		return "calibration"
	}
	return fmt.Sprintf("launch %d of %d", e.Launch, e.Launches)
}

// warn prints a warning.
func (p *progress) warn(w bench.Warning) { p.note("%s: %s", warningHead(w), w.Text) }

// levelName is what a line on the terminal begins with.
func levelName(l bench.Level) string {
	return map[bench.Level]string{bench.Void: "invalid", bench.Suspicious: "warning", bench.Info: "note"}[l]
}

func warningHead(w bench.Warning) string {
	head := levelName(w.Level)
	if w.Arm != "" {
		head += " " + w.Arm
	}
	return head
}
