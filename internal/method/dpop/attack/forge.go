package attack

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"time"

	"authbench/bench"
	"authbench/internal/method"
)

// draft is a request that is being forged.
type draft struct {
	method.Minted
	*keys
	scheme       string
	token, proof jwt
	// written changes what the two are written as, and in which fields.
	written func(token, proof string) []bench.Field
}

// jwt is a token or a proof.
type jwt struct {
	header, claims members
	payload        string // in place of the claims, if it is set
	sign           func(input string) (string, error)
}

// member is one of a JSON object: its name and the JSON of its value.
type member struct{ name, value string }

type members []member

// set replaces a member, or adds it.
func (m *members) set(name, value string) {
	for i := range *m {
		if (*m)[i].name == name {
			(*m)[i].value = value
			return
		}
	}
	*m = append(*m, member{name, value})
}

// drop removes a member.
func (m *members) drop(name string) {
	var kept members
	for _, one := range *m {
		if one.name != name {
			kept = append(kept, one)
		}
	}
	*m = kept
}

func (m members) json() string {
	var out []string
	for _, one := range m {
		out = append(out, strconv.Quote(one.name)+":"+one.value)
	}
	return "{" + strings.Join(out, ",") + "}"
}

// signer is a private key and what goes with it.
type signer struct {
	alg, kid string
	// jwk is the public key with the members that it must have, in the order of their names.
	jwk members
	// secret is the member d of the private key.
	secret string
	sign   func(input string) (string, error)
}

// keys are what the forger knows and has.
type keys struct {
	issuer, stranger   signer
	holder, other      signer // of proofs; the server knows neither
	published          string // the issuer's public key, as its file has it
	issuerID, audience string
}

// lifetime is how long forged tokens live.
const lifetime = 5 * time.Minute

// newDraft is a request that a server must let in: with a token that the issuer signed, and a
// proof of the holder to whom it is bound.
func newDraft(m method.Minted) (*draft, error) {
	k, err := readKeys(m)
	if err != nil {
		return nil, err
	}
	now := m.Now.Unix()
	d := &draft{Minted: m, keys: k, scheme: "DPoP"}
	d.token = jwt{
		header: members{{"alg", quote(k.issuer.alg)}, {"typ", `"at+jwt"`}, {"kid", quote(k.issuer.kid)}},
		claims: members{
			{"iss", quote(k.issuerID)}, {"aud", quote(k.audience)}, {"sub", `"user-1"`}, {"tenant", `"tenant-1"`}, {"jti", `"forged"`},
			{"iat", number(now)}, {"nbf", number(now)}, {"exp", number(now + int64(lifetime/time.Second))},
			{"cnf", `{"jkt":` + quote(k.holder.thumbprint()) + `}`},
		},
		sign: k.issuer.sign,
	}
	path, _, _ := strings.Cut(m.Use.Target, "?")
	d.proof = jwt{
		header: members{{"typ", `"dpop+jwt"`}, {"alg", quote(k.holder.alg)}, {"jwk", k.holder.jwk.json()}},
		claims: members{
			{"jti", quote("forged-" + strconv.FormatUint(m.Use.Serial, 10))}, {"htm", quote(m.Use.Method)},
			{"htu", quote("http://" + m.Use.Host + path)}, {"iat", number(now)}, {"ath", ""},
		},
		sign: k.holder.sign,
	}
	return d, nil
}

// fields writes the request's fields.
func (d *draft) fields() ([]bench.Field, error) {
	token, err := d.token.text()
	if err != nil {
		return nil, err
	}
	for i := range d.proof.claims {
		if one := &d.proof.claims[i]; one.name == "ath" && one.value == "" {
			one.value = quote(hash(token))
		}
	}
	proof, err := d.proof.text()
	if err != nil {
		return nil, err
	}
	if d.written != nil {
		return d.written(token, proof), nil
	}
	return d.usual(token, proof), nil
}

// usual is a token and a proof in a field each.
func (d *draft) usual(token, proof string) []bench.Field {
	return append(d.Carry(d.scheme+" "+token), bench.Field{Name: "DPoP", Value: proof})
}

// fill puts what the forger knows into a template: @H the request's host, which is @N and a port
// @O, @P its path, and @U that in capitals.
func (d *draft) fill(template string) string {
	path, _, _ := strings.Cut(d.Use.Target, "?")
	name, port := d.Use.Host, ""
	if at := strings.LastIndexByte(name, ':'); at >= 0 {
		name, port = name[:at], name[at:]
	}
	return strings.NewReplacer("@H", d.Use.Host, "@N", name, "@O", port, "@P", path, "@U", strings.ToUpper(path)).Replace(template)
}

func (j *jwt) text() (string, error) {
	payload := j.payload
	if payload == "" {
		payload = j.claims.json()
	}
	input := encode(j.header.json()) + "." + encode(payload)
	signature, err := j.sign(input)
	return input + "." + encode(signature), err
}

