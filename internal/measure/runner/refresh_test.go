package runner

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"authbench/bench"
	"authbench/internal/credential"
	"authbench/internal/measure/agents"
	"authbench/internal/measure/load"
)

// tokens is an issuer of numbered tokens, and the agents that get them there.
func tokens(t *testing.T, p agents.Policy, count, used int) (*agents.Agents, *atomic.Int64) {
	t.Helper()
	given := &atomic.Int64{}
	issuer := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, _, _ := r.BasicAuth()
		fmt.Fprintf(w, `{"access_token":"%s.%d","expires_in":100}`, id, given.Add(1))
	}))
	t.Cleanup(issuer.Close)
	return agents.New(agents.Spec{Policy: p, Count: count, Used: used, Scheme: credential.Bearer, At: func(index int) credential.Endpoint {
		return credential.Endpoint{URL: issuer.URL, ClientID: fmt.Sprint(index), ClientSecret: "x"}
	}}), given
}

// slow is a client of the generator whose slices are what run does.
type slow struct {
	load.Client
	run func(load.Slice)
}

func (s slow) Run(_ context.Context, slice load.Slice) (*load.Outcome, error) {
	s.run(slice)
	return nil, nil
}

// TestClientsRefreshWhileTheLoadGoesOn: before a slice all hold something that lasts, and what
// they refresh within its measured part is counted, and no more.
func TestClientsRefreshWhileTheLoadGoesOn(t *testing.T) {
	of, given := tokens(t, agents.Policy{Lifetime: 100 * time.Second, Refresh: 30 * time.Millisecond}, 4, 3)
	var order []string
	step := func(name string) func() { return func() { order = append(order, name) } }
	client := withAgents(slow{run: func(s load.Slice) {
		for index := range 3 {
			if len(of.Append(nil, index)) == 0 {
				t.Errorf("client %d holds nothing", index)
			}
		}
		before := given.Load()
		for given.Load() < before+3 {
			time.Sleep(time.Millisecond)
		}
		s.Begin()
		before = given.Load()
		for given.Load() < before+3 {
			time.Sleep(time.Millisecond)
		}
		s.End()
	}}, of)
	if _, err := client.Run(t.Context(), load.Slice{Measure: time.Second, Begin: step("begin"), End: step("end")}); err != nil {
		t.Fatal(err)
	}
	got, err := of.Taken()
	if all := given.Load(); err != nil || got.Done < 2 || got.Done > all-6 || got.Failed+got.Refused+got.Late != 0 {
		t.Errorf("%+v of %d, %v", got, all, err)
	}
	if !slices.Equal(order, []string{"begin", "end"}) {
		t.Errorf("%v", order)
	}
	if len(of.Append(nil, 3)) != 0 {
		t.Error("a client refreshes that no request is made for")
	}
	after := given.Load()
	time.Sleep(100 * time.Millisecond)
	if given.Load() != after {
		t.Error("clients refresh between slices")
	}
	if withAgents(client, nil) != client {
		t.Error("an arm without agents has another client")
	}
}

// TestHoldersOfTokens: in the worst case a holder has its token renewed before it is taken back,
// and whoever probes sends that.
func TestHoldersOfTokens(t *testing.T) {
	of, _ := tokens(t, agents.Policy{Lifetime: 100 * time.Second, Refresh: 80 * time.Second}, 2, 1)
	var sent atomic.Value
	server := newTruthful(t, 1, func(int, int) time.Duration { return 0 })
	spec := load.WorkloadSpec{
		Prefix: []byte("GET / HTTP/1.1\r\nHost: test\r\n" + credentialField + ": "), Suffix: []byte("\r\n\r\n"),
		Credentials: recording{of, &sent}, Mix: []load.Share{{Class: bench.Valid, Share: 1, Count: 1}},
	}
	spec.Expect[bench.Valid.Index()], spec.Expect[bench.Revoked.Index()] = []int{200}, []int{401}
	w, err := load.NewWorkload(spec)
	if err != nil {
		t.Fatal(err)
	}
	plan := bench.Timeline{Length: time.Second, Revocations: []bench.PlannedRevocation{{Credential: 1, At: 10 * time.Millisecond}}}
	client := withAgents(slow{}, of)
	if err := holdCredentials(t.Context(), client, plan); err != nil || !slices.Equal(client.(*refreshing).holders, []int{1}) {
		t.Fatalf("%+v, %v", client, err)
	}
	before := string(of.Append(nil, 1))
	h := holders{server: server, workload: w, agents: of, began: time.Now(), worst: true, takeBack: server.Revoke, patience: 5 * time.Second, found: &tally{}}
	if got := h.run(t.Context(), plan); got[0].Failed != "" || got[0].Refused == 0 {
		t.Errorf("%+v", got)
	}
	if last, _ := sent.Load().(string); before == "" || last == before || !strings.HasPrefix(last, "Bearer 1.") {
		t.Errorf("held %q, and %q was sent", before, last)
	}
}

// recording sends a credential's index, and notes what its holder holds.
type recording struct {
	*agents.Agents
	last *atomic.Value
}

func (r recording) Append(dst []byte, class bench.Class, index int) []byte {
	r.last.Store(string(r.Agents.Append(nil, index)))
	return indexed{}.Append(dst, class, index)
}
