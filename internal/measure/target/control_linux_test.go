package target_test

import (
	"net/netip"
	"os"
	"strconv"
	"syscall"
	"testing"
	"time"

	"authbench/bench"
	"authbench/internal/measure/control"
	"authbench/internal/measure/target"
	"authbench/internal/method"
	"authbench/internal/method/all"
)

// TestControlled runs a target as the harness does, but for the process: spec,
// verification material and counters go over a socketpair, requests over TCP.
func TestControlled(t *testing.T) {
	m := bench.Method{ID: "jwt", Params: bench.Params{"alg": "EdDSA", "revocation": "denylist"}}
	issuer, err := all.Catalogue().NewIssuer(m, [32]byte{7}, 2, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	verification, err := issuer.Verification(method.Places{})
	if err != nil {
		t.Fatal(err)
	}
	pair, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv(control.DescriptorVariable, strconv.Itoa(pair[1]))
	ended := make(chan error, 1)
	go func() {
		ended <- target.Controlled(t.Context(), all.Catalogue().NewVerifier)
	}()
	session, err := control.Dial(os.NewFile(uintptr(pair[0]), "harness"), control.Spec{
		Version: control.Version, Method: m, Verification: verification, Listen: netip.MustParseAddrPort("127.0.0.1:0"),
	})
	if err != nil {
		t.Fatal(err)
	}
	ready, err := session.Ready(t.Context(), func(control.Loading) {})
	if err != nil {
		t.Fatal(err)
	}
	for class, want := range map[bench.Class]int{bench.Valid: 200, bench.Expired: 401} {
		value, err := issuer.Append([]byte("Authorization: "), class, 1)
		if err != nil {
			t.Fatal(err)
		}
		if got := ask(t, ready.Addr, get(string(value)+"\r\n")); got.status != want {
			t.Errorf("%s gets %d", class, got.status)
		}
	}
	if err := session.Deny(issuer.(method.Identifier).ID(1)); err != nil {
		t.Fatal(err)
	}
	for index, want := range map[int]int{0: 200, 1: 401} {
		value, err := issuer.Append([]byte("Authorization: "), bench.Valid, index)
		if err != nil {
			t.Fatal(err)
		}
		if got := ask(t, ready.Addr, get(string(value)+"\r\n")); got.status != want {
			t.Errorf("token %d gets %d after one was taken back", index, got.status)
		}
	}
	if session.Revoke(1) == nil {
		t.Error("a server without records takes one back")
	}
	counters, err := session.Counters()
	if err != nil || counters.Requests != 4 || counters.Reasons["expired"] != 1 {
		t.Errorf("counters %+v, %v", counters, err)
	}
	session.Close()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
