package service

import (
	"bytes"
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/redis/go-redis/v9"

	"authbench/internal/credential/store"
	"authbench/internal/measure/proc"
)

// servers are the kinds that are servers of their own.
var servers = []store.Kind{store.Redis, store.Postgres}

// patience bounds waits that end soon unless something is broken.
const patience = 60 * time.Second

// ask looks a record up that is there, and returns how the store answered. A wrong
// answer ends the test, and so does one that comes late.
func ask(t *testing.T, s store.Store) error {
	t.Helper()
	want := records()[1]
	began := time.Now()
	got, known, err := s.Lookup(want.ID)
	if took := time.Since(began); took > patience {
		t.Fatalf("an answer (%v) took %v", err, took)
	}
	switch {
	case err == nil && (!known || got != want):
		t.Fatalf("an answer that is wrong: %+v %v", got, known)
	case err != nil && (known || got != store.Record{}):
		t.Fatalf("a failure (%v) that has a record: %+v %v", err, got, known)
	}
	return err
}

// until asks until the store answers, or fails, as wanted, and returns for how long.
func until(t *testing.T, s store.Store, wanted error) time.Duration {
	t.Helper()
	began := time.Now()
	for time.Since(began) < patience {
		if err := ask(t, s); err == wanted {
			return time.Since(began)
		}
		time.Sleep(time.Millisecond)
	}
	t.Fatalf("in %v the store did not answer with %v", patience, wanted)
	return 0
}

func each(t *testing.T, do func(t *testing.T, kind store.Kind)) {
	for _, kind := range servers {
		t.Run(string(kind), func(t *testing.T) {
			need(t, kind)
			do(t, kind)
		})
	}
}

// A frozen server fails lookups in time, and answers again once it goes on.
func TestServerFrozen(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, kind store.Kind) {
		k := put(t, newBackends(t), store.Place{Kind: kind}, "a")
		s := open(t, k.Place)
		until(t, s, nil)
		signal(t, k.Server.PID(), syscall.SIGSTOP)
		for range 3 {
			if err := ask(t, s); err != store.ErrUnavailable {
				t.Errorf("a frozen server: %v", err)
			}
		}
		signal(t, k.Server.PID(), syscall.SIGCONT)
		t.Logf("%s answered %v after it went on", k.Version, until(t, s, nil).Round(time.Millisecond))
		if c := s.Counters(); c.Unavailable < 3 || c.Outages < 1 || c.Outage < int64(2*time.Second) {
			t.Errorf("counted %+v, want three failures of a second each", c)
		}
	})
}

