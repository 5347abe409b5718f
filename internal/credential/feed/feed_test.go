package feed

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"authbench/internal/credential/store"
)

// issuer is one as a feed sees it: a list, and what is wrong with it.
type issuer struct {
	mu    sync.Mutex // guards all below
	epoch string
	ids   []string
	fails error
	odd   func(Page) Page // what it tells instead; nil: the truth
	asked []time.Time
}

func (i *issuer) ask(_ context.Context, after Cursor) (Page, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.asked = append(i.asked, time.Now())
	if i.fails != nil {
		return Page{}, i.fails
	}
	from := after.Number
	if after.Epoch != i.epoch || from > len(i.ids) {
		from = 0
	}
	to := min(from+2, len(i.ids)) // two go into a page
	p := Page{IDs: i.ids[from:to], Next: Cursor{i.epoch, to}, More: to < len(i.ids)}
	if i.odd != nil {
		p = i.odd(p)
	}
	return readPage(encoded(p), after)
}

func encoded(p Page) []byte {
	ids := make([]string, len(p.IDs))
	for n, id := range p.IDs {
		ids[n] = fmt.Sprintf("%q", id)
	}
	return fmt.Appendf(nil, `{"ids":[%s],"next":%q,"more":%v}`, strings.Join(ids, ","), p.Next, p.More)
}

// times are when it was asked.
func (i *issuer) times() []time.Time {
	i.mu.Lock()
	defer i.mu.Unlock()
	return slices.Clone(i.asked)
}

// set changes it.
func (i *issuer) set(change func(i *issuer)) {
	i.mu.Lock()
	defer i.mu.Unlock()
	change(i)
}

// follower is a feed with its list, and the notices that it gave.
type follower struct {
	*Feed
	list    *store.Denylist
	mu      sync.Mutex // guards notices
	notices []string
}

func follow(t *testing.T, by func(*store.Denylist) way) *follower {
	t.Helper()
	list, err := store.NewDenylist(nil)
	if err != nil {
		t.Fatal(err)
	}
	f := &follower{list: list}
	f.Feed = start(by(list), notHeard("http://127.0.0.1:9/"), func() {})
	f.OnNotice(func(text string) {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.notices = append(f.notices, text)
	})
	return f
}

func (f *follower) said() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.notices
}

// expect compares whether the feed is current, and which ids are on the list.
func (f *follower) expect(t *testing.T, when string, current bool, ids ...string) {
	t.Helper()
	synctest.Wait()
	if f.Current() != current {
		t.Errorf("%s: current %v, want %v", when, f.Current(), current)
	}
	for _, id := range ids {
		if !f.list.Holds(id) {
			t.Errorf("%s: %s is not on the list", when, id)
		}
	}
}

const every = 10 * time.Second

// polled follows an issuer by polls.
func polled(t *testing.T, i *issuer) *follower {
	t.Helper()
	return follow(t, func(list *store.Denylist) way { return newPolls(i.ask, every, list) })
}

// TestPollsTakeWhatIsNew: the whole list before anything else, then once in each interval
// what is new, however many pages it has.
func TestPollsTakeWhatIsNew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i := &issuer{epoch: "a", ids: []string{"1", "2", "3", "4", "5"}}
		f := polled(t, i)
		f.expect(t, "at once", true, "1", "2", "3", "4", "5")
		if got := len(i.times()); got != 3 {
			t.Errorf("asked %d times for three pages", got)
		}
		i.set(func(i *issuer) { i.ids = append(i.ids, "6", "7", "8") })
		if f.list.Holds("6") {
			t.Error("it knows what it was not told")
		}
		time.Sleep(every)
		f.expect(t, "after an interval", true, "6", "7", "8")
		before := len(i.times())
		time.Sleep(100 * every)
		f.expect(t, "after a hundred more", true)
		if got := len(i.times()) - before; got != 100 {
			t.Errorf("asked %d times in a hundred intervals", got)
		}
		if err := f.Close(); err != nil || len(f.said()) != 0 {
			t.Errorf("%v, %q", err, f.said())
		}
	})
}

// TestPhasesDiffer: servers that begin together ask at different times, each in its own
// rhythm, which what a question takes does not shift.
func TestPhasesDiffer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		phases := map[time.Duration]bool{}
		for range 20 {
			i := &issuer{epoch: "a"}
			slow := func(ctx context.Context, after Cursor) (Page, error) {
				p, err := i.ask(ctx, after)
				time.Sleep(every / 3)
				return p, err
			}
			f := follow(t, func(list *store.Denylist) way { return newPolls(slow, every, list) })
			time.Sleep(5 * every)
			if err := f.Close(); err != nil {
				t.Error(err)
			}
			asked := i.times()
			first := asked[1].Sub(asked[0])
			if first <= every/3 || first > every+every/3 {
				t.Errorf("the second question comes after %v", first)
			}
			for n := 2; n < len(asked); n++ {
				if gap := asked[n].Sub(asked[n-1]); gap != every {
					t.Errorf("%v between two questions", gap)
				}
			}
			phases[first] = true
		}
		if len(phases) < 15 {
			t.Errorf("20 servers have %d phases", len(phases))
		}
	})
}

