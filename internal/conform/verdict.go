package conform

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"authbench/bench"
)

// Fault is what a subject did wrong.
type Fault string

// The faults.
const (
	FalseAccept Fault = "false accept"   // it let in what it must refuse
	FalseReject Fault = "false reject"   // it refused what it must let in
	WrongStatus Fault = "wrong status"   // it refused with a status that misleads
	ServerError Fault = "server error"   // it broke: a panic, a status of 5xx, no answer
	NoChallenge Fault = "no challenge"   // a 401 without WWW-Authenticate
	OverLimit   Fault = "over a limit"   // it took more time or memory than it may
	Echo        Fault = "echo"           // the answer holds a credential or a key
	NotUniform  Fault = "not uniform"    // refusals can be told apart
	WrongName   Fault = "wrong identity" // it let somebody in as somebody else
	Outbound    Fault = "outbound"       // it went to the network where a token sent it
	WrongReason Fault = "wrong reason"   // it judged claims that nobody had vouched for
	// Busy is an answer that judges nothing: the server limits its clients' requests. It
	// is in no score; a sub-case without another answer is undecided.
	Busy Fault = "busy"
)

// trial is what became of one sub-case on one surface.
type trial struct {
	fault Fault
	got   string // what came back
	// skipped says why the subject could not be given it.
	skipped string
	// choice is what the subject does where the specification leaves it open.
	choice string
	// unjudged are demands that this subject cannot be held to: its process cannot
	// be looked into.
	unjudged []string
	// undecided says why it is not known how the subject takes the sub-case.
	undecided string
	// closed: the connection was closed without an answer. That is a refusal if the
	// server lets the valid credential in right afterwards.
	closed bool
	// crashed: the server ended by what it was sent.
	crashed bool
	// unchallenged: a 401 of a server that is not ours, without a challenge.
	unchallenged bool
	// mild: the fault counts, and does not make the subject unsafe.
	mild bool
}

// proven reports whether the fault is one that no state of the machine brings about: the
// answer itself shows it.
func (t *trial) proven() bool { return t.fault.proven() || t.crashed }

func (f Fault) proven() bool {
	switch f {
	case FalseAccept, WrongName, Echo, Outbound:
		return true
	}
	return false
}

// proven names the proven faults among failures, each once.
func proven(failures []Failure) []string {
	var out []string
	for _, f := range failures {
		if name := string(f.Fault) + inSubCase(f.SubCase); f.Fault.proven() && !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}

// doubtful reports whether a recipe's outcome may come from the machine: a fault that
// another try might not show.
func (t *trial) doubtful(r *recipe) bool {
	waits := slices.ContainsFunc(r.Steps, func(s step) bool { return s.Within != nil })
	return t.closed || t.fault != "" && (!t.proven() || waits)
}

func skip(format string, args ...any) trial { return trial{skipped: fmt.Sprintf(format, args...)} }

func failed(f Fault, format string, args ...any) trial {
	return trial{fault: f, got: fmt.Sprintf(format, args...)}
}

// describe says what an answer was, without anything secret.
func describe(a Answer) string {
	out := fmt.Sprint(a.Status)
	switch {
	case a.Panicked:
		return "a panic"
	case a.Closed != nil:
		return "no answer: " + a.Closed.Error()
	case a.accepted() && a.Subject != "":
		out += fmt.Sprintf(" as %q", a.Subject)
	case a.Reason != bench.ReasonNone:
		out += " (" + a.Reason.String() + ")"
	}
	return out
}

// judge holds an answer of ours against an outcome, the statuses that go with it (none:
// any), and the rules of every case.
func judge(a Answer, outcome string, statuses []int) trial {
	got := describe(a)
	switch {
	case a.Panicked || a.Closed != nil || a.Status >= 500:
		return trial{fault: ServerError, got: got}
	case a.Took > patience:
		return failed(ServerError, "%s after %v", got, a.Took.Round(time.Second))
	case outcome == outcomeReject && a.accepted():
		return trial{fault: FalseAccept, got: got}
	case outcome == outcomeAccept && !a.accepted():
		return trial{fault: FalseReject, got: got}
	case a.Status == http.StatusUnauthorized && !a.Challenged:
		return trial{fault: NoChallenge, got: got}
	case len(statuses) > 0 && !slices.Contains(statuses, a.Status):
		return failed(WrongStatus, "%s, not %s", got, statusList(statuses))
	}
	return chosen(a, outcome, got)
}

// judgeForeign does so for somebody else's server. What is neither a success nor an
// error of the server's is a refusal, whatever its number: 400 and 401, a 404 that hides
// what there is, a 302 to a log-in page, 413, 414 and 431 of a server's limits; and so is
// 501 to a method that the server does not know (RFC 9110 §15.6.2). 429 refuses the
// client, and says nothing of the credential.
func judgeForeign(a Answer, outcome string) trial {
	got := describe(a)
	switch {
	case a.Status == http.StatusTooManyRequests:
		return trial{fault: Busy, got: got}
	case a.Status >= 500 && !a.Unsupported:
		return trial{fault: ServerError, got: got}
	case a.Took > patience:
		return failed(ServerError, "%s after %v", got, a.Took.Round(time.Second))
	case outcome == outcomeReject && a.accepted():
		return trial{fault: FalseAccept, got: got}
	case outcome == outcomeAccept && !a.accepted():
		return trial{fault: FalseReject, got: got, closed: a.Closed != nil}
	}
	t := chosen(a, outcome, got)
	t.closed, t.unchallenged = a.Closed != nil, a.Status == http.StatusUnauthorized && !a.Challenged
	return t
}

// chosen is a good answer. Where the specification leaves it open it is a choice.
func chosen(a Answer, outcome, got string) trial {
	t := trial{got: got}
	if outcome == outcomeEither {
		t.choice = "refused"
		if a.accepted() {
			t.choice = "accepted"
		}
	}
	return t
}

// judge judges an answer by the examiner's demands.
func (e *Examiner) judge(a Answer, outcome string, statuses []int) trial {
	if e.Foreign {
		return judgeForeign(a, outcome)
	}
	return judge(a, outcome, statuses)
}

func (a *attempt) judge(answer Answer, outcome string, statuses []int) trial {
	return a.examiner.judge(answer, outcome, statuses)
}

// isMild reports whether a fault of somebody else's server counts without making it
// unsafe: one that lets nobody in. Where the catalogue only advises (level should or
// policy) no such fault makes it so; a status of 5xx does where the case forbids it, as
// those about denial of service do; to refuse what others would let in does not.
func (c *Case) isMild(t trial) bool {
	switch _, no5xx := c.limit(limitNo5xx); {
	case t.proven():
		return false
	case c.Level != levelMust:
		return true
	case t.fault == ServerError:
		return !no5xx
	}
	return t.fault == FalseReject
}

func statusList(statuses []int) string {
	var out []string
	for _, s := range statuses {
		out = append(out, fmt.Sprint(s))
	}
	return strings.Join(out, " or ")
}
