package auth

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"authbench/bench"
)

// jwtMethod: a signed token that the server verifies by itself (RFC 7519).
func jwtMethod() method {
	return method{
		MethodSpec: bench.MethodSpec{
			ID: "jwt", Summary: "JSON Web Token, verified with a local key", Reference: "RFC 7519",
			Params: append([]bench.ParamSpec{
				{Name: "alg", Values: algorithmNames(), Required: true, Doc: "signature algorithm"},
				{Name: "bits", Kind: bench.IntParam, Values: []string{"2048", "3072", "4096"}, Doc: "size of the RSA key (RS… and PS… only; 2048 if left out)"},
				{Name: "engine", Values: engineNames(), Default: defaultEngine, Doc: "what verifies: golang-jwt; lean, our own; or jwx and go-jose, for which 'make engines' builds the program"},
				{Name: "keys", Values: []string{"static", fetchedKeys}, Doc: "jwks: fetched from the issuer's key set, again and again (static, part of the configuration, if left out)"},
				{Name: "rotation", Kind: bench.DurationParam, Min: 1, Max: int(lifetime / time.Millisecond), Doc: "with keys jwks: the issuer replaces its key in each launch, and signs with the new one so long after its publication (no replacement if left out)"},
				{Name: "claims", Kind: bench.IntParam, Min: 0, Max: mostClaims, Doc: "claims that a token has beyond the usual eight (0 if left out)"},
				{Name: "revocation", Values: []string{"none", "denylist"}, Doc: "denylist: tokens can be taken back, by their jti (none if left out)"},
				{Name: "policy", Values: policyNames(), Default: defaultPolicy, Doc: "hardened: strict about everything; stock: the library as its README shows it"},
			}, cacheParams("verified tokens")...),
			Classes: []bench.Class{bench.Valid, bench.Expired, bench.Forged, bench.Unknown, bench.Malformed, bench.Oversized, bench.Nested},
			More: func(p bench.Params) []bench.Class {
				if p.Text("revocation") == "denylist" {
					return []bench.Class{bench.Revoked}
				}
				return nil
			},
			Check: checkJWT,
		},
		verifying: append(paramNames(cacheParams("")), "engine", "policy", "keys", "rotation"),
		issuer:    newTokenIssuer,
		verifier:  newTokenVerifier,
	}
}

func checkJWT(p bench.Params) *bench.Problem {
	alg, known := findAlgorithm(p.Text("alg"))
	if known && alg.key != rsaKey && p.Int("bits") != 0 {
		return &bench.Problem{Path: []any{"bits"}, Text: fmt.Sprintf("bits is the size of an RSA key; %s has none", alg.name), Remedy: "remove it, or choose an algorithm with RSA, such as RS256"}
	}
	if problem := checkKeys(p, alg); problem != nil {
		return problem
	}
	if f, foreign := findForeign(p.Text("engine")); foreign {
		return f.problem(p.Text("alg"))
	}
	if _, err := implementationOf(p); err != nil {
		return &bench.Problem{Path: []any{"policy"}, Text: err.Error(), Remedy: "remove it, or choose engine " + defaultEngine}
	}
	return checkCache(p)
}

// checkKeys judges where the keys come from.
func checkKeys(p bench.Params, alg algorithm) *bench.Problem {
	switch {
	case p.Text("keys") != fetchedKeys && Rotates(p) != 0:
		return &bench.Problem{Path: []any{"rotation"}, Text: "a server that does not fetch its keys cannot learn of a new one", Remedy: "remove rotation, or write keys: " + fetchedKeys}
	case p.Text("keys") != fetchedKeys:
		return nil
	case alg.key == octKey:
		return &bench.Problem{Path: []any{"keys"}, Text: "a key set is public; the key of " + alg.name + " is a secret", Remedy: "remove keys, or choose an algorithm with a public key, such as ES256"}
	case p.Text("policy") == "stock":
		return &bench.Problem{Path: []any{"keys"}, Text: "policy stock takes one key; a key set has several while keys are replaced", Remedy: "remove keys, or choose policy " + defaultPolicy}
	}
	return nil
}

// implementationOf returns what p asks to verify with.
func implementationOf(p bench.Params) (implementation, error) {
	return findImplementation(cmp.Or(p.Text("engine"), defaultEngine), cmp.Or(p.Text("policy"), defaultPolicy))
}

// fetchedKeys is the value of parameter keys with which they are fetched.
const fetchedKeys = "jwks"

// Names within tokens. The domains end in .test, which never resolves (RFC 2606).
const (
	issuerName   = "https://issuer.test"
	audienceName = "https://api.test"
	// validKey is in the key set, unknownKey is not. nextKey takes validKey's place
	// where the issuer replaces its key.
	validKey   = "key-1"
	unknownKey = "key-2"
	nextKey    = "key-3"
)