// signal sends a signal to a process and its children: PostgreSQL has one for each
// connection.
func signal(t *testing.T, pid int, sig syscall.Signal) {
	t.Helper()
	children, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%[1]d/children", pid))
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range append(strings.Fields(string(children)), strconv.Itoa(pid)) {
		id, err := strconv.Atoi(one)
		if err == nil {
			err = syscall.Kill(id, sig)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// A server that is killed fails lookups; one that is there again in its place, with
// the same records, is found without a restart of the verifier.
func TestServerKilled(t *testing.T) {
	each(t, func(t *testing.T, kind store.Kind) {
		p := programs()[kind]
		starter := starter(t)
		first := launch(t, p, kind, starter, 0)
		place := store.Place{Kind: kind, URL: first.url, Space: "authbench_test"}
		fill := func() {
			t.Helper()
			if err := store.Fill(context.Background(), place, blocks()); err != nil {
				t.Fatal(err)
			}
		}
		fill()
		s := open(t, place)
		until(t, s, nil)
		if err := syscall.Kill(first.PID(), syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		<-first.Done()
		if err := ask(t, s); err != store.ErrUnavailable {
			t.Errorf("a server that was killed: %v", err)
		}
		second := launch(t, p, kind, starter, first.port)
		fill()
		t.Logf("%s answered %v after it was there again", second.version, until(t, s, nil).Round(time.Millisecond))
	})
}

// launch starts a server, on a port of another that is gone if there is one.
func launch(t *testing.T, p program, kind store.Kind, starter *proc.Starter, port int) *server {
	t.Helper()
	path, err := p.find()
	if err != nil {
		t.Fatal(err)
	}
	if port == 0 {
		if port, err = proc.FreePort(); err != nil {
			t.Fatal(err)
		}
	}
	s, err := p.launch(context.Background(), path, starter, nil, port, strings.Repeat("geheim", 3))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := s.await(ctx, kind); err != nil {
		t.Fatal(err)
	}
	return s
}

// What is not a record, or another's, lets nobody in.
func TestCorruptRecords(t *testing.T) {
	t.Parallel()
	id, other := records()[1].ID, records()[2].ID
	for name, spoil := range map[string]func(t *testing.T, p store.Place){
		"redis, another's": func(t *testing.T, p store.Place) {
			withRedis(t, p, func(ctx context.Context, c *redis.Client) error {
				value, err := c.Get(ctx, fmt.Sprintf("%s:%x", p.Space, other)).Result()
				if err != nil {
					return err
				}
				return c.Set(ctx, fmt.Sprintf("%s:%x", p.Space, id), value, 0).Err()
			})
		},
		"redis, cut off": func(t *testing.T, p store.Place) {
			withRedis(t, p, func(ctx context.Context, c *redis.Client) error {
				return c.Set(ctx, fmt.Sprintf("%s:%x", p.Space, id), "x", 0).Err()
			})
		},
		"redis, a list": func(t *testing.T, p store.Place) {
			withRedis(t, p, func(ctx context.Context, c *redis.Client) error {
				key := fmt.Sprintf("%s:%x", p.Space, id)
				if err := c.Del(ctx, key).Err(); err != nil {
					return err
				}
				return c.LPush(ctx, key, "x").Err()
			})
		},
		"postgres, no digest": func(t *testing.T, p store.Place) {
			withPostgres(t, p, fmt.Sprintf("UPDATE %s SET digest = '\\x00' WHERE id = %d", p.Space, int64(id)))
		},
		"postgres, no such status": func(t *testing.T, p store.Place) {
			withPostgres(t, p, fmt.Sprintf("UPDATE %s SET status = 7 WHERE id = %d", p.Space, int64(id)))
		},
		"postgres, nothing": func(t *testing.T, p store.Place) {
			withPostgres(t, p, fmt.Sprintf("ALTER TABLE %s ALTER subject DROP NOT NULL; UPDATE %[1]s SET subject = NULL WHERE id = %d", p.Space, int64(id)))
		},
		"bbolt, a letter": func(t *testing.T, p store.Place) {
			text, err := os.ReadFile(p.Path)
			if err != nil {
				t.Fatal(err)
			}
			text = bytes.ReplaceAll(text, []byte("user"), []byte("uses"))
			if err := os.WriteFile(p.Path, text, 0o600); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			kind, _, _ := strings.Cut(name, ",")
			need(t, store.Kind(kind))
			k := put(t, newBackends(t), store.Place{Kind: store.Kind(kind)}, "a")
			spoil(t, k.Place)
			s := open(t, k.Place)
			if r, known, err := s.Lookup(id); known || r != (store.Record{}) || err != store.ErrCorrupt {
				t.Errorf("%+v %v %v", r, known, err)
			}
			if c := s.Counters(); c.Corrupt != 1 || c.Unavailable != 0 {
				t.Errorf("counted %+v", c)
			}
		})
	}
}

// A schema that is missing, wrong passwords and users, and a server without room for
// another connection fail lookups, and say nothing of the password.
func TestServersThatRefuse(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, kind store.Kind) {
		k := put(t, newBackends(t), store.Place{Kind: kind}, "a")
		wrong := k.Place
		wrong.URL = strings.Replace(wrong.URL, "@127", "x@127", 1)
		if err := ask(t, open(t, wrong)); err != store.ErrUnavailable {
			t.Errorf("a wrong password: %v", err)
		}
		told, err := url.Parse(wrong.URL)
		if err != nil {
			t.Fatal(err)
		}
		password, _ := told.User.Password()
		_, err = store.Ping(context.Background(), wrong)
		if err == nil || !strings.Contains(err.Error(), "correct user and password") || strings.Contains(err.Error(), password) {
			t.Errorf("a wrong password is told as %v", err)
		}
		full := k.Place
		if kind == store.Postgres {
			missing := k.Place
			missing.Space = "no_such_table"
			if err := ask(t, open(t, missing)); err != store.ErrUnavailable {
				t.Errorf("without the table: %v", err)
			}
			withPostgres(t, k.Place, "CREATE ROLE guest LOGIN PASSWORD 'geheim' CONNECTION LIMIT 0")
			full.URL = "postgres://guest:geheim@" + told.Host + told.Path
		} else {
			withRedis(t, k.Place, func(ctx context.Context, c *redis.Client) error { return c.ConfigSet(ctx, "maxclients", "1").Err() })
			hold := open(t, k.Place)
			until(t, hold, nil)
		}
		s := open(t, full)
		if err := ask(t, s); err != store.ErrUnavailable {
			t.Errorf("a server without room: %v", err)
		}
		if c := s.Counters(); c.Unavailable != 1 || c.Corrupt != 0 {
			t.Errorf("counted %+v", c)
		}
	})
}

// More lookups at once than there are connections wait for one, and are counted.
func TestPoolIsBounded(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, kind store.Kind) {
		k := put(t, newBackends(t), store.Place{Kind: kind, Pool: 2, Latency: 20 * time.Millisecond}, "a")
		s, err := store.Open(k.Place)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		// Several times, should the lookups of one meet too rarely.
		for began := time.Now(); s.Counters().Waits == 0 && time.Since(began) < patience; {
			done := make(chan error)
			for range 8 {
				go func() { done <- ask(t, s) }()
			}
			for range 8 {
				if err := <-done; err != nil {
					t.Error(err)
				}
			}
		}
		if c := s.Counters(); c.Waits < 1 || c.Waited <= 0 {
			t.Errorf("counted %+v: nobody waited", c)
		}
	})
}

