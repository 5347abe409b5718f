package conform

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"syscall"
	"time"
)

// Unexaminable is the error of a subject that cannot be examined. It does not even accept
// the valid credential, so that its refusals would prove nothing.
type Unexaminable struct{ Why string }

func (u *Unexaminable) Error() string { return "cannot be examined: " + u.Why }

// examinee is a subject under examination, with its state: whether it still accepts the valid
// credential.
type examinee struct {
	Subject
	// lost says since when and why it does not, "" while it does. A lost subject is sent
	// nothing more, because its answers would say nothing about credentials.
	lost string
	// refusedFor is for how long, in all, the valid credential was refused so far.
	refusedFor time.Duration
}

// inProcess reports whether the subject runs in this process, where it neither ends nor limits
// its clients.
func (s *examinee) inProcess() bool {
	_, near := s.Subject.(meter)
	return near
}

// defaultPauses are the waits before each attempt with the valid credential. A server that
// restarts, or limits requests per second, accepts again after the last one.
func defaultPauses() []time.Duration {
	return []time.Duration{0, 100 * time.Millisecond, 500 * time.Millisecond, 2 * time.Second}
}

// maxRefusedFor bounds how long an examination waits, in all, for a server that accepts the
// valid credential only sometimes.
const maxRefusedFor = 30 * time.Second

// acceptsValid sends the valid credential. It returns why the subject did not accept it, "" if
// it did, and whether nothing listened at the subject's address (gone).
func (e *examiner) acceptsValid(ctx context.Context, s *examinee) (why string, gone bool, err error) {
	m := minter{Fixture: e.Fixture, now: time.Now()}
	credential, err := m.roleCredential(credentialValid)
	if err != nil {
		return "", false, err
	}
	defer e.cpu.acquire(cpuShared)()
	a, err := s.Ask(ctx, e.Fixture.requestWith(credential))
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return "nothing listens at the server's address", true, nil
	case err != nil:
		return fmt.Sprintf("the valid credential is not let in (%v)", err), false, nil
	case !a.accepted():
		return fmt.Sprintf("the valid credential is not let in (%s)", describe(a)), false, nil
	}
	return "", false, nil
}

// acceptsValidRetrying is [examiner.acceptsValid] with retries. gone says that nothing listened in any of them.
func (e *examiner) acceptsValidRetrying(ctx context.Context, s *examinee) (why string, gone bool, err error) {
	began := time.Now()
	for i, pause := range e.pauses {
		if err := wait(ctx, pause); err != nil {
			return "", false, err
		}
		var refused bool
		why, refused, err = e.acceptsValid(ctx, s)
		gone = gone || refused
		if why == "" || err != nil {
			return why, gone, errors.Join(err, ctx.Err())
		}
		if s.refusedFor += time.Since(began); i > 0 && s.refusedFor > maxRefusedFor {
			break
		}
		began = time.Now()
	}
	return why, gone, ctx.Err()
}

// recheck checks that a subject still accepts the valid credential. If not, it marks the
// subject as lost; at says after what. gone says that at some moment nothing listened at
// the subject's address, even if something does again.
func (e *examiner) recheck(ctx context.Context, s *examinee, at string) (gone bool, err error) {
	if s.inProcess() || s.lost != "" {
		return false, nil
	}
	why, gone, err := e.acceptsValidRetrying(ctx, s)
	if why != "" {
		s.lost = fmt.Sprintf("since %s %s", at, why)
	}
	return gone, err
}

// controlCase is asked of every subject before the catalogue. A score has it only if it
// failed.
var controlCase = &Case{
	ID: "CONTROL", Class: "control", Impact: "forgery", Level: levelMust,
	Title:  "a request without a credential, and one with a broken credential, are refused",
	Source: []string{"RFC 9110 §15.5.2"},
}

// control sends a subject the valid credential, which it must accept, and two requests
// that it must refuse. A subject that accepts one of these is not safe. One that refuses
// the valid credential, or breaks, cannot be examined.
func (e *examiner) control(ctx context.Context, s *examinee, v *CaseResult) error {
	why, gone, err := e.acceptsValidRetrying(ctx, s)
	switch {
	case err != nil:
		return err
	case gone && why != "":
		return &Unexaminable{why + ": start the server first"}
	case why != "":
		return &Unexaminable{why + ": " + e.remedy() + "; nothing of it was examined"}
	}
	m := minter{Fixture: e.Fixture, now: time.Now()}
	broken, err := m.invalid()
	if err != nil {
		return err
	}
	judged := false
	for _, bad := range []struct {
		label string
		Request
	}{
		{"no credential", Request{Method: defaultMethod, Target: e.Fixture.Path}},
		{"a broken credential", e.Fixture.requestWith(broken)},
	} {
		t := e.askMustRefuse(ctx, s, bad.Request)
		switch t.fault {
		case "":
			judged = true
		case falseAccept:
			judged = true
			t.got += "; if the path is open to everybody, name one that is not"
			v.add(s.Surface(), bad.label, t)
		default:
			why = fmt.Sprintf("%s breaks the server (%s)", bad.label, t.got)
		}
	}
	if !judged {
		return &Unexaminable{why + ": " + e.remedy() + "; nothing of it was examined"}
	}
	return ctx.Err()
}

