package runner

import (
	"context"
	"fmt"
	"sync"
	"time"

	"authbench/bench"
	"authbench/internal/measure/agents"
	"authbench/internal/measure/load"
)

const (
	// probeTimeout bounds one request of a holder: a server that computes a password hash
	// for each has answered by then.
	probeTimeout = 5 * time.Second
	// shortestGap and longestGap bound the time between two probes. In between it is
	// probeShare of the time since the revocation, which is then known to within as much.
	shortestGap = 250 * time.Microsecond
	longestGap  = 50 * time.Millisecond
	probeShare  = 0.015
)

// holders are the clients whose credentials an episode takes back. Each uses its
// credential until then, at the times of the timeline; from then on it asks every replica,
// again and again, until all have refused it for good.
type holders struct {
	server   Server
	workload *load.Workload
	agents   *agents.Agents // nil unless holders refresh what they hold
	facts    bench.Facts
	began    time.Time
	worst    bool // the episode is about the worst case
	// takeBack takes a credential back, by its index.
	takeBack func(index int) error
	// patience is for how long a credential is asked about.
	patience time.Duration
	// quiet: a server that has refused a credential is not asked about it again until all is
	// over. What a server that fetches its keys makes of a key that it does not know is to
	// fetch them, and the answers about other credentials would change.
	quiet bool
	found *tally
	// ordering: a server takes one order after the other.
	ordering sync.Mutex
}

// run returns what the holders found, in the timeline's order.
func (h *holders) run(ctx context.Context, t bench.Timeline) []bench.Revocation {
	out := make([]bench.Revocation, len(t.Revocations))
	var holding sync.WaitGroup
	for i, p := range t.Revocations {
		out[i] = bench.Revocation{Credential: p.Credential, Planned: p.At.Nanoseconds()}
		holding.Go(func() {
			if err := h.hold(ctx, p, &out[i]); err != nil {
				out[i].Failed = err.Error()
			}
		})
	}
	holding.Wait()
	if h.quiet {
		h.confirm(ctx, out)
	}
	return out
}

// confirm asks every replica once more about each credential that all have refused. One that
// is let in again was not refused for good.
func (h *holders) confirm(ctx context.Context, found []bench.Revocation) {
	for _, at := range h.server.Addrs() {
		caller := load.NewCaller(at, probeTimeout)
		for i := range found {
			r := &found[i]
			if r.Refused == 0 || r.Failed != "" || ctx.Err() != nil {
				continue
			}
			r.Probes++
			reply, err := caller.Ask(ctx, h.workload.Request(bench.Valid, r.Credential))
			if err == nil && h.workload.Expects(bench.Valid, reply.Status) {
				r.Accepted, r.Refused = reply.Sent.Sub(h.began).Nanoseconds()-r.Acknowledged, 0
			}
		}
		caller.Close()
	}
}

// hold is one holder's part.
func (h *holders) hold(ctx context.Context, p bench.PlannedRevocation, r *bench.Revocation) error {
	if p.Credential < 0 {
		return fmt.Errorf("others are taken back, and there are too few credentials for this one")
	}
	replicas := make([]*replica, len(h.server.Addrs()))
	for i, at := range h.server.Addrs() {
		replicas[i] = &replica{caller: load.NewCaller(at, probeTimeout)}
		defer replicas[i].caller.Close()
	}
	for _, u := range p.Uses {
		if !load.WaitUntil(ctx, h.began.Add(u.At)) {
			return ctx.Err()
		}
		if err := h.use(ctx, replicas[u.Replica], p.Credential); err != nil {
			return err
		}
	}
	if !load.WaitUntil(ctx, h.began.Add(p.At)) {
		return ctx.Err()
	}
	acknowledged, err := h.revoke(ctx, p, r, replicas)
	if err != nil {
		return err
	}
	// Whoever has stolen the credential has what its holder holds now, and gets no other.
	return h.probe(ctx, r, replicas, h.request(p.Credential), acknowledged)
}

// request is the one with what the holder of a credential holds now.
func (h *holders) request(credential int) []byte {
	return h.workload.Request(bench.Valid, credential)
}

