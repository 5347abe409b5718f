// Package jwt is method jwt (RFC 7519): a signed token that the server verifies by itself.
// What flows in: parameters, a run's secret, requests. What flows out: tokens of every
// class, and decisions.
package jwt

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
	"authbench/internal/credential"
	"authbench/internal/credential/document"
	"authbench/internal/credential/jose"
	"authbench/internal/credential/statuslist"
	"authbench/internal/method"
	"authbench/internal/method/jwt/attack"
)

// ID is the method's name.
const ID = "jwt"

// Method returns the method of a signed token that the server verifies by itself (RFC 7519).
func Method() method.Method {
	return method.Method{
		MethodSpec: bench.MethodSpec{
			ID: ID, Title: "JWT", Summary: "JSON Web Token, verified with a local key", Reference: "RFC 7519",
			Params: append([]bench.ParamSpec{
				{Name: "alg", Values: jose.AlgorithmNames(), Required: true, Doc: "signature algorithm"},
				{Name: "bits", Kind: bench.IntParam, Values: []string{"2048", "3072", "4096"}, Doc: "size of the RSA key (RS… and PS… only; 2048 if left out)"},
				{Name: "engine", Values: jose.EngineNames(), Default: jose.DefaultEngine, Doc: "what verifies: golang-jwt; lean, our own; or jwx and go-jose, for which 'make engines' builds the program"},
				{Name: "keys", Values: []string{"static", fetchedKeys}, Doc: "jwks: fetched from the issuer's key set, again and again (static, part of the configuration, if left out)"},
				{Name: "fetcher", Values: []string{jose.OwnFetcher, jose.Keyfunc, jose.GoOIDC}, Doc: "with keys jwks: who fetches them. keyfunc, with golang-jwt, and go-oidc verify tokens as well, as their READMEs show them; 'make engines' builds the program (own if left out)"},
				{Name: "rotation", Kind: bench.DurationParam, Min: 1, Max: int(credential.Lifetime / time.Millisecond), Doc: "with keys jwks: the issuer replaces its key in each launch, and signs with the new one so long after its publication (no replacement if left out)"},
				{Name: "claims", Kind: bench.IntParam, Min: 0, Max: MostClaims, Doc: "claims that a token has beyond the usual eight (0 if left out)"},
				{Name: "revocation", Values: []string{"none", localList, polledList, pushedList, statusList}, Doc: "denylist: tokens can be taken back, by their jti; polled: the server asks its issuer for the list again and again; pushed: the issuer tells it; status_list: the server fetches its issuer's status list, on which each token has a place (none if left out)"},
				{Name: "via", Values: []string{"events", redisChannel}, Doc: "with revocation pushed: how the issuer tells; events: to each server, by server-sent events; redis: to all at once, by a channel of a Redis server that the run starts (events if left out)"},
				{Name: "poll", Kind: bench.DurationParam, Min: 50, Max: int(time.Hour / time.Millisecond), Doc: "with revocation polled: how often the server asks (1s if left out)"},
				{Name: "ttl", Kind: bench.DurationParam, Min: int(statuslist.ShortestTTL / time.Millisecond), Max: int(time.Hour / time.Millisecond), Doc: "with revocation status_list: how long the server keeps a list, in whole seconds (5s if left out)"},
				{Name: "policy", Values: jose.PolicyNames(), Default: jose.DefaultPolicy, Doc: "hardened: strict about everything; stock: the library as its README shows it"},
			}, credential.CacheParams("verified tokens")...),
			Verifying: append(credential.ParamNames(credential.CacheParams("")), "engine", "policy", "keys", "fetcher", "rotation", "poll"),
			Classes:   []bench.Class{bench.Valid, bench.Expired, bench.Forged, bench.Unknown, bench.Malformed, bench.Oversized, bench.Nested},
			More: func(p bench.Params) []bench.Class {
				if revocable(p) {
					return []bench.Class{bench.Revoked}
				}
				return nil
			},
			Check: Check,
		},
		Issuer:   NewIssuer,
		Verifier: newVerifier,
		Needs:    needs,
		Facts:    facts,
		Family:   attack.Family,
	}
}

// Check judges the parameters of a method with tokens together.
func Check(p bench.Params) *bench.Problem {
	alg, known := jose.FindAlgorithm(p.Text("alg"))
	if known && alg.Key != jose.KeyRSA && p.Int("bits") != 0 {
		return &bench.Problem{Path: []any{"bits"}, Text: fmt.Sprintf("bits is the size of an RSA key; %s has none", alg.Name), Remedy: "remove it, or choose an algorithm with RSA, such as RS256"}
	}
	if problem := cmp.Or(checkKeys(p, alg), checkRevocation(p)); problem != nil {
		return problem
	}
	if f, foreign := jose.FindExternal(p.Text("engine")); foreign {
		return f.Problem(p.Text("alg"))
	}
	if _, err := EngineOf(p); err != nil {
		return &bench.Problem{Path: []any{"policy"}, Text: err.Error(), Remedy: "remove it, or choose engine " + jose.DefaultEngine}
	}
	return credential.CheckCache(p)
}

