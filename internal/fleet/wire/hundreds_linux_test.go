package wire

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"authbench/internal/fleet/protocol"
)

// Hundreds of workers, each with a connection and a key of its own, are heard, and nothing of
// theirs is lost. What it costs is printed: both ends together, with -v.
func TestHundreds(t *testing.T) {
	workers := 300
	if testing.Short() || raceEnabled {
		workers = 50
	}
	var all []Guest
	for i := range workers {
		all = append(all, Guest{fmt.Sprintf("w%d", i+1), protocol.RoleWorker})
	}
	charter, invitations, err := Mint(NewRun(), "127.0.0.1:0", "", all, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	server, err := Serve(charter, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	charter.Own.URL = "tls://" + server.Addr
	_, said := openHub(t, started{charter, invitations, server})

	before := usage(t)
	seats := make([]*Seat, workers)
	each := func(do func(i int) error) {
		t.Helper()
		var all sync.WaitGroup
		for i := range workers {
			all.Go(func() {
				if err := do(i); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if t.Failed() {
			t.FailNow()
		}
	}
	each(func(i int) error {
		invitation := invitations[i]
		invitation.URL = charter.Own.URL
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		c, err := Connect(ctx, invitation)
		if err != nil {
			return err
		}
		seats[i], err = OpenSeat(c, func(any) {})
		return err
	})
	t.Cleanup(func() {
		for _, seat := range seats {
			seat.Close()
		}
	})
	joined := usage(t)

	const seconds = 5
	data := strings.Repeat("x", 16<<10)
	each(func(i int) error {
		for n := range seconds {
			if err := seats[i].Send(protocol.Beat{V: protocol.Version, Seq: int64(n)}); err != nil {
				return err
			}
			for seats[i].Delta(t.Context(), protocol.Delta{V: protocol.Version, N: n, Data: data}) != nil {
				time.Sleep(10 * time.Millisecond) // as the spool does, on a machine that is busy
			}
		}
		return nil
	})
	told := usage(t)
	await := func() (beats, deltas int) {
		said.mu.Lock()
		defer said.mu.Unlock()
		for _, m := range said.all {
			switch m.(from).message.(type) {
			case protocol.Beat:
				beats++
			case protocol.Delta:
				deltas++
			}
		}
		return beats, deltas
	}
	beats, deltas := 0, 0
	for end := time.Now().Add(patience); (beats < workers*seconds || deltas < workers*seconds) && time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		beats, deltas = await()
	}
	if beats != workers*seconds || deltas != workers*seconds {
		t.Errorf("%d beats and %d deltas of %d", beats, deltas, workers*seconds)
	}
	t.Logf("CPU: %v to join, %v for each second of a worker", (joined-before)/time.Duration(workers), (told-joined)/time.Duration(workers*seconds))
}

// usage is this process's CPU time.
func usage(t *testing.T) time.Duration {
	t.Helper()
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		t.Fatal(err)
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}
