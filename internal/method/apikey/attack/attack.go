// Package attack is how the examiner makes the credentials of method apikey. What flows
// in: the method's parameters. What flows out: their family.
package attack

import (
	"authbench/bench"
	"authbench/internal/method"
	"authbench/internal/method/stored/attack"
)

// Family has keys in Authorization, or alone in a field of their own.
func Family(p bench.Params) method.Family {
	f := attack.Keys(p)
	if p.Text("header") != "x-api-key" {
		f.Scheme = "Bearer"
	}
	f.Variants.Deciding = []string{"hash", "store"}
	f.Variants.LeftOut = attack.SlowInOneServer()
	f.Variants.Carrying = "header"
	f.Variants.Remembering = [][]string{
		{"cache_size=100", "cache_ttl=10s"}, {"cache_size=100", "cache_ttl=10s", "filter=bloom"}, {"filter=bloom"},
	}
	return f
}