// TestLostFeed: the list is trusted until the bound, and again once it was taken. The
// operator is told once.
func TestLostFeed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i := &issuer{epoch: "a", ids: []string{"1"}}
		f := polled(t, i)
		time.Sleep(2 * every)
		synctest.Wait()
		asked := i.times()
		heard := asked[len(asked)-1]
		i.set(func(i *issuer) { i.fails = errors.New("it is down") })
		time.Sleep(time.Until(heard.Add(missedPolls*every + grace)))
		f.expect(t, "at the bound", true)
		time.Sleep(time.Nanosecond)
		f.expect(t, "beyond it", false)
		time.Sleep(10 * every)
		f.expect(t, "much later", false)
		if said := f.said(); len(said) != 1 || !strings.Contains(said[0], "it is down; after 31s without it no request is let in") {
			t.Errorf("the operator is told %q", said)
		}
		i.set(func(i *issuer) { i.fails, i.ids = nil, append(i.ids, "2", "3", "4") })
		time.Sleep(2 * retry)
		f.expect(t, "back again", true, "2", "3", "4")
		i.set(func(i *issuer) { i.fails = errors.New("it is down") })
		time.Sleep(2 * every)
		f.expect(t, "lost again", true)
		if len(f.said()) != 2 {
			t.Errorf("the operator is told %q", f.said())
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
}

// TestFeedThatWasNeverHeard is not current, from the beginning, and its server may start.
func TestFeedThatWasNeverHeard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i := &issuer{epoch: "a", fails: errors.New("it is down")}
		f := polled(t, i)
		f.expect(t, "at once", false)
		i.set(func(i *issuer) { i.fails = nil })
		time.Sleep(2 * retry)
		f.expect(t, "later", true)
		if err := f.Close(); err != nil || len(f.said()) != 1 {
			t.Errorf("%v, %q", err, f.said())
		}
	})
}

// TestOtherLife: an issuer that begins anew is followed from its beginning, and what was
// taken back before stays so.
func TestOtherLife(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i := &issuer{epoch: "a", ids: []string{"1", "2", "3"}}
		f := polled(t, i)
		i.set(func(i *issuer) { i.epoch, i.ids = "b", nil })
		time.Sleep(every)
		f.expect(t, "an empty list", true, "1", "2", "3")
		i.set(func(i *issuer) { i.ids = []string{"4", "5", "6", "7"} })
		time.Sleep(every)
		f.expect(t, "ids of the new life", true, "1", "2", "3", "4", "5", "6", "7")
		i.set(func(i *issuer) { i.ids = []string{"8"} }) // a list that was cut, of the same life
		time.Sleep(every)
		f.expect(t, "a shorter list", true, "8")
		if err := f.Close(); err != nil || len(f.said()) != 0 {
			t.Errorf("%v, %q", err, f.said())
		}
	})
}