// readKeys reads the issuer's two files, and makes the forger's own keys.
func readKeys(m method.Minted) (*keys, error) {
	var published struct {
		Issuer, Audience string
		Keys             []json.RawMessage
	}
	var signing struct{ Keys []map[string]any }
	for _, file := range []struct {
		text func() (json.RawMessage, error)
		into any
	}{{m.Files.Published, &published}, {m.Files.SigningKeys, &signing}} {
		text, err := file.text()
		if err == nil {
			err = json.Unmarshal(text, file.into)
		}
		if err != nil {
			return nil, fmt.Errorf("read the issuer's files: %w", err)
		}
	}
	if len(signing.Keys) != 1 || len(published.Keys) != 1 {
		return nil, errors.New("the issuer has not one key")
	}
	out := &keys{issuerID: published.Issuer, audience: published.Audience, published: string(published.Keys[0])}
	var err error
	if out.issuer, err = issuerOf(signing.Keys[0]); err != nil {
		return nil, err
	}
	// What algorithm proofs have, the issuer's own one says.
	alg, err := provedBy(m.Prove(m.Use))
	if err != nil {
		return nil, err
	}
	out.holder, out.other = own(alg, 1), own(alg, 2)
	strange := out.issuer.alg
	if strange == "RS256" { // making an RSA key takes too long
		strange = "ES256"
	}
	out.stranger = own(strange, 3)
	out.stranger.kid = out.issuer.kid
	return out, nil
}

// provedBy is the algorithm of the proof that an issuer made.
func provedBy(fields []bench.Field) (string, error) {
	var header struct{ Alg string }
	if len(fields) == 2 {
		first, _, _ := strings.Cut(fields[1].Value, ".")
		text, err := base64.RawURLEncoding.DecodeString(first)
		if err == nil && json.Unmarshal(text, &header) == nil {
			return header.Alg, nil
		}
	}
	return "", errors.New("the issuer makes no proofs")
}

// own is a key of the forger's own.
func own(alg string, number byte) signer {
	seed := sha256.Sum256([]byte{number})
	if alg == "EdDSA" {
		return edSigner(seed[:])
	}
	return ecSigner(seed[:])
}

func ecSigner(secret []byte) signer {
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), secret)
	if err != nil {
		return signer{sign: func(string) (string, error) { return "", err }}
	}
	point, _ := key.PublicKey.Bytes() // of a curve that has such an encoding
	return signer{
		alg: "ES256", secret: encode(string(secret)),
		jwk: members{{"crv", `"P-256"`}, {"kty", `"EC"`}, {"x", quote(encode(string(point[1:33])))}, {"y", quote(encode(string(point[33:])))}},
		sign: func(input string) (string, error) {
			sum := sha256.Sum256([]byte(input))
			r, s, err := ecdsa.Sign(rand.Reader, key, sum[:])
			if err != nil {
				return "", err
			}
			return string(r.FillBytes(make([]byte, 32))) + string(s.FillBytes(make([]byte, 32))), nil
		},
	}
}

func edSigner(seed []byte) signer {
	key := ed25519.NewKeyFromSeed(seed)
	return signer{
		alg: "EdDSA", secret: encode(string(seed)),
		jwk:  members{{"crv", `"Ed25519"`}, {"kty", `"OKP"`}, {"x", quote(encode(string(key[32:])))}},
		sign: func(input string) (string, error) { return string(ed25519.Sign(key, []byte(input))), nil },
	}
}

// issuerOf reads the issuer's private key.
func issuerOf(jwk map[string]any) (signer, error) {
	octets := func(name string) []byte {
		text, _ := jwk[name].(string)
		out, _ := base64.RawURLEncoding.DecodeString(text)
		return out
	}
	var out signer
	switch jwk["kty"] {
	case "EC":
		out = ecSigner(octets("d"))
	case "OKP":
		if len(octets("d")) != ed25519.SeedSize {
			return out, errors.New("the issuer's key is no seed of Ed25519")
		}
		out = edSigner(octets("d"))
	case "RSA":
		whole := func(name string) *big.Int { return new(big.Int).SetBytes(octets(name)) }
		key := &rsa.PrivateKey{PublicKey: rsa.PublicKey{N: whole("n"), E: int(whole("e").Int64())}, D: whole("d"), Primes: []*big.Int{whole("p"), whole("q")}}
		if err := key.Validate(); err != nil {
			return out, errors.New("the issuer's key is no RSA key")
		}
		out = signer{alg: "RS256", sign: func(input string) (string, error) {
			sum := sha256.Sum256([]byte(input))
			signature, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, sum[:])
			return string(signature), err
		}}
	default:
		return out, fmt.Errorf("the forger does not sign with keys of type %v", jwk["kty"])
	}
	out.kid, _ = jwk["kid"].(string)
	return out, nil
}

// thumbprint is RFC 7638's, of the public key.
func (s signer) thumbprint() string { return hash(s.jwk.json()) }

// hash is the SHA-256 of a text in base64url.
func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return encode(string(sum[:]))
}

// mac signs with a secret, as HS256 does.
func mac(secret string) func(string) (string, error) {
	return func(input string) (string, error) {
		h := hmac.New(sha256.New, []byte(secret))
		h.Write([]byte(input))
		return string(h.Sum(nil)), nil
	}
}

// constant is always the same signature.
func constant(signature string) func(string) (string, error) {
	return func(string) (string, error) { return signature, nil }
}

// encode is base64url without padding.
func encode(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }

func quote(text string) string { return strconv.Quote(text) }

func number(n int64) string { return strconv.FormatInt(n, 10) }