// checkRevocation judges how tokens are taken back.
func checkRevocation(p bench.Params) *bench.Problem {
	ttl := p.Duration("ttl")
	switch {
	case p.Duration("poll") != 0 && p.Text("revocation") != polledList:
		return &bench.Problem{Path: []any{"poll"}, AtKey: true, Text: "nothing is polled", Remedy: "remove poll, or write revocation: " + polledList}
	case p.Text("via") != "" && p.Text("revocation") != pushedList:
		return &bench.Problem{Path: []any{"via"}, AtKey: true, Text: "nothing is pushed", Remedy: "remove via, or write revocation: " + pushedList}
	case ttl != 0 && !hasStatus(p):
		return &bench.Problem{Path: []any{"ttl"}, AtKey: true, Text: "there is no status list", Remedy: "remove ttl, or write revocation: " + statusList}
	case ttl%time.Second != 0:
		return &bench.Problem{Path: []any{"ttl"}, Text: fmt.Sprintf("ttl is %v; times in tokens are whole seconds", ttl), Remedy: "write whole seconds, such as 5s"}
	case hasStatus(p) && p.Text("keys") == fetchedKeys:
		return &bench.Problem{Path: []any{"keys"}, Text: "a status list is verified with keys that the server was given", Remedy: "remove keys, or choose another revocation"}
	case hasStatus(p) && p.Text("policy") == "stock":
		return &bench.Problem{Path: []any{"policy"}, Text: "policy stock does not read where a token stands on a status list", Remedy: "remove policy, or choose another revocation"}
	}
	return nil
}

// checkKeys judges where the keys come from.
func checkKeys(p bench.Params, alg jose.Algorithm) *bench.Problem {
	switch {
	case p.Text("keys") != fetchedKeys && p.Duration("rotation") != 0:
		return &bench.Problem{Path: []any{"rotation"}, Text: "a server that does not fetch its keys cannot learn of a new one", Remedy: "remove rotation, or write keys: " + fetchedKeys}
	case p.Text("keys") != fetchedKeys && p.Text("fetcher") != "":
		return &bench.Problem{Path: []any{"fetcher"}, AtKey: true, Text: "no keys are fetched", Remedy: "remove fetcher, or write keys: " + fetchedKeys}
	case p.Text("keys") != fetchedKeys:
		return nil
	case fetchesElsewhere(p) && p.Text("engine") != jose.DefaultEngine:
		return &bench.Problem{Path: []any{"engine"}, Text: "fetcher " + p.Text("fetcher") + " verifies tokens as well", Remedy: "remove engine, or fetcher"}
	case alg.Key == jose.KeyOct:
		return &bench.Problem{Path: []any{"keys"}, Text: "a key set is public; the key of " + alg.Name + " is a secret", Remedy: "remove keys, or choose an algorithm with a public key, such as ES256"}
	case p.Text("policy") == "stock":
		return &bench.Problem{Path: []any{"keys"}, Text: "policy stock takes one key; a key set has several while keys are replaced", Remedy: "remove keys, or choose policy " + jose.DefaultPolicy}
	}
	return nil
}

// EngineOf returns what makes the engine that p asks for.
func EngineOf(p bench.Params) (func(jose.EngineConfig) (jose.Engine, error), error) {
	return jose.FindEngine(cmp.Or(p.Text("engine"), jose.DefaultEngine), cmp.Or(p.Text("policy"), jose.DefaultPolicy))
}

// issuer mints JWTs.
type issuer struct {
	signer *jose.Signer
	// stranger signs tokens of class Unknown. It is made when first needed: an
	// RSA key takes up to seconds.
	stranger func() (*jose.Signer, error)
	ids      credential.Stream
	now      int64         // Unix seconds
	lifetime int64         // of tokens, seconds
	extra    int           // claims beyond the usual ones
	count    int           // of valid tokens
	revoked  int           // how many others were taken back
	ttl      time.Duration // of the status list; 0: tokens stand on none
}

// NewIssuer makes an issuer of tokens. A parameter lifetime, which this method does not have,
// says how long they are good.
func NewIssuer(i method.Issue) (method.Issuer, error) {
	alg, err := jose.MustAlgorithm(i.Params.Text("alg"))
	if err != nil {
		return nil, err
	}
	bits := max(i.Params.Int("bits"), jose.LeastRSA)
	own, err := jose.NewSigner(i.Secret, alg, cmp.Or(i.Key, jose.ValidKey), bits)
	if err != nil {
		return nil, err
	}
	ids, err := credential.NewStream(i.Secret, "jti")
	if err != nil {
		return nil, err
	}
	revoked := 0
	if revocable(i.Params) {
		revoked = credential.BadCount(i.Count)
	}
	return &issuer{
		signer: own, ids: ids, now: i.Now.Unix(), lifetime: int64(cmp.Or(i.Params.Duration("lifetime"), credential.Lifetime) / time.Second), extra: i.Params.Int("claims"),
		count: i.Count, revoked: revoked, ttl: ttlOf(i.Params),
		stranger: sync.OnceValues(func() (*jose.Signer, error) { return jose.NewSigner(i.Secret, alg, jose.UnknownKey, bits) }),
	}, nil
}

