package live

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	tea "charm.land/bubbletea/v2"
)

const (
	// framesPerSecond is how often bubbletea looks for a new frame while it may. It decides
	// how long [Screen.Show] waits: 4 ms on average.
	framesPerSecond = 120
	// patience is how long [Screen.Show] waits for a frame: a frame that equals the last one
	// is never drawn.
	patience = 3 * time.Second / framesPerSecond
)

// Screen draws a model on a terminal. It is safe for concurrent use.
type Screen struct {
	program *tea.Program
	pane    *heldTerminal
	ended   chan error

	mu     sync.Mutex // guards what follows, and orders frames
	closed bool
	failed error
}

// Shown is what a screen draws: a [Model] or a [LoadModel].
type Shown = tea.Model

// Open starts to draw m on a terminal. [Screen.Close] ends it.
func Open(terminal *os.File, m Shown) *Screen {
	s := &Screen{pane: &heldTerminal{File: terminal, drawn: make(chan struct{}, 1)}, ended: make(chan error, 1)}
	s.program = tea.NewProgram(m, tea.WithOutput(s.pane), tea.WithInput(nil), tea.WithoutSignalHandler(), tea.WithFPS(framesPerSecond))
	go func() {
		_, err := s.program.Run()
		s.ended <- err
	}()
	return s
}

// noChange is a message that changes nothing.
type noChange struct{}

// Show draws what a message changes, and returns when that is done. Then nothing is drawn until
// the next call, not even after a change of the window's size.
func (s *Screen) Show(msg tea.Msg) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	s.pane.release()
	s.program.Send(msg)
	s.program.Send(noChange{}) // taken when the frame of the first is ready to be drawn
	s.pane.hold()
	select {
	case <-s.pane.drawn:
	case <-time.After(patience):
	}
}

// Close restores the terminal; further calls do nothing. The error says that frames could not be
// drawn.
func (s *Screen) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return s.failed
	}
	s.closed = true
	s.pane.release()
	s.program.Quit()
	if err := errors.Join(<-s.ended, s.pane.failed); err != nil {
		s.failed = fmt.Errorf("draw the run on the terminal: %w", err)
	}
	return s.failed
}

// heldTerminal is the terminal as a writer that can make its caller wait. While bubbletea's renderer waits,
// it neither draws nor checks whether it should. A check takes 140 µs, and would disturb a slice.
type heldTerminal struct {
	*os.File
	drawn chan struct{} // tells that a frame was written
	// failed is the first error of a write, which bubbletea does not report. Only bubbletea
	// may access it until bubbletea has ended.
	failed error

	mu     sync.Mutex
	resume chan struct{} // guarded by mu; nil: writers are not held, else closed when they go on
}

// Write implements [io.Writer].
func (p *heldTerminal) Write(b []byte) (int, error) {
	n, err := p.File.Write(b)
	if p.failed == nil {
		p.failed = err
	}
	p.mu.Lock()
	resume := p.resume
	p.mu.Unlock()
	select {
	case p.drawn <- struct{}{}:
	default:
	}
	if resume != nil {
		<-resume
	}
	return n, err
}

// hold holds the next writer.
func (p *heldTerminal) hold() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.resume = make(chan struct{})
}

// release lets the writer go on, and forgets what was drawn.
func (p *heldTerminal) release() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.resume != nil {
		close(p.resume)
		p.resume = nil
	}
	select {
	case <-p.drawn:
	default:
	}
}
