package conform

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// examineConfig examines a case about keys: a verifier must refuse to be made with such a key,
// or must refuse every token.
func (e *examiner) examineConfig(ctx context.Context, c *Case) (CaseResult, error) {
	v := CaseResult{Case: c}
	inProcess := slices.ContainsFunc(e.Subjects, func(s Subject) bool { return s.Surface() == Process })
	if e.Build == nil || !inProcess {
		v.skip("the keys of this server cannot be chosen here")
		v.conclude()
		return v, nil
	}
	for i := range c.subCases {
		one := &c.subCases[i]
		t, err := e.tryKey(ctx, c, one.recipe.Key)
		if err != nil {
			return v, fmt.Errorf("%w%s", err, inSubCase(one.label))
		}
		v.add(Process, one.label, t)
	}
	v.conclude()
	return v, nil
}

// tryKey builds a verifier with the key. If that succeeds, it sends the verifier a token
// that the key signed.
func (e *examiner) tryKey(ctx context.Context, c *Case, spec *keySpec) (result, error) {
	defer e.cpu.acquire(cpuShared)()
	a := &attempt{examiner: e, Case: c, minter: minter{Fixture: e.Fixture, now: time.Now()}}
	k, err := a.signer(spec)
	if err != nil {
		return skipInapplicable(err)
	}
	if a.subject, err = e.Build(k); err != nil {
		return result{got: "the verifier does not take the key"}, nil
	}
	own := *e.Fixture
	own.keys = map[string]*key{roleVictim: k}
	a.Fixture = &own
	token, err := a.token(&recipe{Base: baseToken})
	if err != nil {
		return skipInapplicable(err)
	}
	return a.send(ctx, a.requestWith(token)), nil
}
