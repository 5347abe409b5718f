package auth

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"
	"sync"
	"time"

	"authbench/bench"
)

// jwtMethod: a signed token that the server verifies by itself (RFC 7519).
func jwtMethod() method {
	return method{
		MethodSpec: bench.MethodSpec{
			ID: "jwt", Summary: "JSON Web Token, verified with a local key", Reference: "RFC 7519",
			Params: []bench.ParamSpec{
				{Name: "alg", Values: algorithmNames(), Required: true, Doc: "signature algorithm"},
				{Name: "bits", Kind: bench.IntParam, Values: []string{"2048", "3072", "4096"}, Doc: "size of the RSA key (RS… and PS… only; 2048 if left out)"},
				{Name: "engine", Values: engineNames(), Default: defaultEngine, Doc: "what verifies: golang-jwt, or lean, our own"},
				{Name: "policy", Values: policyNames(), Default: defaultPolicy, Doc: "hardened: strict about everything; stock: golang-jwt as its README shows it"},
			},
			Classes: []bench.Class{bench.Valid, bench.Expired, bench.Forged, bench.Unknown, bench.Malformed},
			Check:   checkJWT,
		},
		issuer:   newTokenIssuer,
		verifier: newTokenVerifier,
	}
}

func checkJWT(p bench.Params) *bench.Problem {
	alg, known := findAlgorithm(p.Text("alg"))
	if known && alg.key != rsaKey && p.Int("bits") != 0 {
		return &bench.Problem{Path: []any{"bits"}, Text: fmt.Sprintf("bits is the size of an RSA key; %s has none", alg.name), Remedy: "remove it, or choose an algorithm with RSA, such as RS256"}
	}
	if _, err := implementationOf(p); err != nil {
		return &bench.Problem{Path: []any{"policy"}, Text: err.Error(), Remedy: "remove it, or choose engine " + defaultEngine}
	}
	return nil
}

// implementationOf returns what p asks to verify with.
func implementationOf(p bench.Params) (implementation, error) {
	return findImplementation(cmp.Or(p.Text("engine"), defaultEngine), cmp.Or(p.Text("policy"), defaultPolicy))
}

// Names within tokens. The domains end in .test, which never resolves (RFC 2606).
const (
	issuerName   = "https://issuer.test"
	audienceName = "https://api.test"
	// validKey is in the key set, unknownKey is not.
	validKey   = "key-1"
	unknownKey = "key-2"
)

// tokenIssuer mints JWTs.
type tokenIssuer struct {
	signer *signer
	// stranger signs tokens of class Unknown. It is made when first needed: an
	// RSA key takes up to seconds.
	stranger func() (*signer, error)
	ids      stream
	now      int64 // Unix seconds
}

func newTokenIssuer(i issue) (Issuer, error) {
	alg, err := mustAlgorithm(i.params.Text("alg"))
	if err != nil {
		return nil, err
	}
	bits := max(i.params.Int("bits"), leastRSA)
	own, err := newSigner(i.secret, alg, validKey, bits)
	if err != nil {
		return nil, err
	}
	ids, err := newStream(i.secret, "jti")
	if err != nil {
		return nil, err
	}
	return &tokenIssuer{
		signer: own, ids: ids, now: i.now.Unix(),
		stranger: sync.OnceValues(func() (*signer, error) { return newSigner(i.secret, alg, unknownKey, bits) }),
	}, nil
}

func (i *tokenIssuer) Field() string { return bearer.field }

func (i *tokenIssuer) Append(dst []byte, class bench.Class, index int) ([]byte, error) {
	if index < 0 {
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
	switch class {
	case bench.Malformed: // the signature and its dot are missing
		return dst, nil
	case bench.Valid, bench.Expired, bench.Forged, bench.Unknown:
	default:
		return nil, errClass("jwt", class)
	}
	return signer.append(dst, string(dst[start:]), class == bench.Forged)
}

// claims renders a token's claims.
func (i *tokenIssuer) claims(class bench.Class, index int) []byte {
	var id [16]byte
	i.ids.fill(id[:], class, index)
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
	out = base64.RawURLEncoding.AppendEncode(out, id[:])
	for _, name := range []string{`","iat":`, `,"nbf":`} {
		out = strconv.AppendInt(append(out, name...), issued, 10)
	}
	out = strconv.AppendInt(append(out, `,"exp":`...), issued+int64(lifetime/time.Second), 10)
	return append(out, '}')
}

// Verification and Published are the same file: it holds all that any server needs.
func (i *tokenIssuer) Verification() (json.RawMessage, error) { return i.Published() }

func (i *tokenIssuer) Published() (json.RawMessage, error) {
	return Verification{
		Method: "jwt", Field: bearer.field, Scheme: bearer.scheme,
		Issuer: issuerName, Audience: audienceName, Keys: []JWK{i.signer.public},
	}.Encode()
}

func (i *tokenIssuer) SigningKeys() (json.RawMessage, error) {
	return signingFile{Keys: []JWK{i.signer.private}}.encode()
}

// tokenVerifier lets requests in by what an engine says of their token.
type tokenVerifier struct{ engine Engine }

// newTokenVerifier makes the verifier that p asks for.
func newTokenVerifier(p bench.Params, verification json.RawMessage) (Verifier, error) {
	material, err := ReadVerification("verification material", bytes.NewReader(verification))
	if err != nil {
		return nil, err
	}
	i, err := implementationOf(p)
	if err != nil {
		return nil, err
	}
	engine, err := i.tokens(EngineConfig{Algorithm: p.Text("alg"), Material: material, Now: time.Now})
	if err != nil {
		return nil, err
	}
	return &tokenVerifier{engine}, nil
}

// Scheme implements Verifier.
func (*tokenVerifier) Scheme() string { return bearer.scheme }

// Verify implements Verifier.
func (v *tokenVerifier) Verify(r bench.Request) bench.Decision {
	token, reason := bearer.read(r)
	if reason != bench.ReasonNone {
		return deny(reason)
	}
	who, reason := v.engine.Verify(token, r.Room(len(token)))
	if reason != bench.ReasonNone {
		return deny(reason)
	}
	return allow(who.Subject, who.Tenant)
}
