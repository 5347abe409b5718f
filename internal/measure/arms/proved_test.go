package arms

import (
	"context"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"authbench/bench"
	"authbench/internal/measure/load"
	"authbench/internal/measure/target"
	"authbench/internal/method"
	"authbench/internal/method/methodtest"
)

// ticketArm is an arm of a method whose credentials hold for one request, and a server of it.
func ticketArm(t *testing.T, m method.Method, headers map[string]string) (*Set, error) {
	t.Helper()
	methods := method.Catalogue{m}
	_, verifier := methodtest.NewPair(t, methods, bench.Method{ID: "ticket"}, 1, time.Now())
	server, err := target.Listen(netip.MustParseAddrPort("127.0.0.1:0"), verifier)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- server.Serve(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	zero, bad := 0.0, 0.5
	s := bench.Scenario{Arms: []bench.Arm{{
		Name: "ticket", Method: bench.Method{ID: "ticket"}, Target: &bench.Target{URL: "http://" + server.Addr().String()},
		Request:    bench.RequestShape{Path: "/orders?page=2", Headers: headers},
		Population: &bench.Population{Credentials: 40, Zipf: &zero, BadShare: &bad, BadClasses: []bench.Class{bench.Forged, bench.Expired}},
	}}}
	// The secret of methodtest.NewPair, so that the server knows what is minted here.
	return Make(t.Context(), s, Config{Methods: methods, Secret: [32]byte{3}, Progress: func(string, int, int) {}})
}

// TestProvedUnderLoad: each request of a load carries a proof of its own, over any engine: a
// server that lets each proof in once, for the request that it is for, lets in the valid ones
// and no other.
func TestProvedUnderLoad(t *testing.T) {
	set, err := ticketArm(t, methodtest.Ticket(methodtest.NoFault), nil)
	if err != nil {
		t.Fatal(err)
	}
	server, err := set.Arms[0].Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	workload, err := set.Arms[0].Workload(server.Addrs()[0])
	if err != nil {
		t.Fatal(err)
	}
	if info := set.Infos[0]; info.Credentials != 40 || info.CredentialBytes < 80 {
		t.Errorf("%+v", info)
	}
	for _, name := range []string{load.Uring, load.Epoll, load.Portable} {
		e, err := load.Open(load.Options{CPUs: []int{-1, -1}, Name: name})
		if err != nil {
			t.Logf("%s: %v", name, err)
			continue
		}
		defer e.Close()
		c, err := e.Dial(t.Context(), load.Endpoint{Addr: server.Addrs()[0], Connections: 8, Timeout: time.Minute, Workload: workload})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		const count = 2000
		out, err := c.Run(t.Context(), load.Slice{Count: count, Measure: time.Hour, Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		if out.Completed != count || out.WrongVerdicts != 0 || len(out.Errors) > 0 {
			t.Errorf("%s: %d completed, %d of them with a wrong verdict, errors %v", name, out.Completed, out.WrongVerdicts, out.Errors)
		}
	}
}

// TestFieldsOfCredentialsAreTheirs: no header of the request takes the place of one.
func TestFieldsOfCredentialsAreTheirs(t *testing.T) {
	for _, name := range []string{"authorization", "ticket-proof"} {
		_, err := ticketArm(t, methodtest.Ticket(methodtest.NoFault), map[string]string{name: "x"})
		if err == nil || !strings.Contains(err.Error(), "the credential goes into "+name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// fielded proves with any fields.
type fielded struct {
	method.Prover
	fields []bench.Field
}

func (fielded) Field() string { return "Authorization" }
func (fielded) Append(dst []byte, _ bench.Class, _ int) ([]byte, error) {
	return append(dst, "x"...), nil
}
func (f fielded) Prove(method.Use) []bench.Field { return f.fields }

// TestProofsAreChecked before anything is sent: what an issuer proves with must be able to
// travel in the head of a request.
func TestProofsAreChecked(t *testing.T) {
	good := bench.Field{Name: "Authorization", Value: "x"}
	for want, fields := range map[string][]bench.Field{
		"the first one must be Authorization": {{Name: "Proof", Value: "x"}, good},
		`are []: the first one`:               {},
		`field "A B"`:                         {good, {Name: "A B", Value: "x"}},
		`field "Proof"`:                       {good, {Name: "Proof", Value: "a\r\nb"}},
	} {
		if _, _, err := newProved(t.Context(), fielded{fields: fields}, bench.Population{Credentials: 1}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v, want %q", fields, err, want)
		}
	}
	c, beside, err := newProved(t.Context(), fielded{fields: []bench.Field{good, {Name: "A", Value: "1"}, {Name: "B", Value: "2"}}}, bench.Population{Credentials: 1})
	if err != nil || !slices.Equal(beside, []string{"A", "B"}) || string(c.Append(nil, bench.Valid, 0)) != "x\r\nA: 1\r\nB: 2" {
		t.Errorf("%v, %v, %v", c, beside, err)
	}
}
