package conform

import (
	"context"
	"fmt"
	"net/http"

	"authbench/internal/method"
)

// baseForged is the base of credentials that a method's own code forges. Catalogues cannot
// name it.
const baseForged = "own"

// classMethod is the class of the methods' own cases.
const classMethod = "method"

// forger returns the values of the fields that carry a credential, see [method.Forgery].
type forger func(method.Minted) ([]string, error)

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
			c.subCases = append(c.subCases, subCase{one.Label, recipe{Base: baseForged, forge: one.Fields}})
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

// runForged sends a credential that the method's own code forged.
func (a *attempt) runForged(ctx context.Context, r *recipe) (result, error) {
	from, err := a.minted()
	if err != nil {
		return result{}, err
	}
	values, err := r.forge(from)
	if err != nil {
		return result{}, fmt.Errorf("forge a credential: %w", err)
	}
	a.cred = from.Valid
	out := Request{Method: defaultMethod, Target: a.Path}
	for _, value := range values {
		out.Fields = append(out.Fields, Field{a.Field, value})
	}
	return a.send(ctx, out), nil
}

// minted returns the valid credentials that a method's forger starts from.
func (m *minter) minted() (out method.Minted, err error) {
	if m.issuer == nil {
		return out, inapplicable("its issuer is not known")
	}
	out.Files, out.Now = m.issuer, m.now
	if out.Valid, err = m.roleCredential(credentialValid); err != nil {
		return out, err
	}
	out.Other, err = m.roleCredential(roleTenantB)
	return out, err
}
