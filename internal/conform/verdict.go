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
	case a.accepted() && a.Subject != "":
		out += fmt.Sprintf(" as %q", a.Subject)
	case a.Reason != bench.ReasonNone:
		out += " (" + a.Reason.String() + ")"
	}
	return out
}

// judge holds an answer against an outcome, the statuses that go with it (none:
// any), and the rules of every case.
func judge(a Answer, outcome string, statuses []int) trial {
	got := describe(a)
	switch {
	case a.Panicked || a.Status >= 500:
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
	t := trial{got: got}
	if outcome == outcomeEither {
		t.choice = "refused"
		if a.accepted() {
			t.choice = "accepted"
		}
	}
	return t
}

// judge is [judge], by the examiner's demands on refusals.
func (a *attempt) judge(answer Answer, outcome string, statuses []int) trial {
	if a.examiner.AnyRefusal {
		answer.Challenged, statuses = true, nil
	}
	return judge(answer, outcome, statuses)
}

func statusList(statuses []int) string {
	var out []string
	for _, s := range statuses {
		out = append(out, fmt.Sprint(s))
	}
	return strings.Join(out, " or ")
}