// TestNonsense is not taken, however long the issuer tells it, and the list is taken anew
// afterwards: nothing that was left out meanwhile is missing.
func TestNonsense(t *testing.T) {
	for name, odd := range map[string]func(Page) Page{
		"ids left out":   func(p Page) Page { p.IDs = nil; return p },
		"an empty id":    func(p Page) Page { p.IDs = append(p.IDs[:len(p.IDs):len(p.IDs)], ""); p.Next.Number++; return p },
		"no end":         func(p Page) Page { return Page{Next: p.Next, More: true} },
		"no place":       func(p Page) Page { p.Next = Cursor{}; return p },
		"a wrong number": func(p Page) Page { p.Next.Number += 7; return p },
	} {
		synctest.Test(t, func(t *testing.T) {
			i := &issuer{epoch: "a", ids: []string{"1", "2", "3"}}
			f := polled(t, i)
			i.set(func(i *issuer) { i.ids, i.odd = append(i.ids, "4"), odd })
			time.Sleep(10 * every)
			f.expect(t, name, false)
			if len(f.said()) != 1 || strings.Contains(f.said()[0], "\"") {
				t.Errorf("%s: the operator is told %q", name, f.said())
			}
			i.set(func(i *issuer) { i.odd = nil })
			time.Sleep(every)
			f.expect(t, name+" no more", true, "1", "2", "3", "4")
			if err := f.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

// pipe is an issuer that pushes: what a test writes is what a feed reads.
type pipe struct {
	mu    sync.Mutex // guards all below
	out   *io.PipeWriter
	after []Cursor // with which it was opened
	fails error
}

func (s *pipe) open(ctx context.Context, after Cursor) (io.ReadCloser, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.after = append(s.after, after)
	if s.fails != nil {
		return nil, s.fails
	}
	in, out := io.Pipe()
	s.out = out
	context.AfterFunc(ctx, func() { _ = in.CloseWithError(ctx.Err()) })
	return in, nil
}

// end ends what is open.
func (s *pipe) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	_ = s.out.Close()
}

// write writes in pieces of a byte.
func (s *pipe) write(t *testing.T, text string) {
	t.Helper()
	synctest.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, b := range []byte(text) {
		if _, err := s.out.Write([]byte{b}); err != nil {
			t.Errorf("write %q: %v", text, err)
			return
		}
	}
}

func (s *pipe) opened() []Cursor {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.after
}

// pushed follows a stream whose first event is text.
func pushed(t *testing.T, s *pipe, text string) *follower {
	t.Helper()
	go func() {
		time.Sleep(time.Millisecond)
		s.write(t, text)
	}()
	return follow(t, func(list *store.Denylist) way { return newSubscription(stream{s.open}, list) })
}

// TestPushes: events count as soon as they are whole; heartbeats keep the list current, and
// their absence ends the stream, which is opened again behind the last event.
func TestPushes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &pipe{}
		f := pushed(t, s, "id: a-2\ndata: {\"ids\":[\"1\",\"2\"],\"next\":\"a-2\"}\n\n")
		f.expect(t, "at once", true, "1", "2")
		for range 10 {
			time.Sleep(2 * time.Second)
			s.write(t, ":\n\n")
		}
		f.expect(t, "with heartbeats", true)
		s.write(t, "id: a-3\ndata: {\"ids\":[\"3\"],\ndata: \"next\":\"a-3\"}\n")
		synctest.Wait()
		if f.list.Holds("3") {
			t.Error("an event counts before its end")
		}
		s.write(t, "\n")
		f.expect(t, "an event in two lines", true, "3")
		time.Sleep(Silence)
		f.expect(t, "silence at the bound", true)
		time.Sleep(time.Nanosecond)
		f.expect(t, "silence beyond it", false)
		time.Sleep(2 * retry)
		if got := s.opened(); len(got) != 2 || got[1] != (Cursor{"a", 3}) {
			t.Fatalf("opened with %v", got)
		}
		s.write(t, ":\n\n")
		f.expect(t, "a heartbeat before the first event", false)
		s.write(t, "id: a-5\ndata: {\"ids\":[\"4\",\"5\"],\"next\":\"a-5\",\"more\":true}\n\n:\n\n")
		f.expect(t, "a part of what was missed", false, "4", "5")
		s.write(t, "id: a-6\ndata: {\"ids\":[\"6\"],\"next\":\"a-6\"}\n\n")
		f.expect(t, "all of it", true, "6")
		if said := f.said(); len(said) != 1 || !strings.Contains(said[0], "has sent nothing for 3s; after 3s without it no request is let in") {
			t.Errorf("the operator is told %q", said)
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
}

// TestStreamsThatEnd, or say what is wrong, are opened again: behind the last event, or from
// the beginning if nobody knows what was left out.
func TestStreamsThatEnd(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		next Cursor
	}{
		"the end":                  {"", Cursor{"a", 1}},
		"the end within an event":  {"id: a-2\ndata: {\"ids\":[\"x\"],\"next\":\"a-2\"}\n", Cursor{"a", 1}},
		"ids left out":             {"id: a-9\ndata: {\"ids\":[\"x\"],\"next\":\"a-9\"}\n\n", Cursor{}},
		"an id of another place":   {"id: a-9\ndata: {\"ids\":[\"x\"],\"next\":\"a-2\"}\n\n", Cursor{}},
		"the id of the one before": {"data: {\"ids\":[\"x\"],\"next\":\"a-2\"}\n\n", Cursor{}},
		"an id that is a number":   {"id: a-2\ndata: {\"ids\":[7],\"next\":\"a-2\"}\n\n", Cursor{}},
		"garbage":                  {"data: <html>\n\n", Cursor{}},
		"another life":             {"id: b-1\ndata: {\"ids\":[\"y\"],\"next\":\"b-1\"}\n\n", Cursor{"b", 1}},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := &pipe{}
			f := pushed(t, s, "id: a-1\ndata: {\"ids\":[\"1\"],\"next\":\"a-1\"}\n\n")
			f.expect(t, name, true, "1")
			s.write(t, c.text)
			synctest.Wait()
			s.end()
			time.Sleep(2 * retry)
			synctest.Wait()
			if got := s.opened(); len(got) != 2 || got[1] != c.next {
				t.Errorf("%s: opened with %v, want %v", name, got, c.next)
			}
			if f.list.Holds("x") {
				t.Errorf("%s: what is wrong is taken", name)
			}
			if err := f.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}