// An answer comes by the latency later, once: each lookup is one round trip.
func TestLatency(t *testing.T) {
	each(t, func(t *testing.T, kind store.Kind) {
		const latency = 50 * time.Millisecond
		k := put(t, newBackends(t), store.Place{Kind: kind, Latency: latency}, "a")
		s := open(t, k.Place)
		until(t, s, nil) // connected, and prepared
		fastest := time.Hour
		for start := time.Now(); fastest >= 2*latency && time.Since(start) < patience; {
			began := time.Now()
			if err := ask(t, s); err != nil {
				t.Fatal(err)
			}
			fastest = min(fastest, time.Since(began))
		}
		if fastest < latency || fastest >= 2*latency {
			t.Errorf("a lookup took %v at a latency of %v", fastest, latency)
		}
		if c := s.Counters(); c.Delays < c.Lookups || c.Delay < c.Delays*latency.Nanoseconds() {
			t.Errorf("counted %+v: each lookup had a delay of %v", c, latency)
		}
	})
}

// SIGKILL of a server leaves neither its directory nor a segment of shared memory.
func TestKilledServerLeavesNothing(t *testing.T) {
	each(t, func(t *testing.T, kind store.Kind) {
		segments := func() string {
			text, err := os.ReadFile("/proc/sysvipc/shm")
			if err != nil {
				return "" // another system
			}
			return string(text)
		}
		before := segments()
		k := put(t, newBackends(t), store.Place{Kind: kind}, "a")
		dir := k.Server.TempDir()
		if _, err := os.Stat(dir); err != nil {
			t.Fatal(err)
		}
		if err := syscall.Kill(k.Server.PID(), syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		<-k.Server.Done()
		if why := k.Failure(); !strings.Contains(why, "killed") {
			t.Errorf("it ended: %q", why)
		}
		if _, err := os.Stat(dir); !os.IsNotExist(err) {
			t.Errorf("%s is still there (%v)", filepath.Base(dir), err)
		}
		if after := segments(); len(after) > len(before) {
			t.Errorf("segments of shared memory before:\n%s\nafter:\n%s", before, after)
		}
	})
}

func withRedis(t *testing.T, p store.Place, do func(context.Context, *redis.Client) error) {
	t.Helper()
	o, err := redis.ParseURL(p.URL)
	if err != nil {
		t.Fatal(err)
	}
	c := redis.NewClient(o)
	defer c.Close()
	if err := do(context.Background(), c); err != nil {
		t.Fatal(err)
	}
}

func withPostgres(t *testing.T, p store.Place, commands string) {
	t.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, p.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	if _, err := conn.PgConn().Exec(ctx, commands).ReadAll(); err != nil {
		t.Fatal(err)
	}
}
