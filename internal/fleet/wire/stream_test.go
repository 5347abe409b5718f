package wire

import (
	"errors"
	"strings"
	"testing"

	"github.com/nats-io/nats.go/jetstream"

	"authbench/internal/fleet/protocol"
)

// What a stream does not take now and never is told from what it may take later.
func TestStoreIsRefused(t *testing.T) {
	s := start(t)
	own := connect(t, s.charter.Own)
	js, err := jetstream.New(own.nats)
	if err != nil {
		t.Fatal(err)
	}
	c := own.config(1)
	c.MaxBytes = 2000
	if _, err := js.CreateStream(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	seat, err := OpenSeat(connect(t, s.invitations[0]), func(any) {})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(seat.Close)
	delta := func(n, size int) error {
		return seat.Delta(t.Context(), protocol.Delta{V: protocol.Version, N: n, Data: strings.Repeat("x", size)})
	}
	if err := delta(0, 100); err != nil {
		t.Fatal(err)
	}
	if err := delta(1, protocol.MaxLargeBytes); !errors.Is(err, ErrRefused) || !errors.Is(err, protocol.ErrTooLarge) {
		t.Errorf("too large: %v", err)
	}
	if err := delta(2, 3000); !errors.Is(err, ErrRefused) || !strings.Contains(err.Error(), "maximum bytes exceeded") {
		t.Errorf("full: %v", err)
	}
	if err := js.DeleteStream(t.Context(), c.Name); err != nil {
		t.Fatal(err)
	}
	if err := delta(3, 100); err == nil || errors.Is(err, ErrRefused) {
		t.Errorf("nobody takes it now: %v", err)
	}
}