// askMustRefuse judges a subject's answer to a request that it must refuse.
func (e *examiner) askMustRefuse(ctx context.Context, s *examinee, r Request) result {
	defer e.cpu.acquire(cpuShared)()
	a, err := s.Ask(ctx, r)
	if err != nil {
		return failed(serverError, "%v", err)
	}
	return e.judge(a, outcomeReject, nil)
}

func (e *examiner) remedy() string {
	if e.Remedy != "" {
		return e.Remedy
	}
	return "check url and keys"
}

// missingChallenges counts the refusals without a challenge of somebody else's server. Together
// they are one finding. It does not gate, because nobody is let in.
type missingChallenges struct {
	Failure
	count int
}

var challengeCase = &Case{
	ID: "CHALLENGE", Class: "http", Impact: "carrier", Level: levelMust,
	Title:  "a 401 names the scheme to use, in WWW-Authenticate",
	Source: []string{"RFC 9110 §11.6.1"},
}

func (u *missingChallenges) note(c *Case, label string, s Surface) {
	if u.count++; u.count == 1 {
		u.Failure = Failure{Surface: s, SubCase: c.ID + inSubCase(label), Fault: noChallenge, Mild: true}
	}
}

// verdict is the finding, of status passed if there is none.
func (u *missingChallenges) verdict() CaseResult {
	v := CaseResult{Case: challengeCase, Status: Passed, Runs: u.count}
	if u.count > 0 {
		u.Got = fmt.Sprintf("%d without WWW-Authenticate, in %d sub-cases, of which this is the first", http.StatusUnauthorized, u.count)
		v.Status, v.Failures = Failed, []Failure{u.Failure}
	}
	return v
}

// maxAttempts is how often a sub-case is sent if the machine, and not the credential, may have
// caused the answer.
const maxAttempts = 3

// attemptRetrying is [examiner.attempt], repeated while the answer is no proof. Between two tries it
// checks that the subject still accepts the valid credential. A server that ended once may
// have ended for any reason; one that was restarted and ends at the same sub-case again
// ended because of it.
func (e *examiner) attemptRetrying(ctx context.Context, c *Case, one *subCase, s *examinee, fixChecksum bool) (result, error) {
	ended := 0
	for try := 1; ; try++ {
		t, err := e.attempt(ctx, c, &one.recipe, s, fixChecksum)
		if err != nil || !t.doubtful(&one.recipe) {
			return t, err
		}
		gone, err := e.recheck(ctx, s, "case "+c.ID+inSubCase(one.label))
		if gone {
			ended++
		}
		switch {
		case err != nil:
			return result{}, err
		case s.lost != "", t.fault == "" && !gone:
			return t, nil // [examiner.weigh] decides what it is worth
		case ended > 1:
			t = failed(serverError, "the server ended each time that it was sent this")
			t.crashed = true
			return t, nil
		case try == maxAttempts:
			return t, nil
		}
	}
}

// examineOn sends every sub-case to one subject. A refusal counts only if the subject accepts
// the valid credential afterwards: a server that refuses everything has judged nothing.
func (e *examiner) examineOn(ctx context.Context, v *CaseResult, s *examinee) error {
	type labelled struct {
		label string
		result
	}
	var results []labelled
	for i := range v.Case.subCases {
		one := &v.Case.subCases[i]
		for _, fixChecksum := range []bool{false, true} {
			if s.lost != "" || fixChecksum && !e.hasChecksumVariant(&one.recipe) {
				continue
			}
			label := one.label
			if fixChecksum {
				label += " (checksum made right)"
			}
			t, err := e.attemptRetrying(ctx, v.Case, one, s, fixChecksum)
			if err != nil {
				return fmt.Errorf("%w%s", err, inSubCase(one.label))
			}
			results = append(results, labelled{label, t})
		}
	}
	if _, err := e.recheck(ctx, s, "case "+v.Case.ID); err != nil {
		return err
	}
	for _, r := range results {
		v.add(s.Surface(), r.label, e.weigh(v.Case, s, r.label, r.result))
	}
	if s.lost != "" {
		v.Undecided = appendNew(v.Undecided, s.lost)
	}
	return nil
}

// weigh decides what a sub-case's outcome is worth, once it is known whether the subject
// still accepts the valid credential.
func (e *examiner) weigh(c *Case, s *examinee, label string, t result) result {
	switch {
	case t.skipped != "":
		return t
	case s.lost != "" && !t.proven():
		return result{undecided: s.lost}
	case t.fault == busy:
		return result{undecided: "the server limits its clients' requests: " + t.got}
	case t.unchallenged:
		e.missingChallenges.note(c, label, s.Surface())
	}
	t.nonGating = e.Foreign && c.isNonGating(t)
	return t
}
