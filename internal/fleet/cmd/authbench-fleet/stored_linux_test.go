package main

import (
	"crypto/tls"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nkeys"

	"authbench/internal/fleet/wire"
)

// joinRun joins the server of the run in a directory as its coordinator may.
func joinRun(t *testing.T, directory string) (run string, conn *nats.Conn) {
	t.Helper()
	runs, err := filepath.Glob(filepath.Join(directory, "authbench-fleet-*"))
	if err != nil || len(runs) != 1 {
		t.Fatalf("%v, %v", runs, err)
	}
	charter, err := wire.ReadCharter(filepath.Join(runs[0], "coordinator.json"))
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(runs[0], "w1.json"))
	if err != nil {
		t.Fatal(err)
	}
	var worker wire.Invitation // it has the address
	if err := json.Unmarshal(text, &worker); err != nil {
		t.Fatal(err)
	}
	key, err := nkeys.FromSeed([]byte(charter.Own.Seed))
	if err != nil {
		t.Fatal(err)
	}
	conn, err = nats.Connect(worker.URL, nats.UserJWT(func() (string, error) { return charter.Own.JWT, nil }, key.Sign),
		nats.Secure(&tls.Config{InsecureSkipVerify: true}), nats.TLSHandshakeFirst(), nats.CustomInboxPrefix("_INBOX."+charter.Run+".coordinator"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	return charter.Run, conn
}

// Where what was measured can be stored no more, all stop, and the verdict says why.
func TestStreamIsGone(t *testing.T) {
	l := beginLocal(t)
	run, conn := joinRun(t, l.directory)
	js, err := jetstream.New(conn)
	if err != nil {
		t.Fatal(err)
	}
	if err := js.DeleteStream(t.Context(), "ab-"+run); err != nil {
		t.Fatal(err)
	}
	if code := ends(t, l.load); code != exitRuntime || !strings.Contains(l.said.String(), "cannot go on: what it measured cannot be stored: ") {
		t.Errorf("exit %d: %s", code, l.said)
	}
	l.left()
}
