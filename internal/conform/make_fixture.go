package conform

import (
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"authbench/bench"
	"authbench/internal/method"
)

// defaultPath is the path of requests to our own targets.
const defaultPath = "/orders"

// derive returns 64 random bytes for a purpose.
func (h *Harness) derive(purpose string) ([64]byte, error) {
	secret := binary.BigEndian.AppendUint64(nil, h.seed)
	out, err := hkdf.Key(sha256.New, secret, nil, "authbench conform "+purpose, 64)
	if err != nil {
		return [64]byte{}, fmt.Errorf("derive %s: %w", purpose, err)
	}
	return [64]byte(out), nil
}

// fixture returns the fixture of a method. It makes one only if no equal one exists.
func (h *Harness) fixture(m bench.Method) (*Fixture, error) {
	made, err := h.sharedFixture(h.fixtureKey(m), m)
	if err != nil {
		return nil, err
	}
	own := *made
	own.Method = m
	// What verifies decides which cases there are: two methods may share all credentials, and
	// not these.
	family := h.Methods.Family(m)
	if own.proofs != nil {
		family.Attacks = slices.Concat(family.Attacks, proofAttacks(family.Once))
	}
	if own.methodCases, err = methodCases(m.ID, family); err != nil {
		return nil, fmt.Errorf("method %s: %w", m.ID, err)
	}
	seed, err := h.derive("names")
	if err != nil {
		return nil, err
	}
	own.random = newRandom(seed)
	if h.Methods.Needs(m).StatusList {
		own.base.Claims = own.base.Claims.with("status", own.listed())
	}
	return &own, nil
}

// fixtureKey is equal for methods that can share a fixture: methods with tokens need equal
// keys, others equal credentials.
func (h *Harness) fixtureKey(m bench.Method) string {
	if t := h.Methods.Family(m).Token; t != nil {
		return fmt.Sprintf("%s %s %d", m.ID, t.Algorithm, t.Bits)
	}
	minted := h.Methods.Minted(m)
	return minted.ID + " " + minted.Params.Key()
}

// sharedFixture returns the fixture that all methods with the key share.
func (h *Harness) sharedFixture(key string, m bench.Method) (*Fixture, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if made := h.fixtures[key]; made != nil {
		return made, nil
	}
	made, err := h.newFixture(m)
	if err != nil {
		return nil, fmt.Errorf("method %s: %w", m.ID, err)
	}
	h.fixtures[key] = made
	return made, nil
}

// newRandom draws the names of credentials, which are not secret.
func newRandom(seed [64]byte) *rand.Rand {
	return rand.New(rand.NewChaCha8([32]byte(seed[:32]))) //nolint:gosec // see above
}

func (h *Harness) newFixture(m bench.Method) (*Fixture, error) {
	family := h.Methods.Family(m)
	f := &Fixture{
		Method: m, Issuer: h.catalogue.base.Issuer, Audience: h.catalogue.base.Audience,
		Field: defaultField, Scheme: family.Scheme, Cookie: family.Cookie, Path: defaultPath,
		credentialKind: family.AppliesTo, base: h.catalogue.base,
	}
	return f, h.makeCredentials(f, family)
}

// makeCredentials makes the keys of tokens, and the credentials of other methods.
func (h *Harness) makeCredentials(f *Fixture, family method.Family) (err error) {
	if family.Token == nil {
		return h.issueCredentials(f, family)
	}
	f.alg = family.Token.Algorithm
	bits := max(defaultRSABits, family.Token.Bits)
	if f.keys, err = h.untrustedKeys(f.alg, bits); err != nil {
		return err
	}
	if f.keys[roleVictim], err = h.key(f.alg, victimKID, bits); err != nil {
		return err
	}
	return f.addAttackerPair(h)
}

// untrustedKeys makes the keys that a verifier must not trust, by role.
func (h *Harness) untrustedKeys(alg string, bits int) (map[string]*key, error) {
	out := map[string]*key{}
	for role, kid := range map[string]string{roleAttacker: "attacker-1", roleRetired: "retired-1", roleTenantB: "tenantb-1"} {
		var err error
		if out[role], err = h.key(alg, kid, bits); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (h *Harness) key(alg, kid string, bits int) (*key, error) {
	seed, err := h.derive(alg + " " + kid)
	if err != nil {
		return nil, err
	}
	return generateKey(alg, kid, bits, seed[:])
}

// defaultRSABits is the size of RSA keys if the method names none.
const defaultRSABits = 2048

// addAttackerPair adds the attacker's key for recipes that need a public half: his own, or an
// EC key where his own is a shared secret.
func (f *Fixture) addAttackerPair(h *Harness) (err error) {
	f.keys[roleAttackerPair] = f.keys[roleAttacker]
	if f.keys[roleAttacker].public() != nil {
		return nil
	}
	f.keys[roleAttackerPair], err = h.key("ES256", "attacker-1", 0)
	return err
}

// issuedCount is the number of valid credentials. Tenants take turns, so that the last of
// 101 belongs to the same tenant as the first.
const issuedCount = 101

// issueCredentials mints the credentials of each role with the method's own issuer, so that the
// server knows of them what it would know in a run. It skips roles whose class the method
// does not have.
func (h *Harness) issueCredentials(f *Fixture, family method.Family) error {
	issuer, err := h.issuer(f.Method)
	if err != nil {
		return err
	}
	f.issuer, f.Field, f.fixChecksum = issuer, issuer.Field(), family.Mend
	f.credentials = map[string]string{}
	if prover, ok := issuer.(method.Prover); ok {
		f.proofs = &proofs{prover: prover, minted: map[string]method.Use{}}
	}
	has := bench.ClassesOf(h.Methods, f.Method)
	for role, from := range map[string]struct {
		class bench.Class
		index int
	}{
		roleVictim: {bench.Valid, 0}, roleSecond: {bench.Valid, issuedCount - 1}, roleTenantB: {bench.Valid, 1},
		"revoked": {bench.Revoked, 0}, "expired": {bench.Expired, 0}, "never-issued": {bench.Unknown, 0},
	} {
		if !slices.Contains(has, from.class) {
			continue
		}
		value, err := issuer.Append(nil, from.class, from.index)
		if err != nil {
			return err
		}
		f.credentials[role] = strings.TrimPrefix(string(value), f.credentialPrefix())
		if f.proofs != nil {
			f.proofs.minted[string(value)] = method.Use{Class: from.class, Index: from.index}
		}
	}
	if family.Respelled != nil {
		f.credentials["test-env"] = family.Respelled(f.credentials[roleVictim])
	}
	return nil
}

func (h *Harness) issuer(m bench.Method) (method.Issuer, error) {
	seed, err := h.derive("keyring")
	if err != nil {
		return nil, err
	}
	return h.Methods.NewIssuer(m, [32]byte(seed[:32]), issuedCount, time.Now())
}
