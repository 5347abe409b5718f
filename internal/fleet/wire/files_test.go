package wire

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"authbench/internal/fleet/protocol"
)

// Files are for their owner alone, and say what is wrong with them.
func TestFiles(t *testing.T) {
	charter, invitations, err := Mint(NewRun(), "127.0.0.1:7422", "tls://127.0.0.1:7422", []Guest{{"w1", protocol.RoleWorker}, {"t1", protocol.RoleTarget}}, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	write := func(name string, secret any) string {
		t.Helper()
		if err := WriteSecret(path(name), secret); err != nil {
			t.Fatal(err)
		}
		return path(name)
	}
	good := write("w1", invitations[0])
	if got, err := ReadInvitation(good, protocol.RoleWorker); err != nil || got != invitations[0] {
		t.Errorf("%+v, %v", got, err)
	}
	if info, err := os.Stat(good); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if err := WriteSecret(good, 1); err == nil {
		t.Error("a file is overwritten")
	}
	if got, err := ReadCharter(write("c", charter)); err != nil || got.Run != charter.Run || len(got.Workers()) != 1 {
		t.Errorf("%+v, %v", got, err)
	}
	late := charter
	late.Own.Expires = time.Now().Add(-time.Minute)
	if got, err := ReadCharter(write("late", late)); err != nil || got.Own.Holds(time.Now()) == nil || charter.Own.Holds(time.Now()) != nil {
		t.Errorf("a charter whose invitations have expired: %v, %v", err, got.Own.Holds(time.Now()))
	}
	changed := func(change func(*Invitation)) Invitation {
		i := invitations[0]
		change(&i)
		return i
	}
	for name, c := range map[string]struct {
		secret any
		want   string
	}{
		"expired":  {changed(func(i *Invitation) { i.Expires = time.Now().Add(-time.Minute) }), "expired at"},
		"agent":    {invitations[1], "it is for a target"},
		"version":  {changed(func(i *Invitation) { i.Version = 2 }), "version 2"},
		"url":      {changed(func(i *Invitation) { i.URL = "http://x" }), "tls://HOST:PORT"},
		"name":     {changed(func(i *Invitation) { i.Name = "a.b" }), "a name has"},
		"wildcard": {changed(func(i *Invitation) { i.Run = "*" }), "a name has"},
		"charter":  {charter, "unknown field"},
	} {
		_, err := ReadInvitation(write(name, c.secret), protocol.RoleWorker)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), invitations[0].Seed) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
	if err := os.Chmod(good, 0o440); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadInvitation(good, protocol.RoleWorker); err != nil {
		t.Errorf("a file that its group may read: %v", err)
	}
	if err := os.Chmod(good, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadInvitation(good, protocol.RoleWorker); err == nil || !strings.Contains(err.Error(), "chmod 600") {
		t.Errorf("a file that others may read: %v", err)
	}
}
