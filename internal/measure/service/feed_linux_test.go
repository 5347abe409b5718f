package service

import (
	"context"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"authbench/internal/credential/feed"
	"authbench/internal/credential/store"
	"authbench/internal/measure/issuer"
	"authbench/internal/method"
)

// published is an issuer that publishes its feed in a real Redis server, and one who follows.
type published struct {
	host    *issuer.Host
	realm   *issuer.Realm
	channel store.Place
	list    *store.Denylist
	feed    *feed.Feed

	mu   sync.Mutex // guards told
	told []string
}

// publish has an issuer publish in a server, and somebody follow it.
func publish(t *testing.T, in *server) *published {
	t.Helper()
	p := &published{channel: store.Place{Kind: store.Redis, URL: in.url, Space: "authbench_" + randomName()}}
	var err error
	if p.host, err = issuer.Local(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.host.Close(); err != nil {
			t.Error(err)
		}
	})
	p.realm, err = p.host.Open(issuer.Spec{
		Client: issuer.Client{ID: "server", Secret: "secret"}, Feed: &issuer.Feed{Denied: []string{"1"}, Channel: &p.channel},
	})
	if err != nil {
		t.Fatal(err)
	}
	at := p.realm.Places(method.Needs{Feed: true, Channel: store.Redis}, method.Places{})
	if p.list, err = store.NewDenylist(nil); err != nil {
		t.Fatal(err)
	}
	if p.feed, err = feed.Listen(*at.Feed, *at.Channel, p.list); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.feed.Close(); err != nil {
			t.Error(err)
		}
	})
	p.feed.OnNotice(func(text string) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.told = append(p.told, text)
	})
	if !p.list.Holds("1") || !p.feed.Current() {
		t.Fatalf("it begins without the list, and says %q", p.told)
	}
	return p
}

func (p *published) deny(t *testing.T, id string) {
	t.Helper()
	if err := p.realm.Deny(id); err != nil {
		t.Fatal(err)
	}
}

// eventually waits for a state.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !is(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("it does not come about: %s", what)
		}
	}
}

func (p *published) holds(t *testing.T, id string) {
	t.Helper()
	eventually(t, id+" is on the list", func() bool { return p.list.Holds(id) })
}

// counters are the issuer's.
func (p *published) counters(t *testing.T) issuer.Counters {
	t.Helper()
	c, err := p.realm.Counters()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// lost waits until nobody is let in, and for why the operator is told so.
func (p *published) lost(t *testing.T, why string) {
	t.Helper()
	eventually(t, "the feed is lost", func() bool { return !p.feed.Current() })
	eventually(t, "the operator is told: "+why, func() bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		return strings.Contains(strings.Join(p.told, "\n"), why)
	})
}

// back waits until the feed is current again, which it is with all that was taken back.
func (p *published) back(t *testing.T, ids ...string) {
	t.Helper()
	eventually(t, "the feed is back", p.feed.Current)
	for _, id := range ids {
		if !p.list.Holds(id) {
			t.Errorf("it is current without %s", id)
		}
	}
}

// TestFeedInRedis: what the issuer publishes is heard by all who listen, and asked for by
// nobody, until one misses something: for a connection that is cut, for a page that was
// published elsewhere, or for another life of the issuer.
func TestFeedInRedis(t *testing.T) {
	t.Parallel()
	need(t, store.Redis)
	server := launch(t, programs()[store.Redis], store.Redis, starter(t), 0)
	p := publish(t, server)
	asked := p.counters(t).Polls
	p.deny(t, "2")
	p.holds(t, "2")
	if c := p.counters(t); c.Polls != asked || c.Events != 1 || c.Subscribers != 0 {
		t.Errorf("an id that was published: %+v", c)
	}
	withRedis(t, p.channel, func(ctx context.Context, c *redis.Client) error {
		return c.ClientKillByFilter(ctx, "TYPE", "pubsub").Err()
	})
	p.deny(t, "3")
	p.holds(t, "3")
	if err := p.realm.Break("revocations/events", issuer.Fault{Kind: issuer.Silent}); err != nil {
		t.Fatal(err)
	}
	p.deny(t, "4")
	p.lost(t, "the issuer has sent nothing for 3s")
	if err := p.realm.Break("", issuer.Fault{}); err != nil {
		t.Fatal(err)
	}
	p.back(t, "4")
	if err := p.realm.Restart(2 * time.Second); err != nil {
		t.Fatal(err)
	}
	p.deny(t, "5")
	p.holds(t, "5")
	p.back(t, "1", "2", "3", "4", "5")
}

