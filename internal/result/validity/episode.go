package validity

import (
	"cmp"
	"fmt"
	"time"

	"authbench/bench"
	"authbench/internal/text/unit"
)

const (
	// mostClockStep is by how much the wall clock may move in an episode against the
	// monotonic one: servers judge expiry by the wall clock.
	mostClockStep = time.Millisecond
	// mostAcknowledgement and mostGap are the parts of a time that its beginning and its end
	// may be unknown by.
	mostAcknowledgement = 0.10
	mostGap             = 0.04
	// closeEnough is what the end may be unknown by however short a time is: what is found is
	// within 2 % and 5 ms of what is true.
	closeEnough = 5 * time.Millisecond
	// shortestWorth is the time below which nobody cares for a part of it.
	shortestWorth = 20 * time.Millisecond
	// mostOver is how much longer than its design says a revoked credential may work: the
	// machine may hold up a poll, or the request that finds it out.
	mostOver = 250 * time.Millisecond
	// mostLate is the share of an episode's requests that may be sent more than 1 ms late.
	// The holders' probes take CPU time from the generator: in quiet runs it was up to
	// 0.015; with a compiler beside it, 0.13 to 0.43.
	mostLate = 0.05
)

// Episode returns what is doubtful about an arm's episode. Its facts say for how long a
// revoked credential may work by design.
func Episode(r bench.EpisodeRecord, facts bench.Facts) []bench.Warning {
	var out []bench.Warning
	add := func(level bench.Level, code, text string) {
		out = append(out, bench.Warning{Arm: r.Arm, Level: level, Code: code, Text: fmt.Sprintf("episode %s: %s", r.Episode, text)})
	}
	if r.Failed != "" {
		add(bench.Suspicious, bench.WarnNotRevoked, "how long a revoked credential goes on working is not known: "+r.Failed)
		return out
	}
	facts = facts.In(r.Event)
	bound := facts.Longest()
	seen := outcomesOf(r, bound)
	of := func(n int) string { return fmt.Sprintf("%d of %d", n, len(r.Revocations)) }
	switch {
	case seen.failed == len(r.Revocations):
		add(bench.Suspicious, bench.WarnNotRevoked, "how long a revoked credential goes on working is not known: "+seen.why)
	case seen.failed > 0:
		add(bench.Info, bench.WarnNotRevoked, of(seen.failed)+" revocations could not be timed: "+seen.why)
	}
	switch patience := cmp.Or(time.Duration(r.Watched), bench.Episode{}.Patience(facts)); {
	case seen.accepted > 0 && bound > patience:
		add(bench.Info, bench.WarnNotRevoked, fmt.Sprintf("%s revoked credentials were let in for longer than %v, which is not waited out (the design allows %v)", of(seen.accepted), patience, bound))
	case seen.accepted > 0:
		add(bench.Void, bench.WarnStillAccepted, fmt.Sprintf("%s revoked credentials were still let in after %v, longer than the server's design allows (%v)", of(seen.accepted), seen.longest.Round(time.Millisecond), bound))
	case seen.over > 0:
		add(bench.Void, bench.WarnStillAccepted, fmt.Sprintf("%s revoked credentials were let in for longer than the server's design allows: for up to %v instead of %v", of(seen.over), seen.longest.Round(time.Millisecond), bound))
	}
	doubtTimes(r, seen, add)
	if r.Load.Refreshes != nil {
		for _, d := range doubtsOf(*r.Load.Refreshes) {
			add(bench.Suspicious, d.code, d.text)
		}
	}
	if n := r.Load.FalseAccepts; n > 0 {
		add(bench.Void, CodeFalseAccepts, fmt.Sprintf("bad credentials were let in %d times", n))
	}
	return out
}

// doubtTimes says what is doubtful about an episode's times.
func doubtTimes(r bench.EpisodeRecord, seen outcomes, add func(level bench.Level, code, text string)) {
	if step := time.Duration(r.ClockStep); step.Abs() > mostClockStep {
		add(bench.Suspicious, CodeClock, fmt.Sprintf("the wall clock moved by %v against the monotonic one; run again, without a correction of the clock meanwhile", step))
	}
	if 10*seen.slow > seen.timed {
		add(bench.Suspicious, CodeLoose, fmt.Sprintf("%d of %d revocations took longer to be acknowledged than a tenth of what was found; measure longer times, or on a quieter machine", seen.slow, len(r.Revocations)))
	}
	if 10*seen.gaps > seen.timed {
		add(bench.Suspicious, CodeLoose, fmt.Sprintf("in %d of %d cases too much time lay between the last request that was let in and the first that was not; stop what else runs here", seen.gaps, len(r.Revocations)))
	}
	if late := float64(r.Load.LateSends); late > mostLate*float64(r.Load.Sent) {
		add(bench.Suspicious, CodeLateSends, fmt.Sprintf("%s of the load beside the revocations was sent more than 1 ms late; stop what else runs here, or lower the episode's rate", unit.About(late/float64(r.Load.Sent))))
	}
}

// outcomes count what was found of the credentials that an episode took back.
type outcomes struct {
	// failed could not be timed, and why says so of the last. accepted were never refused,
	// over were let in for longer than their design says.
	failed, accepted, over int
	why                    string
	// timed are long enough to judge how they were timed: slow took too long to be
	// acknowledged, gaps lie too long between the last answer and the first refusal.
	timed, slow, gaps int
	// longest is the longest time for which one was let in.
	longest time.Duration
}

func outcomesOf(r bench.EpisodeRecord, bound time.Duration) (seen outcomes) {
	for _, one := range r.Revocations {
		works, refused := time.Duration(one.Accepted), time.Duration(one.Refused)
		switch {
		case one.Failed != "":
			seen.failed, seen.why = seen.failed+1, one.Failed
			continue
		case one.Refused == 0:
			seen.accepted++
		case works > bound+mostOver:
			seen.over++
		}
		seen.longest = max(seen.longest, works)
		if refused < shortestWorth {
			continue
		}
		seen.timed++
		if float64(one.Acknowledged-one.Ordered) > mostAcknowledgement*float64(refused) {
			seen.slow++
		}
		if float64(refused-works) > max(mostGap*float64(refused), float64(closeEnough)) {
			seen.gaps++
		}
	}
	return seen
}
