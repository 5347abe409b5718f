package main

import (
	"strings"
	"testing"

	"authbench/bench"
	"authbench/internal/measure/arms"
	"authbench/internal/measure/host"
	"authbench/internal/measure/load"
	"authbench/internal/measure/proc"
	"authbench/internal/measure/runner"
	"authbench/internal/measure/service"
	"authbench/internal/method/all"
	"authbench/internal/scenario"
)

// revocable are arms whose credentials can be taken back, besides those of [tiny], with two
// servers each.
const revocable = `  - {name: introspection, replicas: 2, method: {id: introspection}}
  - {name: signed, replicas: 2, method: {id: introspection, answer: jwt}}
  - {name: exchange, replicas: 2, method: {id: exchange, alg: ES256, lifetime: 5s}}
  - {name: local, replicas: 2, method: {id: jwt, alg: HS256, revocation: denylist}}
  - {name: polled, replicas: 2, method: {id: jwt, alg: HS256, revocation: polled, poll: 50ms}}
  - {name: pushed, replicas: 2, method: {id: jwt, alg: EdDSA, revocation: pushed}}
  - {name: published, replicas: 2, method: {id: jwt, alg: EdDSA, revocation: pushed, via: redis}}
  - {name: pushed-keys, replicas: 2, method: {id: jwt, alg: EdDSA, keys: jwks, revocation: pushed}}
`

// TestServersTakeBack: an order to an arm takes one credential back from all of its servers,
// and no other, whoever tells them. An issuer that is asked now and then is metered, and no
// request waits for it.
func TestServersTakeBack(t *testing.T) {
	t.Parallel()
	starter, err := proc.NewStarter()
	if err != nil {
		t.Fatal(err)
	}
	config, err := serversConfig(starter, host.Allowed())
	if err != nil {
		t.Fatal(err)
	}
	config.Backends = service.NewBackends(starter, config.Executable, nil)
	config.Progress, config.Loading = func(string, int, int) {}, func(string, int, int) {}
	t.Cleanup(func() {
		if err := config.Backends.Close(); err != nil {
			t.Error(err)
		}
		if err := starter.Close(); err != nil {
			t.Error(err)
		}
	})
	s, err := readScenario(tiny(t, revocable), strings.NewReader(""), scenario.Changes{})
	if err != nil {
		t.Fatal(err)
	}
	set, err := arms.Make(t.Context(), s.WithDefaults(all.Catalogue()), config)
	if err != nil {
		t.Fatal(err)
	}
	for i, arm := range set.Arms {
		info := arm.Info()
		if info.Revokes != (info.Name != "none") {
			t.Errorf("%s: a credential can be taken back: %v", info.Name, info.Revokes)
		}
		if !info.Revokes {
			continue
		}
		takesBack(t, arm, i)
	}
}

// takesBack takes the credential of an index back from an arm.
func takesBack(t *testing.T, arm runner.Arm, index int) {
	info := arm.Info()
	feeds := strings.HasPrefix(info.Name, "po") || strings.HasPrefix(info.Name, "pu") || info.Name == "exchange"
	if info.Awaits() != (info.Name == "introspection" || info.Name == "signed") || (len(info.Backends) > 0) != (feeds || info.Awaits()) {
		t.Errorf("%s: %+v", info.Name, info)
	}
	server, err := arm.Start(t.Context())
	if err != nil {
		t.Fatalf("%s: %v", info.Name, err)
	}
	defer func() {
		if err := server.Stop(); err != nil {
			t.Errorf("%s: %v", info.Name, err)
		}
	}()
	for _, b := range info.Backends {
		if b.HasCPU != (server.Backends()[b.Name] != nil) {
			t.Errorf("%s: %s is metered: %v", info.Name, b.Name, !b.HasCPU)
		}
	}
	if len(server.Backends()) != len(info.Backends) {
		t.Errorf("%s asks %v, and is said to ask %v", info.Name, server.Backends(), info.Backends)
	}
	status := func(at bench.Address, index int) int {
		w, err := arm.Workload(at)
		if err != nil {
			t.Fatal(err)
		}
		caller := load.NewCaller(at, patience)
		defer caller.Close()
		reply, err := caller.Ask(t.Context(), w.Request(bench.Valid, index))
		if err != nil {
			t.Fatalf("%s: %v", info.Name, err)
		}
		return reply.Status
	}
	renew := func(index int) { // where a credential lives for seconds
		if of := arm.Agents(); of != nil {
			if err := of.Refresh(t.Context(), index); err != nil {
				t.Fatalf("%s: %v", info.Name, err)
			}
		}
	}
	renew(index)
	for i, at := range server.Addrs() {
		if got := status(at, index); got != 200 {
			t.Errorf("%s, server %d: status %d before", info.Name, i, got)
		}
	}
	if err := server.Revoke(index); err != nil {
		t.Fatalf("%s: %v", info.Name, err)
	}
	for i, at := range server.Addrs() {
		until(t, info.Name+" refuses", func() bool { return status(at, index) == 401 })
		renew(index + 1)
		if got := status(at, index+1); got != 200 {
			t.Errorf("%s, server %d: its neighbour gets %d", info.Name, i, got)
		}
	}
}