// TestGarbageInRedis: whatever a stranger with the password publishes, who listens has the
// issuer's list, and lets somebody in again when that is over.
func TestGarbageInRedis(t *testing.T) {
	t.Parallel()
	need(t, store.Redis)
	p := publish(t, launch(t, programs()[store.Redis], store.Redis, starter(t), 0))
	for _, text := range []string{"", "garbage", "\x00}{", `{"ids":["x"],"next":"other-1"}`, `{"ids":[],"next":"other-7"}`, `{"ids":[7],"next":"a-1"}`} {
		withRedis(t, p.channel, func(ctx context.Context, c *redis.Client) error { return c.Publish(ctx, p.channel.Space, text).Err() })
		id := "after " + text
		p.deny(t, id)
		p.holds(t, id)
		p.back(t, "1", id)
	}
	if p.list.Holds("x") {
		t.Error("what another issuer published is taken")
	}
	if err := p.realm.Break("revocations/events", issuer.Fault{Kind: issuer.Garbled}); err != nil {
		t.Fatal(err)
	}
	p.deny(t, "garbled")
	p.holds(t, "garbled")
}

// TestRedisOfTheFeedDown: without the server nobody is let in, as without the issuer, however
// it went; and when it is there again, it is with all that was taken back meanwhile.
func TestRedisOfTheFeedDown(t *testing.T) {
	t.Parallel()
	need(t, store.Redis)
	starter := starter(t)
	first := launch(t, programs()[store.Redis], store.Redis, starter, 0)
	p := publish(t, first)

	signal(t, first.PID(), syscall.SIGSTOP)
	p.deny(t, "2")
	p.lost(t, "the issuer has sent nothing for 3s")
	signal(t, first.PID(), syscall.SIGCONT)
	p.back(t, "2")

	if err := syscall.Kill(first.PID(), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	<-first.Done()
	p.deny(t, "3")
	p.lost(t, "the server of the channel: connect: connection refused")
	launch(t, programs()[store.Redis], store.Redis, starter, first.port)
	p.back(t, "3")

	if err := p.host.Refuse(true); err != nil {
		t.Fatal(err)
	}
	p.deny(t, "4")
	p.lost(t, "the issuer has sent nothing for 3s")
	if err := p.host.Refuse(false); err != nil {
		t.Fatal(err)
	}
	p.back(t, "4")
}

// TestWrongPasswordOfTheFeed: who may not listen lets nobody in, and says nothing of the
// password.
func TestWrongPasswordOfTheFeed(t *testing.T) {
	t.Parallel()
	need(t, store.Redis)
	p := publish(t, launch(t, programs()[store.Redis], store.Redis, starter(t), 0))
	at := p.realm.Places(method.Needs{Feed: true, Channel: store.Redis}, method.Places{})
	wrong := *at.Channel
	wrong.URL = strings.Replace(wrong.URL, "geheim@", "verraten@", 1)
	list, err := store.NewDenylist(nil)
	if err != nil {
		t.Fatal(err)
	}
	f, err := feed.Listen(*at.Feed, wrong, list)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	said := ""
	f.OnNotice(func(text string) { said = text })
	if f.Current() || !strings.Contains(said, "the server of the channel: failed to authenticate: WRONGPASS") || strings.Contains(said, "verraten") {
		t.Errorf("current %v, told %q", f.Current(), said)
	}
}
