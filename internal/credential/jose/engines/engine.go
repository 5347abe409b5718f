package engines

import (
	"encoding/json"
	"errors"
	"fmt"

	"authbench/bench"
	"authbench/internal/credential/jose"
	"authbench/internal/method"
	"authbench/internal/method/all"
	"authbench/internal/method/jwt"
)

// implementation is a library under one policy.
type implementation struct {
	engine, policy string
	tokens         func(jose.EngineConfig) (jose.Engine, error)
	jws            func(jose.JWK) (jose.JWS, error)
}

func implementations() []implementation {
	return []implementation{
		{"jwx", "hardened", newJWX, newJWXJWS},
		{"jwx", "stock", newStockJWX, newStockJWXJWS},
		{"go-jose", "hardened", newGoJose, newGoJoseJWS},
		{"go-jose", "stock", newStockGoJose, newStockGoJoseJWS},
	}
}

func find(engine, policy string) (implementation, error) {
	for _, i := range implementations() {
		if i.engine == engine && i.policy == policy {
			return i, nil
		}
	}
	return implementation{}, fmt.Errorf("there is no engine %q with policy %q here", engine, policy)
}

// defaultPolicy is what internal/method/jwt takes if a method does not say.
const defaultPolicy = "hardened"

// NewVerifier is the catalogue's NewVerifier for every method: those whose engine is here
// too.
func NewVerifier(m bench.Method, verification json.RawMessage, loading func(done, total int)) (method.Verifier, error) {
	if fetcher := fetchers()[m.Params.Text("fetcher")]; fetcher != nil {
		return jwt.NewVerifierWith(m, verification, fetcher)
	}
	if !jose.IsExternal(m.Params.Text("engine")) {
		return all.Catalogue().NewVerifier(m, verification, loading)
	}
	policy := m.Params.Text("policy")
	if policy == "" {
		policy = defaultPolicy
	}
	i, err := find(m.Params.Text("engine"), policy)
	if err != nil {
		return nil, err
	}
	return jwt.NewVerifierWith(m, verification, i.tokens)
}

// NewEngine makes an engine under a policy, as [jose.NewEngine] does.
func NewEngine(engine, policy string, c jose.EngineConfig) (jose.Engine, error) {
	i, err := find(engine, policy)
	if err != nil {
		return nil, err
	}
	return i.tokens(c)
}

// NewJWS makes an engine's check of signatures alone, as [jose.NewJWS] does.
func NewJWS(engine, policy string, key jose.JWK) (jose.JWS, error) {
	i, err := find(engine, policy)
	if err != nil {
		return nil, err
	}
	return i.jws(key)
}

// errNotRead stands for what a library says of a key: its errors may quote it.
var errNotRead = errors.New("the library does not read the key")

// lacking says that a library does not have an algorithm.
func lacking(library, algorithm string) error {
	return fmt.Errorf("%s does not have algorithm %q", library, algorithm)
}

// cause is an error of a library's, and what it means.
type cause struct {
	err    error
	reason bench.Reason
}

// reasonOf returns what the first of causes that err is means.
func reasonOf(err error, causes []cause) bench.Reason {
	for _, c := range causes {
		if errors.Is(err, c.err) {
			return c.reason
		}
	}
	return bench.ReasonMalformed
}
