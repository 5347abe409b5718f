package jose

import (
	"fmt"
	"slices"
	"strings"
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
	// Listed is the token's place on a status list.
	Listed Place
	// Thumbprint is that of the key that the token is bound to (RFC 9449 §6.1), "" if it is
	// bound to none.
	Thumbprint string
}

// Place is where a token stands on a status list (draft-ietf-oauth-status-list-21 §6.2); the
// zero value is no place.
type Place struct {
	// URI names the list, Index is from 0.
	URI   string
	Index int64
}

// Clone is the identity with texts of its own.
func (i Identity) Clone() Identity {
	i.Subject, i.Tenant, i.ID = strings.Clone(i.Subject), strings.Clone(i.Tenant), strings.Clone(i.ID)
	i.Listed.URI, i.Thumbprint = strings.Clone(i.Listed.URI), strings.Clone(i.Thumbprint)
	return i
}

// EngineConfig is what an engine is made from.
type EngineConfig struct {
	// Algorithm is what tokens must be signed with.
	Algorithm string
	// Issuer and Audience are what tokens must name.
	Issuer, Audience string
	// Keys verify. Each must be for Algorithm.
	Keys []JWK
	// KeySet is the URL of the keys, for an engine that fetches them itself; it has no Keys.
	KeySet string
	Now    func() time.Time
	// Trusting takes every signature for good, to measure what all the rest costs: no
	// method that protects sets it.
	Trusting bool
}

// implementation is a JWT implementation under one policy.
type implementation struct {
	Engine, Policy string
	Tokens         func(EngineConfig) (Engine, error)
	jws            func(Algorithm, JWK) (JWS, error)
}

// What verifies a token if a method does not say.
const (
	DefaultEngine = "golang-jwt"
	DefaultPolicy = "hardened"
)

// Implementations lists every one, those of one engine together.
func Implementations() []implementation {
	return []implementation{
		{"golang-jwt", "hardened", newHardened, newHardenedJWS},
		{"golang-jwt", "stock", newStock, newStockJWS},
		{"lean", "hardened", newLean, newLeanJWS},
	}
}

// OwnEngineNames are the engines of this package.
func OwnEngineNames() (out []string) {
	for _, i := range Implementations() {
		out = append(out, i.Engine)
	}
	return slices.Compact(out)
}

// EngineNames are those of all programs.
func EngineNames() []string {
	out := OwnEngineNames()
	for _, f := range ExternalEngines() {
		out = append(out, f.Name)
	}
	return out
}

// PolicyNames are how strictly an engine may verify.
func PolicyNames() []string { return []string{"hardened", "stock"} }

// findImplementation returns an engine under a policy.
func findImplementation(engine, policy string) (implementation, error) {
	for _, i := range Implementations() {
		if i.Engine == engine && i.Policy == policy {
			return i, nil
		}
	}
	if f, foreign := FindExternal(engine); foreign {
		return implementation{}, fmt.Errorf("engine %s: %w", f.Name, ErrExternal)
	}
	return implementation{}, fmt.Errorf("there is no engine %q with policy %q", engine, policy)
}

// FindEngine returns what makes an engine under a policy: names that method jwt takes as
// its parameters engine and policy.
func FindEngine(engine, policy string) (func(EngineConfig) (Engine, error), error) {
	i, err := findImplementation(engine, policy)
	return i.Tokens, err
}

// NewEngine makes an engine under a policy.
func NewEngine(engine, policy string, c EngineConfig) (Engine, error) {
	i, err := findImplementation(engine, policy)
	if err != nil {
		return nil, err
	}
	return i.Tokens(c)
}

// NewJWS makes an engine's check of signatures alone, with a key that names its
// algorithm.
func NewJWS(engine, policy string, key JWK) (JWS, error) {
	i, err := findImplementation(engine, policy)
	if err != nil {
		return nil, err
	}
	alg, err := MustAlgorithm(key.Algorithm)
	if err != nil {
		return nil, err
	}
	return i.jws(alg, key)
}

// OnlyKey returns the one key of the material, which policy stock takes.
func (c EngineConfig) OnlyKey() (JWK, error) {
	if len(c.Keys) != 1 {
		return JWK{}, fmt.Errorf("policy stock takes one key; the verification material has %d", len(c.Keys))
	}
	alg, err := MustAlgorithm(c.Algorithm)
	return c.Keys[0].completed(alg), err
}
