package auth

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"authbench/bench"
)

// jwtMethod: a signed token that the server verifies by itself (RFC 7519).
func jwtMethod() method {
	return method{
		MethodSpec: bench.MethodSpec{
			ID: "jwt", Summary: "JSON Web Token, verified with a local key", Reference: "RFC 7519",
			Params: []bench.ParamSpec{
				{Name: "alg", Values: algorithmNames(), Required: true, Doc: "signature algorithm"},
				{Name: "bits", Kind: bench.IntParam, Values: []string{"2048", "3072", "4096"}, Doc: "size of the RSA key (RS256 only; 2048 if left out)"},
				{Name: "policy", Values: []string{"hardened", "stock"}, Default: "hardened", Doc: "hardened: strict about everything; stock: golang-jwt as its README shows it"},
			},
			Classes: []bench.Class{bench.Valid, bench.Expired, bench.Forged, bench.Unknown, bench.Malformed},
			Check:   checkJWT,
		},
		issuer:   newTokenIssuer,
		verifier: newTokenVerifier,
	}
}

func checkJWT(p bench.Params) *bench.Problem {
	if alg := p.Text("alg"); p.Int("bits") != 0 && alg != "RS256" {
		return &bench.Problem{Path: []any{"bits"}, Text: fmt.Sprintf("bits is the size of an RSA key; %s has none", alg), Remedy: "remove it, or choose alg RS256"}
	}
	return nil
}

func algorithmNames() []string { return []string{"HS256", "RS256", "EdDSA"} }

// Names within tokens. The domains end in .test, which never resolves (RFC 2606).
const (
	issuerName   = "https://issuer.test"
	audienceName = "https://api.test"
	// validKey is in the key set, unknownKey is not.
	validKey   = "key-1"
	unknownKey = "key-2"
)

// signer is a key that tokens are signed with.
type signer struct {
	method  jwt.SigningMethod
	key     any
	public  JWK // what verifies; the secret itself for an HMAC
	private JWK
	header  string // the token's first segment and its dot
}

// newSigner makes a key. HMAC and Ed25519 keys come from the run's secret; Go
// offers no RSA keys from a seed, so these are fresh.
func newSigner(secret [32]byte, alg, kid string, bits int) (*signer, error) {
	s := &signer{method: jwt.GetSigningMethod(alg)}
	header := fmt.Sprintf(`{"alg":%q,"typ":"JWT","kid":%q}`, alg, kid)
	s.header = base64.RawURLEncoding.EncodeToString([]byte(header)) + "."
	if alg == "RS256" {
		key, err := rsa.GenerateKey(rand.Reader, bits)
		if err != nil {
			return nil, fmt.Errorf("make an RSA key: %w", err)
		}
		s.key, s.public = key, rsaJWK(kid, alg, &key.PublicKey)
		s.private = s.public.withRSA(key)
		return s, nil
	}
	seed, err := deriveKey(secret, "jwt "+alg+" "+kid, 32) // the size of both
	if err != nil {
		return nil, err
	}
	if alg == "HS256" {
		s.key, s.public = seed, octJWK(kid, alg, seed)
		s.private = s.public
		return s, nil
	}
	key := ed25519.NewKeyFromSeed(seed)
	s.key, s.public = key, ed25519JWK(kid, alg, key.Public().(ed25519.PublicKey))
	s.private = s.public
	s.private.Private = seed
	return s, nil
}

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
	alg, bits := i.params.Text("alg"), max(i.params.Int("bits"), leastRSA)
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
	signature, err := signer.method.Sign(string(dst[start:]), signer.key)
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	if class == bench.Forged {
		// A bit in the middle: an RSA number stays below the modulus, and an
		// Ed25519 signature's S below the order, so that the refusal costs a
		// whole verification.
		signature[len(signature)/2-1] ^= 1
	}
	return base64.RawURLEncoding.AppendEncode(append(dst, '.'), signature), nil
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

// newTokenVerifier makes the verifier of the policy that p asks for.
func newTokenVerifier(p bench.Params, verification json.RawMessage) (Verifier, error) {
	material, err := ReadVerification("verification material", bytes.NewReader(verification))
	if err != nil {
		return nil, err
	}
	if p.Text("policy") == "stock" {
		return newStock(p.Text("alg"), material)
	}
	return newHardened(p.Text("alg"), material, time.Now)
}

// reasonOf translates golang-jwt's errors. It verifies the signature before it
// judges claims; of several wrong claims the first in this order counts.
func reasonOf(err error) bench.Reason {
	for _, known := range []struct {
		err    error
		reason bench.Reason
	}{
		{jwt.ErrTokenSignatureInvalid, bench.ReasonBadSignature},
		{jwt.ErrTokenExpired, bench.ReasonExpired},
		{jwt.ErrTokenNotValidYet, bench.ReasonNotYetValid},
		{jwt.ErrTokenUsedBeforeIssued, bench.ReasonNotYetValid},
		{jwt.ErrTokenInvalidIssuer, bench.ReasonWrongIssuer},
		{jwt.ErrTokenInvalidAudience, bench.ReasonWrongAudience},
	} {
		if errors.Is(err, known.err) {
			return known.reason
		}
	}
	return bench.ReasonMalformed
}