func (i *issuer) Field() string { return credential.Bearer.Field }

func (i *issuer) Append(dst []byte, class bench.Class, index int) ([]byte, error) {
	if class == bench.Revoked && i.revoked == 0 {
		return nil, credential.ErrClass("jwt without revocation", class)
	}
	if index < 0 || class == bench.Revoked && index >= i.revoked {
		return nil, credential.ErrIndex(class, index)
	}
	signer := i.signer
	if class == bench.Unknown {
		var err error
		if signer, err = i.stranger(); err != nil {
			return nil, err
		}
	}
	dst = credential.Bearer.AppendPrefix(dst)
	start := len(dst)
	dst = append(dst, signer.Header...)
	dst = base64.RawURLEncoding.AppendEncode(dst, i.claims(class, index))
	if class == bench.Malformed { // the signature and its dot are missing
		return dst, nil
	}
	// Nobody but the issuer can sign: what is hostile is forged.
	return signer.Append(dst, string(dst[start:]), class == bench.Forged || class.Hostile())
}

// hostileLevels is far beyond what a parser should follow, and still a token of
// ordinary size.
const hostileLevels = 1000

// hostileMember returns a further member of the claims that makes a token hostile,
// nothing for other classes.
func hostileMember(class bench.Class) string {
	switch class {
	case bench.Oversized:
		return `,"filler":"` + strings.Repeat("x", credential.MaxBytes) + `"`
	case bench.Nested:
		return `,"filler":` + strings.Repeat("[", hostileLevels) + strings.Repeat("]", hostileLevels)
	}
	return ""
}

// claims renders a token's claims.
func (i *issuer) claims(class bench.Class, index int) []byte {
	issued := i.now
	if class == bench.Expired {
		issued -= i.lifetime + int64(credential.Lapsed/time.Second)
	}
	out := make([]byte, 0, 256)
	out = append(out, `{"iss":"`+jose.IssuerName+`","aud":"`+jose.AudienceName+`","sub":"user-`...)
	out = strconv.AppendInt(out, int64(index), 10)
	out = append(out, `","tenant":"tenant-`...)
	out = strconv.AppendInt(out, int64(index%credential.Tenants), 10)
	out = append(out, `","jti":"`...)
	out = i.appendID(out, class, index)
	for _, name := range []string{`","iat":`, `,"nbf":`} {
		out = strconv.AppendInt(append(out, name...), issued, 10)
	}
	out = strconv.AppendInt(append(out, `,"exp":`...), issued+i.lifetime, 10)
	if i.ttl > 0 {
		out = strconv.AppendInt(append(out, `,"status":{"status_list":{"idx":`...), int64(i.place(class, index)), 10)
		out = append(out, `,"uri":"`+statusListURI+`"}}`...)
	}
	return append(append(appendExtra(out, i.extra, index), hostileMember(class)...), '}')
}

// appendID appends a token's jti.
func (i *issuer) appendID(dst []byte, class bench.Class, index int) []byte {
	var id [16]byte
	i.ids.Fill(id[:], class, index)
	return base64.RawURLEncoding.AppendEncode(dst, id[:])
}

// Verification implements method.Issuer: the published file, with the place of the keys
// instead of the keys where the server fetches them, and with the place of the feed or of the
// status list instead of the revoked ids where it follows that.
func (i *issuer) Verification(at method.Places) (json.RawMessage, error) {
	v := i.published()
	if v.KeySet = at.KeySet; v.KeySet != "" {
		v.Keys = nil
	}
	if v.Feed, v.Channel = at.Feed, at.Channel; v.Feed != nil {
		v.Revoked = nil
	}
	if at.StatusList != "" {
		v.Revoked, v.StatusList = nil, &document.StatusList{URI: statusListURI, URL: at.StatusList}
	}
	return v.Encode()
}

func (i *issuer) Published() (json.RawMessage, error) { return i.published().Encode() }

// published holds all that any server needs.
func (i *issuer) published() document.Verification {
	return document.Verification{
		Method: ID, Field: credential.Bearer.Field, Scheme: credential.Bearer.Scheme,
		Issuer: jose.IssuerName, Audience: jose.AudienceName, Keys: []jose.JWK{i.signer.Public}, Revoked: i.Denied(),
	}
}

func (i *issuer) SigningKeys() (json.RawMessage, error) {
	return document.SigningKeys{Keys: []jose.JWK{i.signer.Private}}.Encode()
}
