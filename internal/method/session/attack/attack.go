// Package attack is how the examiner makes the credentials of method session. What flows
// in: the method's parameters. What flows out: their family.
package attack

import (
	"authbench/bench"
	"authbench/internal/method"
	"authbench/internal/method/stored/attack"
)

// Family has keys in a cookie.
func Family(p bench.Params) method.Family {
	f := attack.Keys(p)
	f.Cookie = "session"
	f.Variants.Deciding = []string{"store"}
	f.Variants.Remembering = [][]string{{"cache_size=100", "cache_ttl=10s"}}
	return f
}
