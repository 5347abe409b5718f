package conform

import (
	"context"
	"fmt"
	"net/http"

	"authbench/bench"
	"authbench/internal/method"
)

// baseForged is the base of requests that a method's own code writes. Catalogues cannot name
// it.
const baseForged = "own"

// classMethod is the class of the methods' own cases.
const classMethod = "method"

// methodCases turns the attacks of a method into cases that apply to this method only.
func methodCases(id string, f method.Family) ([]*Case, error) {
	var out []*Case
	for _, a := range f.Attacks {
		c, err := ownCase(id, a)
		if err != nil {
			return nil, err
		}
		if len(a.Forgeries) == 0 {
			return nil, fmt.Errorf("attack %s of the method: it needs at least one forgery", a.ID)
		}
		for _, one := range a.Forgeries {
			c.subCases = append(c.subCases, subCase{one.Label, recipe{Base: baseForged, forged: one}})
		}
		out = append(out, c)
	}
	return out, nil
}

// ownCase is an attack as a case of one method, without its sub-cases.
func ownCase(id string, a method.Attack) (*Case, error) {
	c := &Case{
		ID: a.ID, Title: a.Title, Class: classMethod, Impact: Impact(a.Impact), Level: levelMust, Core: true, Source: a.Source,
		AppliesTo: []string{id}, Surface: surfaceBoth,
		Expect: expectation{Outcome: outcomeReject, Status: []int{http.StatusUnauthorized, http.StatusBadRequest}},
	}
	if a.Accept {
		c.Expect = expectation{Outcome: outcomeAccept, Status: []int{http.StatusOK}}
	}
	if err := c.check(); err != nil {
		return nil, fmt.Errorf("attack %s of the method: %w", a.ID, err)
	}
	return c, nil
}

// runForged sends a request that the method's own code wrote.
func (a *attempt) runForged(ctx context.Context, f method.Forgery) (result, error) {
	from, err := a.minted()
	if err != nil {
		return result{}, err
	}
	requests, err := f.Requests(from)
	if err != nil {
		return result{}, fmt.Errorf("forge a credential: %w", err)
	}
	a.cred = from.Valid
	request := func(fields []bench.Field) Request {
		return Request{Method: defaultMethod, Target: a.Path, Fields: fields, forged: true}
	}
	last := len(requests) - 1
	for i, fields := range requests[:last] {
		if before, err := a.subject.Ask(ctx, request(fields)); err != nil || !before.accepted() {
			return failed(falseReject, "request %d of %d: %s", i+1, len(requests), describe(before)), nil
		}
	}
	return a.send(ctx, request(requests[last])), nil
}

// minted returns what a method's forger starts from.
func (a *attempt) minted() (out method.Minted, err error) {
	if a.issuer == nil {
		return out, inapplicable("its issuer is not known")
	}
	out.Files, out.Field, out.Now = a.issuer, a.Field, a.now
	if a.proofs != nil {
		out.Prove, out.Use = a.proofs.prover.Prove, a.proofs.use(valid, Request{Method: defaultMethod, Target: a.Path}, a.subject.Host())
	}
	if out.Valid, err = a.roleCredential(credentialValid); err != nil {
		return out, err
	}
	out.Other, err = a.roleCredential(roleTenantB)
	return out, err
}
