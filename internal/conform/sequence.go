package conform

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// sequence carries out steps in order, until one does not get what it expects.
func (a *attempt) sequence(ctx context.Context, steps []step) (_ result, err error) {
	defer func() {
		if a.restore != nil {
			err = errors.Join(err, a.restore(ctx))
		}
	}()
	for i := range steps {
		t, err := a.step(ctx, &steps[i])
		if err != nil {
			return result{}, err
		}
		if t.fault != "" {
			t.got = fmt.Sprintf("step %d: %s", i+1, t.got)
			return t, nil
		}
		if i == len(steps)-1 {
			return t, nil
		}
	}
	return result{}, nil
}

func (a *attempt) step(ctx context.Context, s *step) (result, error) {
	switch {
	case s.Wait != 0:
		return result{}, wait(ctx, time.Duration(s.Wait*float64(time.Second)))
	case s.Admin != "":
		return result{}, a.orderOperator(ctx, s)
	case s.Flood != 0:
		return a.flood(ctx, s)
	case s.Concurrent != 0:
		return a.alternateConcurrently(ctx, s)
	}
	if err := a.mintNext(s); err != nil {
		return result{}, err
	}
	if s.Within != nil {
		return a.awaitExpected(ctx, s)
	}
	var t result
	for range max(1, s.Repeat) {
		if t = a.ask(ctx, a.lastSent, s.Expect); t.fault != "" {
			break
		}
	}
	return t, nil
}

func wait(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// mintNext mints the credential that the step sends.
func (a *attempt) mintNext(s *step) (err error) {
	switch {
	case s.Credential != "":
		a.lastSent, err = a.roleCredential(s.Credential)
	case s.Recipe != nil && s.Recipe.Base == baseKey:
		a.lastSent, err = a.apiKey(s.Recipe, false)
	case s.Recipe != nil:
		a.lastSent, err = a.token(s.Recipe)
	case s.Mutate != nil:
		a.lastSent, err = apply(&a.minter, textOps(), s.Mutate, a.lastSent)
	}
	return err
}

// ask sends a credential and judges the answer by what the step expects. The case's
// statuses are those of a refusal.
func (a *attempt) ask(ctx context.Context, credential, expect string) result {
	answer, err := a.subject.Ask(ctx, a.requestWith(credential))
	if err != nil {
		return failed(serverError, "%v", err)
	}
	if expect == expectAccept {
		return a.judge(answer, outcomeAccept, nil)
	}
	return a.judge(answer, outcomeReject, a.Expect.Status)
}

// pollStep is the pause between two checks whether an order has taken effect.
const pollStep = 50 * time.Millisecond

// awaitExpected asks until the answer is the expected one, for at most within_s.
func (a *attempt) awaitExpected(ctx context.Context, s *step) (result, error) {
	value, err := a.value(s.Within.tree)
	if err != nil {
		return result{}, err
	}
	number, _ := value.(json.Number)
	limit, err := number.Float64()
	if err != nil || limit < 0 || limit > maxWait {
		return result{}, fmt.Errorf("within_s %s is not a number of seconds up to %d", brief(value), maxWait)
	}
	for end := time.Now().Add(time.Duration(limit * float64(time.Second))); ; {
		late := time.Now().After(end) // before asking, because the answer may take its time
		t := a.ask(ctx, a.lastSent, s.Expect)
		if t.fault == "" || late {
			return t, nil
		}
		if err := wait(ctx, pollStep); err != nil {
			return result{}, err
		}
	}
}

// orderOperator gives the subject's operator an order.
func (a *attempt) orderOperator(ctx context.Context, s *step) error {
	operator, ok := a.subject.(operator)
	if !ok {
		return inapplicable("no key can be removed while the subject runs")
	}
	k, err := a.roleKey(s.Key)
	if err != nil {
		return err
	}
	a.restore, err = operator.removeKey(ctx, k.kid)
	return err
}

// identity is who was let in, by the answer.
type identity struct{ subject, tenant string }

// alternateConcurrently has several clients alternate between credentials. It first asks with each
// credential alone for whose it is; after that, no answer may name another identity.
func (a *attempt) alternateConcurrently(ctx context.Context, s *step) (result, error) {
	credentials := make([]string, len(s.Alternate))
	own := make([]identity, len(s.Alternate))
	for i, role := range s.Alternate {
		var err error
		if credentials[i], err = a.roleCredential(role); err != nil {
			return result{}, err
		}
		answer, err := a.subject.Ask(ctx, a.requestWith(credentials[i]))
		if err != nil {
			return failed(serverError, "%v", err), nil
		}
		if t := a.judge(answer, s.Expect, nil); t.fault != "" {
			return t, nil
		}
		own[i] = identity{answer.Subject, answer.Tenant}
		if s.Identity != "" && (own[i] == identity{} || i > 0 && own[i] == own[0]) {
			return result{}, inapplicable("the server does not tell whom it let in")
		}
	}
	return a.sendAlternating(ctx, s, credentials, own), nil
}

func (a *attempt) sendAlternating(ctx context.Context, s *step, credentials []string, own []identity) result {
	t, done := repeat(ctx, s.Concurrent, 0, s.Count, func(i int) result {
		which := i % len(credentials)
		answer, err := a.subject.Ask(ctx, a.requestWith(credentials[which]))
		if err != nil {
			return failed(serverError, "%v", err)
		}
		answer.Took /= time.Duration(s.Concurrent) // each waits for the others' answers too
		if got := (identity{answer.Subject, answer.Tenant}); s.Identity != "" && got != own[which] {
			return failed(wrongName, "%q of %q answered as %q of %q", own[which].subject, own[which].tenant, got.subject, got.tenant)
		}
		return a.judge(answer, s.Expect, nil)
	})
	if t.fault == "" {
		t.got = fmt.Sprintf("%s, %d times", t.got, done)
	}
	return t
}