// use sends a request of a credential's holder that must be let in.
func (h *holders) use(ctx context.Context, to *replica, credential int) error {
	reply, err := to.caller.Ask(ctx, h.request(credential))
	if err != nil {
		return fmt.Errorf("it was not let in before: %w", err)
	}
	if !h.workload.Expects(bench.Valid, reply.Status) {
		return fmt.Errorf("it was not let in before (status %d)", reply.Status)
	}
	return nil
}

// revoke takes the credential back, in the worst case right after its holder had it renewed and
// every replica has let it in, and returns when that was acknowledged.
func (h *holders) revoke(ctx context.Context, p bench.PlannedRevocation, r *bench.Revocation, replicas []*replica) (time.Time, error) {
	h.ordering.Lock()
	defer h.ordering.Unlock()
	if h.worst && h.agents != nil {
		if err := h.agents.Refresh(ctx, p.Credential); err != nil {
			return time.Time{}, fmt.Errorf("renew it: %w", err)
		}
	}
	if h.worst {
		for _, to := range replicas {
			if err := h.use(ctx, to, p.Credential); err != nil {
				return time.Time{}, err
			}
		}
	}
	r.Ordered = time.Since(h.began).Nanoseconds()
	err := h.takeBack(p.Credential)
	at := time.Now()
	r.Acknowledged = at.Sub(h.began).Nanoseconds()
	if err == nil {
		h.found.ordered.Add(1)
	}
	return at, err
}

// replica is one server as a holder sees it after the revocation.
type replica struct {
	caller *load.Caller
	// accepted is when the last request was sent that was let in, refused when the answer
	// came to the first one after it that was not; 0: none was.
	accepted, refused time.Duration
}

// probe asks until every replica has refused the credential for good, or for as long as
// its design makes sensible.
func (h *holders) probe(ctx context.Context, r *bench.Revocation, replicas []*replica, request []byte, acknowledged time.Time) error {
	for ctx.Err() == nil {
		for _, to := range replicas {
			if h.quiet && to.refused > 0 {
				continue
			}
			reply, err := to.caller.Ask(ctx, request)
			r.Probes++
			switch {
			case err != nil:
				if why := h.server.Failure(); why != "" {
					return fmt.Errorf("after the revocation: %s", why)
				}
				if time.Since(acknowledged) > h.patience {
					return fmt.Errorf("after the revocation: %w", err)
				}
			case h.workload.Expects(bench.Valid, reply.Status):
				to.accepted, to.refused = reply.Sent.Sub(acknowledged), 0 // a refusal before was not for good
			case h.workload.Expects(bench.Revoked, reply.Status) && to.refused == 0:
				// Whoever refused it decided before the answer, and perhaps long after
				// the question.
				to.refused = reply.Answered.Sub(acknowledged)
			}
		}
		var everywhere bool
		was := r.Refused > 0
		r.Accepted, r.Refused, everywhere = combine(replicas)
		h.found.refuse(was, everywhere)
		since := time.Since(acknowledged)
		if since > h.patience || everywhere && (h.quiet || since >= bench.Settled(h.facts, time.Duration(r.Refused))) {
			break
		}
		gap := longestGap // it is known; what follows only confirms it
		if !everywhere {
			gap = min(max(shortestGap, time.Duration(probeShare*float64(since))), longestGap)
		}
		load.WaitUntil(ctx, time.Now().Add(gap))
	}
	if r.Accepted == 0 && r.Refused == 0 && ctx.Err() == nil {
		return fmt.Errorf("it was neither let in nor refused after the revocation")
	}
	return ctx.Err()
}

// combine returns the last acceptance and the last of the refusals, 0 unless every replica
// refuses, of all replicas.
func combine(replicas []*replica) (accepted, refused int64, everywhere bool) {
	everywhere = true
	for _, to := range replicas {
		accepted = max(accepted, to.accepted.Nanoseconds())
		refused = max(refused, to.refused.Nanoseconds())
		everywhere = everywhere && to.refused > 0
	}
	if !everywhere {
		refused = 0
	}
	return accepted, refused, everywhere
}
