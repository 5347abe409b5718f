package crew

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"authbench/internal/fleet/protocol"
	"authbench/internal/fleet/wire"
)

// What a run has left can be read when its invitations have expired: from the spools, and from
// the stream.
func TestCollectAfterExpiry(t *testing.T) {
	guests := []wire.Guest{{Name: "w1", Role: protocol.RoleWorker}, {Name: "w2", Role: protocol.RoleWorker}}
	charter, invitations, err := wire.Mint(wire.NewRun(), "127.0.0.1:0", "", guests, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	charter.Own.Expires = time.Now().Add(-time.Minute)
	directory, err := NewDirectory(t.TempDir(), charter)
	if err != nil {
		t.Fatal(err)
	}
	intoStream(t, charter, directory, invitations[0])
	spool, err := openSpool(filepath.Join(directory, spoolDirectory, spoolName(charter.Run, "w2")), func() {}, func(error, bool) {})
	if err != nil {
		t.Fatal(err)
	}
	spool.put(t.Context(), delta(0, "spool"))
	spool.put(t.Context(), final("spool"))
	if err := spool.close(true); err != nil {
		t.Fatal(err)
	}
	run, left, err := Collect(t.Context(), CollectOptions{Directory: directory})
	if err != nil || run != charter.Run || len(left) != 2 {
		t.Fatalf("%s, %+v, %v", run, left, err)
	}
	for i, want := range []string{"stream", "spool"} {
		if got := left[i]; got.Missing || len(got.Deltas) != 1 || got.Deltas[0].Data != want || (got.Final != nil) != (want == "spool") {
			t.Errorf("%+v, want it from the %s", got, want)
		}
	}
}

// intoStream has a worker put a delta into the stream of a run, as long as it may.
func intoStream(t *testing.T, charter wire.Charter, directory string, i wire.Invitation) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	hub, err := wire.Open(ctx, charter, filepath.Join(directory, streamDirectory), func(own *wire.Conn) error { return own.MakeStream(ctx, 1) },
		func() int64 { return 0 }, func(string, any) {})
	if err != nil {
		t.Fatal(err)
	}
	defer hub.Close()
	i.URL = "tls://" + hub.Addr()
	conn, err := wire.Connect(ctx, i)
	if err != nil {
		t.Fatal(err)
	}
	seat, err := wire.OpenSeat(conn, func(any) {})
	if err != nil {
		t.Fatal(err)
	}
	defer seat.Close()
	if err := seat.Delta(ctx, protocol.Delta{V: protocol.Version, N: 0, Data: "stream"}); err != nil {
		t.Fatal(err)
	}
}
