package runner

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"authbench/bench"
	"authbench/internal/measure/load"
)

const (
	// probePause is the pause between two requests of a probe: a hundredth of the
	// shortest time that a person would call a delay.
	probePause = 10 * time.Millisecond
	// probeTimeout bounds one of them: a server that computes a password hash for each
	// has answered by then.
	probeTimeout = 5 * time.Second
	// probeMargin is how much longer than its cache's entries live a credential is
	// asked about.
	probeMargin = 5 * time.Second
	// probeSteady is for how long nothing may be let in any more after the first refusal,
	// and after the last entry of a cache has ended: servers, or parts of one, that learn
	// of a revocation one after the other answer in turns.
	probeSteady = time.Second
	// longestProbe bounds that: nobody waits out a cache that remembers for hours.
	longestProbe = 5 * time.Minute
)

// Revocations finds out how long a credential goes on working after it was taken
// back: once, after the last launch, with servers of their own, all arms at once. Each
// arm takes another credential back: some share a store.
func (s *Session) Revocations(ctx context.Context) (err error) {
	if !s.Scenario.Revocation {
		return nil
	}
	defer func() { err = errors.Join(err, s.stopAll()) }()
	var asked []bench.Arm
	longest := probeMargin
	for _, a := range s.Scenario.Arms {
		if s.arms[a.Name].Info().Revokes && !slices.Contains(s.outcomes.Lost, a.Name) {
			asked = append(asked, a)
			longest = max(longest, patience(a))
		}
	}
	s.report(bench.Progress{Launch: s.Scenario.Launches, Note: fmt.Sprintf("revoking a credential of each of %d arms and asking until it is refused: %v at most", len(asked), longest)})
	found := make([]bench.Revocation, len(asked))
	var probes sync.WaitGroup
	for i, a := range asked {
		arm := s.arms[a.Name]
		found[i].Arm = a.Name
		server, err := arm.Start(ctx)
		if err != nil {
			found[i].Failed = err.Error()
			continue
		}
		arm.server = server
		workload, err := arm.Workload(server.Addr())
		if err != nil {
			found[i].Failed = err.Error()
			continue
		}
		probes.Go(func() {
			p := probing{server: server, workload: workload, index: arm.Info().Credentials - 1 - i, pause: probePause, until: remembered(a), steady: probeSteady}
			p.measure(ctx, &found[i], patience(a))
		})
	}
	probes.Wait()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return s.recordRevocations(asked, found)
}

// patience is for how long a revoked credential of an arm is asked about.
func patience(a bench.Arm) time.Duration { return min(remembered(a)+probeMargin, longestProbe) }

// remembered is for how long an arm's cache may believe what it knows.
func remembered(a bench.Arm) time.Duration { return a.Method.Params.Duration("cache_ttl") }

func (s *Session) recordRevocations(asked []bench.Arm, found []bench.Revocation) error {
	for i, r := range found {
		if err := s.Record.Revocation(r); err != nil {
			return err
		}
		w := bench.Warning{Arm: r.Arm, Level: bench.Info, Code: bench.WarnNotRevoked, Text: "how long a revoked credential goes on working is not known: " + r.Failed}
		switch {
		case r.Failed != "":
		case r.Refused == 0 && remembered(asked[i]) >= longestProbe:
			w.Text = fmt.Sprintf("a revoked credential is let in for longer than %v, as its cache's entries live %v: give it a shorter cache_ttl", longestProbe, remembered(asked[i]))
		case r.Refused == 0:
			w.Level, w.Code = bench.Void, bench.WarnStillAccepted
			w.Text = fmt.Sprintf("a revoked credential was still let in after %v, longer than any cache of the server's remembers it", time.Duration(r.Accepted).Round(time.Millisecond))
		default:
			continue
		}
		s.fresh = append(s.fresh, w)
		if err := s.Record.Warning(w); err != nil {
			return err
		}
	}
	s.report(bench.Progress{Launch: s.Scenario.Launches})
	return nil
}

// probing asks about one credential of one server.
type probing struct {
	server   Server
	workload *load.Workload
	index    int
	pause    time.Duration
	// until is for how long a cache may let it in, and steady how long it must have been
	// refused, and until over, before that counts.
	until, steady time.Duration
}

// measure uses the credential, so that every cache knows it, takes it back, and asks
// until it is refused for good, for limit at most.
func (p *probing) measure(ctx context.Context, r *bench.Revocation, limit time.Duration) {
	if p.index < 0 {
		r.Failed = "each arm takes another credential back, and there are fewer than arms"
		return
	}
	request := p.workload.Request(bench.Valid, p.index)
	if status, err := p.ask(ctx, request); err != nil || !p.workload.Expects(bench.Valid, status) {
		r.Failed = fmt.Sprintf("it was not let in before (status %d, %v)", status, err)
		return
	}
	if err := p.server.Revoke(p.index); err != nil {
		r.Failed = err.Error()
		return
	}
	revoked := time.Now()
	for since := time.Duration(0); since <= limit && !p.settled(r, since) && ctx.Err() == nil; since = time.Since(revoked) {
		sent := time.Since(revoked)
		status, err := p.ask(ctx, request)
		r.Probes++
		switch {
		case err != nil:
			if r.Failed = p.lost(time.Since(revoked)-sent, err); r.Failed != "" {
				return
			}
		case p.workload.Expects(bench.Valid, status):
			r.Accepted, r.Refused = sent.Nanoseconds(), 0 // a refusal before was not for good
		case p.workload.Expects(bench.Revoked, status) && r.Refused == 0:
			// Whoever refused it decided before the answer, and perhaps long after the
			// question.
			r.Refused = time.Since(revoked).Nanoseconds()
		}
		time.Sleep(p.pause)
	}
	if r.Accepted == 0 && r.Refused == 0 {
		r.Failed = "it was neither let in nor refused afterwards"
	}
}

// settled reports whether it was refused for good by then.
func (p *probing) settled(r *bench.Revocation, since time.Duration) bool {
	return r.Refused != 0 && since >= max(p.until, time.Duration(r.Refused))+p.steady
}

// lost says why it is of no use to ask again after a request that failed after so long,
// "" if it tells nothing.
func (p *probing) lost(after time.Duration, err error) string {
	why := p.server.Failure()
	if why == "" && after >= probeTimeout {
		why = fmt.Sprintf("it stalled after the revocation: no answer in %v: %v", after.Round(time.Millisecond), err)
	}
	return why
}

func (p *probing) ask(ctx context.Context, request []byte) (int, error) {
	answer, err := load.Exchange(ctx, p.server.Addr(), request, probeTimeout)
	if err != nil {
		return 0, err
	}
	return answer.Status, nil
}
