package crew

import (
	"context"
	"net"
	"net/http"
	"testing"
	"time"

	"authbench/internal/fleet/consent"
	"authbench/internal/fleet/protocol"
	"authbench/internal/fleet/wire"
)

// No cache may keep an agent's consent for when the agent is gone.
func TestConsentIsNotStored(t *testing.T) {
	_, invitations, err := wire.Mint(wire.NewRun(), "127.0.0.1:0", "tls://127.0.0.1:1", []wire.Guest{{Name: "t1", Role: protocol.RoleTarget}}, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- Attend(ctx, AgentOptions{
			GuestOptions: GuestOptions{Invitation: invitations[0], Spool: t.TempDir(), Patience: time.Hour, Say: func(string) {}},
			Consent:      listener, Document: consent.Document{Version: consent.Version, Runs: []string{"*"}},
		})
	}()
	client := http.Client{Timeout: time.Minute, Transport: &http.Transport{DisableKeepAlives: true}}
	answer, err := client.Get("http://" + listener.Addr().String() + consent.Path)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if got := answer.Header.Get("Cache-Control"); answer.StatusCode != http.StatusOK || got != "no-store" {
		t.Errorf("%s, Cache-Control: %q", answer.Status, got)
	}
	cancel()
	if err := <-ended; err == nil {
		t.Error("the agent ends without an error")
	}
}
