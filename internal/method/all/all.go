// Package all lists the methods. What flows in: one line per method. What flows out: the
// catalogue of them.
package all

import (
	"authbench/internal/method"
	"authbench/internal/method/apikey"
	"authbench/internal/method/basic"
	"authbench/internal/method/carry"
	"authbench/internal/method/dpop"
	"authbench/internal/method/exchange"
	"authbench/internal/method/introspection"
	"authbench/internal/method/jwt"
	"authbench/internal/method/none"
	"authbench/internal/method/parse"
	"authbench/internal/method/paseto"
	"authbench/internal/method/session"
)

// Catalogue lists every method. A list that is written out shows what there is; a
// registry that packages add themselves to would not.
func Catalogue() method.Catalogue {
	return method.Catalogue{
		none.Method(), carry.Method(), apikey.Method(), basic.Method(), session.Method(), introspection.Method(), parse.Method(), jwt.Method(), exchange.Method(),
		paseto.Method(), dpop.Method(),
	}
}
