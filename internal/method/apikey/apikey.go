// Package apikey is method apikey: a key in a header field, which the server looks up.
// What flows in: parameters. What flows out: the method.
package apikey

import (
	"authbench/bench"
	"authbench/internal/credential"
	"authbench/internal/credential/opaque"
	"authbench/internal/method"
	"authbench/internal/method/apikey/attack"
	"authbench/internal/method/stored"
)

// ID is the method's name.
const ID = "apikey"

// Method returns the method of a key that the server looks up.
func Method() method.Method {
	return stored.Method(bench.MethodSpec{
		ID: ID, Title: "API key", Summary: "API key, looked up by its public id", Reference: "-",
		Params: []bench.ParamSpec{
			{
				Name: "header", Values: []string{"authorization", "x-api-key"}, Default: "authorization",
				Doc: "field that carries the key: Authorization: Bearer …, or X-API-Key",
			},
			opaque.HashParam(),
		},
	}, carrier, opaque.Keys{}, attack.Family)
}

// carrier returns where the keys travel.
func carrier(p bench.Params) credential.Carrier {
	if p.Text("header") == "x-api-key" {
		return credential.Carrier{Field: "X-API-Key"}
	}
	return credential.Bearer
}
