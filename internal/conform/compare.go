package conform

import (
	"context"
)

// compare sends the credential of each recipe. It judges each answer by itself, and all
// answers must look the same.
func (a *attempt) compare(ctx context.Context, r *recipe) (result, error) {
	var requests []Request
	for i := range r.Recipes {
		one := &r.Recipes[i]
		var credential string
		var err error
		if one.Base == baseKey {
			credential, err = a.apiKey(one, a.fixesChecksum)
		} else {
			credential, err = a.token(one)
		}
		if err != nil {
			return result{}, err
		}
		requests = append(requests, a.requestWith(credential))
	}
	return a.judgeAlike(ctx, requests), nil
}

// compareKeys does the same for API keys in their roles.
func (a *attempt) compareKeys(ctx context.Context, r *recipe) (result, error) {
	var requests []Request
	for _, text := range r.Compare {
		role, ops, err := parseCompared(text)
		if err != nil {
			return result{}, err
		}
		key, err := a.apiKey(&recipe{Credential: role, Text: ops}, a.fixesChecksum)
		if err != nil {
			return result{}, err
		}
		requests = append(requests, a.requestWith(key))
	}
	return a.judgeAlike(ctx, requests), nil
}

// judgeAlike sends the requests and compares the answers. It does not look for the demand
// uniform_response: every case that compares has it.
func (a *attempt) judgeAlike(ctx context.Context, requests []Request) result {
	var first Answer
	var last result
	for i, r := range requests {
		answer, err := a.subject.Ask(ctx, r)
		if err != nil {
			return failed(serverError, "%v", err)
		}
		unjudged := last.unjudged
		if last = a.judge(answer, a.Expect.Outcome, a.Expect.Status); last.fault != "" {
			return last
		}
		last.unjudged = unjudged
		if i == 0 {
			first = answer
		}
		if answer.Seen == first.Seen || answer.Status == first.Status && a.answersVary(ctx, requests[0], first, &last) {
			continue
		}
		return failed(notUniform, "answer %d differs from the first: %s against %s", i+1, describe(answer), describe(first))
	}
	return last
}

// answersVary reports whether a server answers the same request differently each time, for
// instance with the time or a serial number. Only the statuses of such answers can be
// compared.
func (a *attempt) answersVary(ctx context.Context, r Request, first Answer, t *result) bool {
	if again, err := a.subject.Ask(ctx, r); err != nil || again.Seen == first.Seen {
		return false
	}
	t.unjudged = appendNew(t.unjudged, limitUniform)
	return true
}
