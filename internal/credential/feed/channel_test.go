package feed

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"authbench/internal/credential/store"
)

// broker passes on what a test publishes, to whoever listens at that moment.
type broker struct {
	mu     sync.Mutex // guards all below
	fails  error
	joined int
	heard  chan string // of the last who joined; nil: nobody listens
}

func (b *broker) join(context.Context) (listener, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.fails != nil {
		return nil, b.fails
	}
	b.joined++
	b.heard = make(chan string, 100)
	return &ear{b, b.heard}, nil
}

// ear is one who listens.
type ear struct {
	broker *broker
	in     <-chan string
}

func (e *ear) Next(ctx context.Context) (string, error) {
	select {
	case text, ok := <-e.in:
		if !ok {
			return "", errors.New("it is cut")
		}
		return text, nil
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

func (e *ear) Close() error {
	e.broker.mu.Lock()
	defer e.broker.mu.Unlock()
	if e.broker.heard == e.in {
		e.broker.heard = nil
	}
	return nil
}

// publish loses a text that nobody listens for.
func (b *broker) publish(text string) {
	synctest.Wait()
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.heard != nil {
		b.heard <- text
	}
}

// cut ends the connection of who listens, and lets nobody join if it fails.
func (b *broker) cut(fails error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.fails = fails; b.heard != nil {
		close(b.heard)
		b.heard = nil
	}
}

func (b *broker) times() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.joined
}

// listening follows an issuer over a channel.
func listening(t *testing.T, b *broker, i *issuer) *follower {
	t.Helper()
	return follow(t, func(list *store.Denylist) way { return newSubscription(channel{b.join, i.ask}, list) })
}

// told is a page of an issuer's list, as it is published.
func told(epoch string, number int, ids ...string) string {
	return string(encoded(Page{IDs: ids, Next: Cursor{epoch, number}}))
}

// TestChannel: what is published counts at once, and nothing is asked for; what nobody heard
// is asked for as soon as a number shows it; heartbeats keep the list current.
func TestChannel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, i := &broker{}, &issuer{epoch: "a", ids: []string{"1", "2", "3"}}
		f := listening(t, b, i)
		f.expect(t, "at once", true, "1", "2", "3")
		asked := len(i.times())
		for range 10 {
			time.Sleep(2 * time.Second)
			b.publish(told("a", 3))
		}
		f.expect(t, "with heartbeats", true)
		b.publish(told("a", 4, "4"))
		f.expect(t, "with an id", true, "4")
		b.publish(told("a", 6, "3", "4", "5", "6"))
		f.expect(t, "with a page that overlaps", true, "5", "6")
		if got := len(i.times()); got != asked {
			t.Errorf("it has asked %d times more, though it missed nothing", got-asked)
		}
		i.set(func(i *issuer) { i.ids = append(i.ids, "4", "5", "6", "7", "8") })
		b.publish(told("a", 8, "8"))
		f.expect(t, "with a page missed", true, "7", "8")
		i.set(func(i *issuer) { i.ids = append(i.ids, "9") })
		b.publish(told("a", 9))
		f.expect(t, "with a heartbeat behind what was missed", true, "9")
		i.set(func(i *issuer) { i.epoch, i.ids = "b", []string{"10"} })
		b.publish(told("b", 1))
		f.expect(t, "with another life", true, "1", "9", "10")
		if got := b.times(); got != 1 || len(f.said()) != 0 {
			t.Errorf("joined %d times, told %q", got, f.said())
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
}

// TestSilentChannel: who hears nothing, or only what is older than its list, joins and asks
// again; nobody is let in meanwhile if the issuer does not answer.
func TestSilentChannel(t *testing.T) {
	for name, noise := range map[string]string{"nothing": "", "old pages": told("a", 1, "1"), "old heartbeats": told("a", 2)} {
		synctest.Test(t, func(t *testing.T) {
			b, i := &broker{}, &issuer{epoch: "a", ids: []string{"1", "2", "3"}}
			f := listening(t, b, i)
			i.set(func(i *issuer) { i.fails = errors.New("it is down") })
			for range 6 {
				time.Sleep(Silence / 6)
				if noise != "" && b.times() == 1 {
					b.publish(noise)
				}
			}
			f.expect(t, name+" at the bound", true)
			time.Sleep(time.Nanosecond)
			f.expect(t, name+" beyond it", false)
			time.Sleep(10 * retry)
			f.expect(t, name+" later", false)
			if said := f.said(); len(said) != 2 || !strings.Contains(said[0], "has sent nothing for 3s; after 3s without it no request is let in") || !strings.Contains(said[1], "it is down") {
				t.Errorf("%s: the operator is told %q", name, said)
			}
			i.set(func(i *issuer) { i.fails, i.ids = nil, append(i.ids, "4") })
			time.Sleep(2 * retry)
			f.expect(t, name+", back again", true, "4")
			if err := f.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestLostChannel: who lost its connection has what it missed before it lets anybody in
// again; the operator is told of each loss once.
func TestLostChannel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, i := &broker{}, &issuer{epoch: "a", ids: []string{"1"}}
		f := listening(t, b, i)
		b.cut(nil)
		i.set(func(i *issuer) { i.ids = append(i.ids, "2") })
		time.Sleep(2 * retry)
		f.expect(t, "connected again", true, "2")
		b.cut(errors.New("nobody listens there"))
		i.set(func(i *issuer) { i.ids = append(i.ids, "3") })
		time.Sleep(2 * Silence)
		f.expect(t, "down", false)
		if f.list.Holds("3") {
			t.Error("it hears a channel that is down")
		}
		b.cut(nil)
		time.Sleep(2 * retry)
		f.expect(t, "up again", true, "3")
		if said := f.said(); len(said) != 3 || !strings.Contains(said[1], "the server of the channel: it is cut") || !strings.Contains(said[2], "the server of the channel: nobody listens there") {
			t.Errorf("the operator is told %q", said)
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
}

// TestGarbageOnTheChannel is not taken; the list is then taken anew from the issuer, who is
// right whatever was published.
func TestGarbageOnTheChannel(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		anew bool // it is noticed, and the list is taken from its beginning
	}{
		"garbage":              {"\x00}{", true},
		"nothing":              {"", true},
		"no place":             {`{"ids":["x"]}`, true},
		"an id that is none":   {`{"ids":["x",7],"next":"a-3"}`, true},
		"an empty id":          {`{"ids":["x",""],"next":"a-3"}`, true},
		"more ids than places": {`{"ids":["x","x"],"next":"a-1"}`, true},
		"more, but nothing":    {`{"ids":[],"next":"a-2","more":true}`, true},
		"what is too long":     {`{"ids":["x"],"next":"a-3"` + strings.Repeat(" ", largestPage) + "}", true},
		"ids from nowhere":     {told("a", 9, "x"), false},
		"an unknown life":      {told("z", 1, "x"), false},
	} {
		synctest.Test(t, func(t *testing.T) {
			b, i := &broker{}, &issuer{epoch: "a", ids: []string{"1", "2"}}
			f := listening(t, b, i)
			i.set(func(i *issuer) { i.ids = append(i.ids, "3") })
			b.publish(c.text)
			time.Sleep(2 * retry)
			f.expect(t, name, true, "1", "2", "3")
			if f.list.Holds("x") {
				t.Errorf("%s: it is taken", name)
			}
			if joined := b.times(); (joined == 2) != c.anew || (len(f.said()) == 1) != c.anew {
				t.Errorf("%s: joined %d times, told %q", name, joined, f.said())
			}
			if err := f.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestLongPublication: a list that comes in several pages is complete with the last of them.
func TestLongPublication(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, i := &broker{}, &issuer{epoch: "a"}
		f := listening(t, b, i)
		time.Sleep(Silence - time.Second)
		for n := range 3 {
			more := Page{IDs: []string{fmt.Sprint(n)}, Next: Cursor{"a", n + 1}, More: true}
			b.publish(string(encoded(more)))
			f.expect(t, "within", true, more.IDs...)
		}
		time.Sleep(time.Second + time.Nanosecond)
		f.expect(t, "a part", false)
		b.publish(told("a", 4, "3"))
		f.expect(t, "all", true, "3")
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
}
