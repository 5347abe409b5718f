package wire

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/jwt/v2"

	"authbench/internal/fleet/clustertest"
	"authbench/internal/fleet/protocol"
)

// below makes the users of a run with two workers at a cluster.
func below(t *testing.T, c *clustertest.Cluster, key, account string, replicas int) (Charter, []Invitation) {
	t.Helper()
	ca, err := os.ReadFile(c.CA)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ReadSigner(key, account)
	if err != nil {
		t.Fatal(err)
	}
	charter, invitations, err := MintBelow(NewRun(), Cluster{URLs: c.URLs, CA: string(ca), Replicas: replicas}, signer,
		[]Guest{{"w1", protocol.RoleWorker}, {"w2", protocol.RoleWorker}}, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	return charter, invitations
}

// enter joins a cluster as a coordinator, and makes the stream.
func enter(t *testing.T, charter Charter) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	c, err := Connect(ctx, charter.Own)
	if err != nil {
		return err
	}
	defer c.Close()
	return c.MakeStream(ctx, charter.Replicas())
}

// What servers of somebody's own lack for a run is said with its remedy.
func TestClusterLacks(t *testing.T) {
	const one = 1
	little := clustertest.Unlimited
	little.DiskStorage = 1 << 20
	other := clustertest.Start(t, clustertest.Options{Servers: one, Limits: clustertest.Unlimited})
	for _, c := range []struct {
		name   string
		start  clustertest.Options
		change func(*Charter)
		want   string // "" for nothing
	}{
		{"nothing", clustertest.Options{Limits: clustertest.Unlimited}, func(*Charter) {}, ""},
		{"JetStream", clustertest.Options{WithoutJetStream: true}, func(*Charter) {}, "turn JetStream on"},
		{"JetStream for the account", clustertest.Options{}, func(*Charter) {}, "turn JetStream on"},
		{"room", clustertest.Options{Limits: little}, func(*Charter) {}, "the account or its servers are at their limits"},
		{"a third server", clustertest.Options{Limits: clustertest.Unlimited}, func(c *Charter) { c.Cluster.Replicas = 3 }, "there are not 3 servers with JetStream"},
		{"large messages", clustertest.Options{Limits: clustertest.Unlimited, MaxPayload: 64 << 10}, func(*Charter) {}, "raise its max_payload"},
		{"whom the machine trusts", clustertest.Options{Limits: clustertest.Unlimited}, func(c *Charter) { c.Own.CA = "" }, "name the authority with --ca"},
		{"its name in the certificate", clustertest.Options{Limits: clustertest.Unlimited}, func(c *Charter) { c.Own.URL = strings.Replace(c.Own.URL, "127.0.0.1", "localhost", 1) }, "name the authority with --ca"},
		{"the account of the key", clustertest.Options{Limits: clustertest.Unlimited}, func(c *Charter) {
			c.Own = mustBelow(t, other, c)
		}, "their account does not know the key"},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.start.Servers = one
			cluster := clustertest.Start(t, c.start)
			charter, _ := below(t, cluster, cluster.Key, cluster.Account, 1)
			c.change(&charter)
			if err := enter(t, charter); (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
}

// mustBelow is a coordinator's invitation that another cluster's account has signed.
func mustBelow(t *testing.T, other *clustertest.Cluster, c *Charter) Invitation {
	t.Helper()
	charter, _ := below(t, other, other.Key, other.Account, 1)
	own := c.Own
	own.JWT, own.Seed = charter.Own.JWT, charter.Own.Seed
	return own
}

// Two runs in one account, by the account's own key and by one that signs for it, have nothing to do
// with each other; a run finds no other one's stream, nor its own of before.
func TestRunsOfOneAccount(t *testing.T) {
	limits := clustertest.Unlimited
	limits.Streams = 2
	cluster := clustertest.Start(t, clustertest.Options{Servers: 1, Limits: limits})
	first, guests := below(t, cluster, cluster.Key, cluster.Account, 1)
	second, _ := below(t, cluster, cluster.AccountKey, "", 1)
	third, _ := below(t, cluster, cluster.AccountKey, cluster.Account, 1)
	for _, c := range []struct {
		run  Charter
		want string
	}{{first, ""}, {second, ""}, {first, ErrStreamIsThere.Error()}, {third, "the account or its servers are at their limits"}} {
		if err := enter(t, c.run); (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, want %q", err, c.want)
		}
	}
	told := map[string]*mailbox{}
	for _, c := range []Charter{first, second} {
		told[c.Run] = &mailbox{}
		h, err := OpenHub(connect(t, c.Own), func() int64 { return 0 }, func(w string, m any) { told[c.Run].put(from{w, m}) })
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(h.Close)
	}
	seat, err := OpenSeat(connect(t, guests[0]), func(any) {})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(seat.Close)
	if err := errors.Join(seat.Send(protocol.Beat{V: 1, Seq: 7}), seat.Delta(t.Context(), protocol.Delta{V: 1, Data: "x"})); err != nil {
		t.Fatal(err)
	}
	heard[protocol.Beat](t, told[first.Run], "w1")
	heard[protocol.Delta](t, told[first.Run], "w1")
	told[second.Run].mu.Lock()
	defer told[second.Run].mu.Unlock()
	if len(told[second.Run].all) > 0 {
		t.Errorf("another run has heard %+v", told[second.Run].all)
	}
	own := connect(t, second.Own)
	if err := own.DropStream(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := own.findStream(t.Context()); !errors.Is(err, ErrNoStream) {
		t.Errorf("its stream is there: %v", err)
	}
}

// A key of another kind, and a file that others may read, are refused.
func TestReadSigner(t *testing.T) {
	cluster := clustertest.Start(t, clustertest.Options{Servers: 1, Limits: jwt.JetStreamLimits{}})
	write := func(text string, mode os.FileMode) string {
		t.Helper()
		path := t.TempDir() + "/key"
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	seed, err := os.ReadFile(cluster.Key)
	if err != nil {
		t.Fatal(err)
	}
	user := start(t).invitations[0].Seed
	for _, c := range []struct{ name, path, account, want string }{
		{"a key", cluster.Key, cluster.Account, ""},
		{"the account's own", cluster.AccountKey, "", ""},
		{"decorated", write("# load\n"+string(seed), 0o600), cluster.Account, ""},
		{"a user's", write(user, 0o600), "", "another kind of key (U…)"},
		{"nothing", write("", 0o600), "", "begins with SA"},
		{"nonsense", write("SAXX", 0o600), "", "begins with SA"},
		{"for all to read", write(string(seed), 0o644), "", "chmod 600"},
		{"no account", cluster.Key, "load", "begins with A"},
		{"no file", "/none", "", "no such file"},
	} {
		if _, err := ReadSigner(c.path, c.account); (err == nil) != (c.want == "") || err != nil && (!strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), string(seed))) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}