// tokenIssuer mints JWTs.
type tokenIssuer struct {
	signer *signer
	// stranger signs tokens of class Unknown. It is made when first needed: an
	// RSA key takes up to seconds.
	stranger func() (*signer, error)
	ids      stream
	now      int64 // Unix seconds
	extra    int   // claims beyond the usual ones
	revoked  int   // how many tokens were taken back
}

func newTokenIssuer(i issue) (Issuer, error) {
	alg, err := mustAlgorithm(i.params.Text("alg"))
	if err != nil {
		return nil, err
	}
	bits := max(i.params.Int("bits"), leastRSA)
	kid := validKey
	if i.successor {
		kid = nextKey
	}
	own, err := newSigner(i.secret, alg, kid, bits)
	if err != nil {
		return nil, err
	}
	ids, err := newStream(i.secret, "jti")
	if err != nil {
		return nil, err
	}
	revoked := 0
	if i.params.Text("revocation") == "denylist" {
		revoked = badOf(i.count)
	}
	return &tokenIssuer{
		signer: own, ids: ids, now: i.now.Unix(), extra: i.params.Int("claims"), revoked: revoked,
		stranger: sync.OnceValues(func() (*signer, error) { return newSigner(i.secret, alg, unknownKey, bits) }),
	}, nil
}

func (i *tokenIssuer) Field() string { return bearer.field }

func (i *tokenIssuer) Append(dst []byte, class bench.Class, index int) ([]byte, error) {
	if class == bench.Revoked && i.revoked == 0 {
		return nil, errClass("jwt without revocation", class)
	}
	if index < 0 || class == bench.Revoked && index >= i.revoked {
		return nil, errIndex(class, index)
	}
	signer := i.signer
	if class == bench.Unknown {
		var err error
		if signer, err = i.stranger(); err != nil {
			return nil, err
		}
	}
	dst = bearer.append(dst)
	start := len(dst)
	dst = append(dst, signer.header...)
	dst = base64.RawURLEncoding.AppendEncode(dst, i.claims(class, index))
	if class == bench.Malformed { // the signature and its dot are missing
		return dst, nil
	}
	// Nobody but the issuer can sign: what is hostile is forged.
	return signer.append(dst, string(dst[start:]), class == bench.Forged || class.Hostile())
}

// hostileLevels is far beyond what a parser should follow, and still a token of
// ordinary size.
const hostileLevels = 1000

// hostileMember returns a further member of the claims that makes a token hostile,
// nothing for other classes.
func hostileMember(class bench.Class) string {
	switch class {
	case bench.Oversized:
		return `,"filler":"` + strings.Repeat("x", maxCredential) + `"`
	case bench.Nested:
		return `,"filler":` + strings.Repeat("[", hostileLevels) + strings.Repeat("]", hostileLevels)
	}
	return ""
}

// claims renders a token's claims.
func (i *tokenIssuer) claims(class bench.Class, index int) []byte {
	issued := i.now
	if class == bench.Expired {
		issued -= int64((lifetime + lapsed) / time.Second)
	}
	out := make([]byte, 0, 256)
	out = append(out, `{"iss":"`+issuerName+`","aud":"`+audienceName+`","sub":"user-`...)
	out = strconv.AppendInt(out, int64(index), 10)
	out = append(out, `","tenant":"tenant-`...)
	out = strconv.AppendInt(out, int64(index%tenants), 10)
	out = append(out, `","jti":"`...)
	out = i.appendID(out, class, index)
	for _, name := range []string{`","iat":`, `,"nbf":`} {
		out = strconv.AppendInt(append(out, name...), issued, 10)
	}
	out = strconv.AppendInt(append(out, `,"exp":`...), issued+int64(lifetime/time.Second), 10)
	return append(append(appendExtra(out, i.extra, index), hostileMember(class)...), '}')
}

// appendID appends a token's jti.
func (i *tokenIssuer) appendID(dst []byte, class bench.Class, index int) []byte {
	var id [16]byte
	i.ids.fill(id[:], class, index)
	return base64.RawURLEncoding.AppendEncode(dst, id[:])
}

// Verification and Published are the same file: it holds all that any server needs.
func (i *tokenIssuer) Verification() (json.RawMessage, error) { return i.Published() }

func (i *tokenIssuer) Published() (json.RawMessage, error) {
	v := Verification{
		Method: "jwt", Field: bearer.field, Scheme: bearer.scheme,
		Issuer: issuerName, Audience: audienceName, Keys: []JWK{i.signer.public},
	}
	for index := range i.revoked {
		v.Revoked = append(v.Revoked, string(i.appendID(nil, bench.Revoked, index)))
	}
	return v.Encode()
}

func (i *tokenIssuer) SigningKeys() (json.RawMessage, error) {
	return SigningKeys{Keys: []JWK{i.signer.private}}.encode()
}
