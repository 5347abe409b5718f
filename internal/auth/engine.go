package auth

import (
	"fmt"
	"slices"
	"time"

	"authbench/bench"
)

// Engine verifies JWTs: one implementation with its rules, its keys and a clock.
// It is safe for concurrent use.
type Engine interface {
	// Verify judges a token of at most 16 KiB. room is as long as the token: what
	// is decoded from it fits in there, and the identity's texts may lie in it.
	Verify(token, room []byte) (Identity, bench.Reason)
}

// JWS verifies compact JWSs (RFC 7515 §7.1) with one key, whatever they contain.
// It is safe for concurrent use.
type JWS interface {
	// Payload returns what a good signature covers. The algorithm is pinned to the
	// key's. Key ids and types are not looked at: they choose keys, and say what
	// the payload is.
	Payload(jws []byte) ([]byte, bench.Reason)
}

// Identity is what an accepted token says of its bearer and of itself.
type Identity struct {
	Subject, Tenant string
	// ID is the token's jti, "" if it has none.
	ID string
	// Expires is when the token ceases to be valid, in whole Unix seconds, rounded
	// down; 0 for never.
	Expires int64
}

// EngineConfig is what an engine is made from.
type EngineConfig struct {
	// Algorithm is what tokens must be signed with.
	Algorithm string
	// Material holds issuer, audience and keys. Each key must be for Algorithm.
	Material Verification
	Now      func() time.Time
	// trusting takes every signature for good: for method parse, which measures
	// what all the rest costs.
	trusting bool
}

// implementation is a JWT implementation under one policy.
type implementation struct {
	engine, policy string
	tokens         func(EngineConfig) (Engine, error)
	jws            func(algorithm, JWK) (JWS, error)
}

// What verifies a token if a method does not say.
const (
	defaultEngine = "golang-jwt"
	defaultPolicy = "hardened"
)

// implementations lists every one, those of one engine together.
func implementations() []implementation {
	return []implementation{
		{"golang-jwt", "hardened", newHardened, newHardenedJWS},
		{"golang-jwt", "stock", newStock, newStockJWS},
		{"lean", "hardened", newLean, newLeanJWS},
	}
}

// ownEngineNames are the engines of this package.
func ownEngineNames() (out []string) {
	for _, i := range implementations() {
		out = append(out, i.engine)
	}
	return slices.Compact(out)
}

// engineNames are those of all programs.
func engineNames() []string {
	out := ownEngineNames()
	for _, f := range elsewhere() {
		out = append(out, f.name)
	}
	return out
}

func policyNames() []string { return []string{"hardened", "stock"} }

// findImplementation returns an engine under a policy.
func findImplementation(engine, policy string) (implementation, error) {
	for _, i := range implementations() {
		if i.engine == engine && i.policy == policy {
			return i, nil
		}
	}
	if f, foreign := findForeign(engine); foreign {
		return implementation{}, fmt.Errorf("engine %s: %w", f.name, ErrElsewhere)
	}
	return implementation{}, fmt.Errorf("there is no engine %q with policy %q", engine, policy)
}

// NewEngine makes an engine under a policy: names that method jwt takes as its
// parameters engine and policy.
func NewEngine(engine, policy string, c EngineConfig) (Engine, error) {
	i, err := findImplementation(engine, policy)
	if err != nil {
		return nil, err
	}
	return i.tokens(c)
}

// NewJWS makes an engine's check of signatures alone, with a key that names its
// algorithm.
func NewJWS(engine, policy string, key JWK) (JWS, error) {
	i, err := findImplementation(engine, policy)
	if err != nil {
		return nil, err
	}
	alg, err := mustAlgorithm(key.Algorithm)
	if err != nil {
		return nil, err
	}
	return i.jws(alg, key)
}

// OnlyKey returns the one key of the material, which policy stock takes.
func (c EngineConfig) OnlyKey() (JWK, error) {
	if len(c.Material.Keys) != 1 {
		return JWK{}, fmt.Errorf("policy stock takes one key; the verification material has %d", len(c.Material.Keys))
	}
	alg, err := mustAlgorithm(c.Algorithm)
	return c.Material.Keys[0].completed(alg), err
}
