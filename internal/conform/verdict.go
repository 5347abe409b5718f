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
	falseAccept Fault = "false accept"   // it accepted what it must refuse
	falseReject Fault = "false reject"   // it refused what it must accept
	wrongStatus Fault = "wrong status"   // it refused with a status that misleads
	serverError Fault = "server error"   // it broke: a panic, a status of 5xx, no answer
	noChallenge Fault = "no challenge"   // a 401 without WWW-Authenticate
	overLimit   Fault = "over a limit"   // it took more time or memory than allowed
	echo        Fault = "echo"           // the answer holds a credential or a key
	notUniform  Fault = "not uniform"    // refusals can be told apart
	wrongName   Fault = "wrong identity" // it let somebody in as somebody else
	outbound    Fault = "outbound"       // it connected to an address that a token named
	wrongReason Fault = "wrong reason"   // it judged claims before their signature
	// busy is an answer that judges nothing: the server limits its clients' requests. No
	// score holds it; a sub-case without another answer is undecided.
	busy Fault = "busy"
)

// result is the result of one sub-case on one surface.
type result struct {
	fault Fault
	got   string // what came back
	// skipped says why it could not be asked of the subject.
	skipped string
	// choice is what the subject does if the specification leaves that open.
	choice string
	// unjudged are demands that could not be checked, because the subject's process cannot
	// be metered.
	unjudged []string
	// undecided says why it is not known whether the subject would pass.
	undecided string
	// closed: the connection was closed without an answer. That is a refusal if the server
	// accepts the valid credential right afterwards.
	closed bool
	// crashed: the server ended because of what it was sent.
	crashed bool
	// unchallenged: somebody else's server answered with a 401 without a challenge.
	unchallenged bool
	// nonGating: the fault counts, but does not make the subject unsafe.
	nonGating bool
}

// proven reports whether the answer itself shows the fault, so that no state of the
// machine can have caused it.
func (t *result) proven() bool { return t.fault.proven() || t.crashed }

func (f Fault) proven() bool {
	switch f {
	case falseAccept, wrongName, echo, outbound:
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

// doubtful reports whether the machine may have caused a recipe's fault, so that another
// try might not show it.
func (t *result) doubtful(r *recipe) bool {
	waits := slices.ContainsFunc(r.Steps, func(s step) bool { return s.Within != nil })
	return t.closed || t.fault != "" && (!t.proven() || waits)
}

func skip(format string, args ...any) result { return result{skipped: fmt.Sprintf(format, args...)} }

func failed(f Fault, format string, args ...any) result {
	return result{fault: f, got: fmt.Sprintf(format, args...)}
}

// describe words an answer, without anything secret.
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
	if a.Took > patience {
		out += fmt.Sprintf(" after %v", a.Took.Round(time.Second))
	}
	return out
}

// misjudged is the fault of an answer that comes too late, or has not the expected outcome;
// "" for none.
func misjudged(a Answer, outcome string) Fault {
	switch {
	case a.Took > patience:
		return serverError
	case outcome == outcomeReject && a.accepted():
		return falseAccept
	case outcome == outcomeAccept && !a.accepted():
		return falseReject
	}
	return ""
}

// judge compares an answer of our own server with the expected outcome, the allowed
// statuses (none: any), and the rules that hold for all cases.
func judge(a Answer, outcome string, statuses []int) result {
	got, fault := describe(a), misjudged(a, outcome)
	switch {
	case a.Panicked || a.Closed != nil || a.Status >= 500:
		return result{fault: serverError, got: got}
	case fault != "":
		return result{fault: fault, got: got}
	case a.Status == http.StatusUnauthorized && !a.Challenged:
		return result{fault: noChallenge, got: got}
	case len(statuses) > 0 && !slices.Contains(statuses, a.Status):
		return failed(wrongStatus, "%s, not %s", got, statusList(statuses))
	}
	return judgeChoice(a, outcome, got)
}

// judgeForeign does the same for somebody else's server. Every status that is neither a
// success nor a server error is a refusal: 400 and 401, a 404 that hides the resource, a
// 302 to a log-in page, the 413, 414 and 431 of a server's limits. So is a 501 to a method
// that the server does not know (RFC 9110 §15.6.2). A 429 refuses the client, and says
// nothing about the credential.
func judgeForeign(a Answer, outcome string) result {
	got, fault := describe(a), misjudged(a, outcome)
	switch {
	case a.Status == http.StatusTooManyRequests:
		return result{fault: busy, got: got}
	case a.Status >= 500 && !a.Unsupported:
		return result{fault: serverError, got: got}
	case fault != "":
		return result{fault: fault, got: got, closed: fault == falseReject && a.Closed != nil}
	}
	t := judgeChoice(a, outcome, got)
	t.closed, t.unchallenged = a.Closed != nil, a.Status == http.StatusUnauthorized && !a.Challenged
	return t
}

// judgeChoice is the result of an allowed answer. It notes the subject's choice if the case
// allows both outcomes.
func judgeChoice(a Answer, outcome, got string) result {
	t := result{got: got}
	if outcome == outcomeEither {
		t.choice = "refused"
		if a.accepted() {
			t.choice = "accepted"
		}
	}
	return t
}

// judge judges an answer by the rules for our own servers, or for foreign ones.
func (e *examiner) judge(a Answer, outcome string, statuses []int) result {
	if e.Foreign {
		return judgeForeign(a, outcome)
	}
	return judge(a, outcome, statuses)
}

func (a *attempt) judge(answer Answer, outcome string, statuses []int) result {
	return a.examiner.judge(answer, outcome, statuses)
}

// isNonGating reports whether a fault of somebody else's server does not make it unsafe. A
// proven fault always does. Other faults do only in cases of level must: a server error if
// the case forbids it, as cases about denial of service do, and any fault except a false
// reject.
func (c *Case) isNonGating(t result) bool {
	switch _, no5xx := c.limit(limitNo5xx); {
	case t.proven():
		return false
	case c.Level != levelMust:
		return true
	case t.fault == serverError:
		return !no5xx
	}
	return t.fault == falseReject
}

func statusList(statuses []int) string {
	var out []string
	for _, s := range statuses {
		out = append(out, fmt.Sprint(s))
	}
	return strings.Join(out, " or ")
}
