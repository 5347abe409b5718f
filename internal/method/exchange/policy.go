package exchange

import (
	"cmp"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"time"

	"authbench/bench"
)

// usualRefresh leaves a client a fifth of the lifetime in which the issuer may be away.
const usualRefresh = "80%"

// shortestMargin is what a fetch needs that is tried a second time.
const shortestMargin = time.Second

func lifetimeOf(p bench.Params) time.Duration { return cmp.Or(p.Duration("lifetime"), usual) }

// withLifetime is p with the lifetime that it means.
func withLifetime(p bench.Params) bench.Params {
	out := maps.Clone(p)
	out["lifetime"] = lifetimeOf(p).String()
	return out
}

// refreshOf is how long after a token its client fetches the next.
func refreshOf(p bench.Params) (time.Duration, *bench.Problem) {
	text, lifetime := cmp.Or(p.Text("refresh"), usualRefresh), lifetimeOf(p)
	wrong := func(why string) *bench.Problem {
		return &bench.Problem{Path: []any{"refresh"}, Text: fmt.Sprintf("refresh is %.32q: %s", text, why), Remedy: "write a share of the lifetime, such as 80%, or a time before its end, such as 10s"}
	}
	if share, ok := strings.CutSuffix(text, "%"); ok {
		percent, err := strconv.Atoi(share)
		if err != nil || percent < 1 || percent > 99 {
			return 0, wrong("a share is a whole number of percent from 1 to 99")
		}
		return lifetime * time.Duration(percent) / 100, nil
	}
	before, err := time.ParseDuration(text)
	switch {
	case err != nil:
		return 0, wrong("it is no share and no time")
	case before < shortestMargin:
		return 0, wrong("no time is left to fetch the next token")
	case before >= lifetime:
		return 0, wrong(fmt.Sprintf("a token lives for %v, so that each request would fetch one", lifetime))
	}
	return lifetime - before, nil
}
