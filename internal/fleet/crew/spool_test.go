package crew

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"authbench/internal/fleet/protocol"
	"authbench/internal/fleet/wire"
)

func TestMain(m *testing.M) {
	if directory := os.Getenv(coordinateVariable); directory != "" {
		if err := coordinateAlone(directory); err != nil {
			panic(err)
		}
		return
	}
	goleak.VerifyTestMain(m)
}

// shelf is a stream that fails now and then, or does not answer.
type shelf struct {
	mu     sync.Mutex // guards what follows
	fails  int
	closed bool
	got    []string
}

func (s *shelf) Delta(ctx context.Context, d protocol.Delta) error { return s.take(ctx, d.Data) }
func (s *shelf) Final(ctx context.Context, f protocol.Final) error { return s.take(ctx, f.Data) }

func (s *shelf) take(ctx context.Context, data string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || s.fails > 0 {
		s.fails--
		return errors.New("not now")
	}
	s.got = append(s.got, data[:min(len(data), 8)])
	return ctx.Err()
}

func delta(n int, data string) entry {
	return entry{Delta: &protocol.Delta{V: protocol.Version, N: n, Data: data}}
}

func final(data string) entry { return entry{Final: &protocol.Final{V: protocol.Version, Data: data}} }

func open(t *testing.T) (*Spool, chan struct{}) {
	t.Helper()
	done := make(chan struct{})
	s, err := openSpool(filepath.Join(t.TempDir(), "spool", "r-w1.jsonl"), func() { close(done) }, func(error, bool) {})
	if err != nil {
		t.Fatal(err)
	}
	return s, done
}

// All arrives, in order and once, whatever fails on the way; then nothing is left.
func TestSpoolDelivers(t *testing.T) {
	s, done := open(t)
	to := &shelf{fails: 2}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var delivering sync.WaitGroup
	delivering.Go(func() { s.deliver(ctx, to) })
	for n, data := range []string{"a", "b", "c"} {
		s.put(ctx, delta(n, data))
	}
	s.put(ctx, final("all"))
	<-done
	delivering.Wait()
	if got := strings.Join(to.got, " "); got != "a b c all" {
		t.Errorf("got %s", got)
	}
	if err := s.close(false); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(s.path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the file: %v", err)
	}
}

// A full spool holds up deltas, not the final, and nobody once the load has ended.
func TestSpoolIsBounded(t *testing.T) {
	s, _ := open(t)
	large := strings.Repeat("x", spoolBytes/2+1)
	s.put(t.Context(), delta(0, large))
	ctx, cancel := context.WithCancel(t.Context())
	put := make(chan struct{})
	go func() {
		s.put(ctx, delta(1, large))
		close(put)
	}()
	select {
	case <-put:
		t.Error("a full spool takes a delta")
	case <-time.After(100 * time.Millisecond):
	}
	s.put(t.Context(), final(large))
	cancel()
	<-put
	if err := s.close(true); err != nil {
		t.Fatal(err)
	}
	var kept []string
	if err := readSpool(s.path, func(m any) {
		switch m.(type) {
		case protocol.Delta:
			kept = append(kept, "delta")
		case protocol.Final:
			kept = append(kept, "final")
		}
	}); err != nil || strings.Join(kept, " ") != "delta final delta" {
		t.Errorf("kept %v, %v", kept, err)
	}
	if info, err := os.Stat(s.path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
}

// Errors are told once each, and once more when they last; one that no attempt mends lasts at once.
func TestTroubles(t *testing.T) {
	away, full := errors.New("no responders"), fmt.Errorf("%w: maximum bytes exceeded", wire.ErrRefused)
	began := time.Now()
	heard := troubles{told: map[string]bool{}}
	for i, c := range []struct {
		err         error
		at          time.Duration
		lasts, news bool
	}{
		{nil, 0, false, false},
		{away, time.Second, false, true},
		{away, 2 * time.Second, false, false},
		{errors.New("timeout"), 3 * time.Second, false, true},
		{nil, 4 * time.Second, false, false},
		{away, 5 * time.Second, false, false},
		{away, 5*time.Second + storePatience, false, false},
		{away, 6*time.Second + storePatience, true, true},
		{away, 7*time.Second + storePatience, true, false},
		{nil, 8*time.Second + storePatience, false, false},
		{full, 9*time.Second + storePatience, true, true},
		{full, 10*time.Second + storePatience, true, false},
	} {
		if lasts, news := heard.heard(c.err, began.Add(c.at)); news != c.news || lasts != c.lasts {
			t.Errorf("%d: %v lasts: %v, is news: %v", i, c.err, lasts, news)
		}
	}
	for i := range 2 * mostTroubles {
		heard.heard(fmt.Errorf("error %d", i), began)
	}
	if len(heard.told) > mostTroubles {
		t.Errorf("%d errors are kept", len(heard.told))
	}
}

// endsLate is a context that ends just after the first look at it, which says that it has not.
type endsLate struct {
	context.Context
	look sync.Once
	end  context.CancelFunc
}

func (e *endsLate) Err() error {
	err := e.Context.Err()
	e.look.Do(func() {
		e.end()
		time.Sleep(50 * time.Millisecond) // for who is told of the end
	})
	return err
}

// Who waits hears of the end, whenever it comes.
func TestSpoolHearsTheEnd(t *testing.T) {
	for name, waits := range map[string]func(context.Context, *Spool){
		"for an entry": func(ctx context.Context, s *Spool) { s.deliver(ctx, &shelf{}) },
		"for room": func(ctx context.Context, s *Spool) {
			s.bytes = spoolBytes
			s.put(ctx, delta(0, "x"))
		},
	} {
		s, _ := open(t)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			waits(&endsLate{Context: ctx, end: cancel}, s)
			close(done)
		}()
		select {
		case <-done:
		case <-time.After(time.Minute):
			t.Fatalf("who waits %s waits for ever", name)
		}
		if err := s.close(false); err != nil {
			t.Error(err)
		}
	}
}

// What was cut off with its worker is left out; what nobody wrote is an error.
func TestReadSpool(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	for text, want := range map[string]struct {
		entries int
		err     string
	}{
		"": {0, ""},
		`{"delta":{"v":1,"n":0,"data":"x"}}` + "\n" + `{"delta":{"v":1,"n`: {1, ""},
		`{"delta":{"v":1,"n":0,"data":"x"}}` + "\nnonsense\n":              {1, ":2: "},
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		n := 0
		err := readSpool(path, func(any) { n++ })
		if n != want.entries || (err == nil) != (want.err == "") || err != nil && !strings.Contains(err.Error(), want.err) {
			t.Errorf("%q: %d entries, %v", text, n, err)
		}
	}
	if _, err := openSpool(path, nil, nil); err == nil || !strings.Contains(err.Error(), "collect --spool") {
		t.Errorf("an old spool: %v", err)
	}
}
