package main

import (
	"bytes"
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"authbench/internal/fleet/clustertest"
	"authbench/internal/fleet/wire"
	"authbench/internal/result"
)

// A run over somebody's own cluster, of whose three servers one ends while load is sent: the one
// that leads the stream. The result has all that was sent, or is invalid, and nothing of the run is
// left in the account.
func TestClusterLosesAServer(t *testing.T) {
	cluster := clustertest.Start(t, clustertest.Options{Servers: 3, Limits: clustertest.Unlimited})
	f := newFleetOf(t, "-n", "1", "--nats", strings.Join(cluster.URLs, ","), "--ca", cluster.CA, "--signing-key", cluster.Key, "--account", cluster.Account)
	f.consents.Store(true)
	charter, err := wire.ReadCharter(filepath.Join(f.directory, "coordinator.json"))
	if err != nil {
		t.Fatal(err)
	}
	worker, workerSaid := f.worker(f.allow()...)
	load, said := f.load("--allow-remote", "--rate", "300", "-d", "20s", "-o", "json")
	await(t, "load is sent, or ends", func() bool { return f.asked.Load() > 300 || !alive(load.Process.Pid) })
	if f.asked.Load() <= 300 {
		_ = load.Wait()
		t.Fatalf("no load: %s", said)
	}
	leader := cluster.Leader(t, "ab-"+charter.Run)
	leader.Shutdown()
	leader.WaitForShutdown()
	code, text := ends(t, load), said.String()
	r := found(t, bytes.NewBufferString(text[max(0, strings.Index(text, "{")):strings.LastIndex(text, "}")+1]), said)
	t.Logf("exit %d, %s: %v", code, r.Validity, codes(r))
	broken := slices.ContainsFunc(codes(r), func(c string) bool {
		return slices.Contains([]string{"identity", "worker_lost", "deltas", "stopped"}, c)
	})
	switch {
	case broken && (code != 3 || r.Validity != result.Invalid):
		t.Errorf("exit %d, %s: %s", code, r.Validity, text)
	case !broken && (code != 0 && code != 3 || r.Requests != f.asked.Load() || r.Requests < 5000):
		t.Errorf("exit %d, %d requests, and the server had %d: %s", code, r.Requests, f.asked.Load(), text)
	}
	if code := ends(t, worker); !broken && code != 0 {
		t.Errorf("the worker: exit %d: %s", code, workerSaid)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	conn, err := wire.Connect(ctx, charter.Own)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.MakeStream(ctx, 1); err != nil {
		t.Errorf("the account keeps something of the run: %v", err)
	}
}
