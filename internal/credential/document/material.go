package document

import (
	"encoding/json"
	"fmt"
	"io"
	"time"

	"authbench/internal/credential"
	"authbench/internal/credential/jose"
	"authbench/internal/credential/store"
	"authbench/internal/text/usertext"
)

// verificationVersion is the version of the verification file, and of the file of
// signing keys beside it. Readers refuse others.
const verificationVersion = 1

// Verification is what a server needs to verify a method's credentials: one JSON
// object, whose path a user's command finds in AUTHBENCH_CREDENTIALS.
//
//	{"kind":"verification","version":1,"method":"jwt",
//	 "field":"Authorization","scheme":"Bearer",
//	 "issuer":"https://issuer.test","audience":"https://api.test",
//	 "keys":[{"kty":"RSA","kid":"key-1","alg":"RS256","use":"sig","n":"…","e":"AQAB"}]}
//
// For JWTs, keys are RFC 7517's: public ones, or the shared secret of an HMAC; a
// list of revoked ids is there if tokens can be revoked. A built-in target that
// fetches its keys has key_set, their URL, in place of keys; one that follows the
// revocations of its issuer has feed, where it does and as whom, in place of revoked, and
// channel if they are published; and one that fetches its issuer's status list has
// status_list, where that is and what it is called. For API keys, api_keys has one entry per
// key that was issued, and hash says what is kept of each; hmac-sha256 needs the pepper
// besides. It never holds the private key of an asymmetric algorithm.
type Verification struct {
	Kind     string     `json:"kind"`
	Version  int        `json:"version"`
	Method   string     `json:"method"`
	Field    string     `json:"field,omitempty"`
	Scheme   string     `json:"scheme,omitempty"`
	Cookie   string     `json:"cookie,omitempty"` // its name, where the field is Cookie
	Issuer   string     `json:"issuer,omitempty"`
	Audience string     `json:"audience,omitempty"`
	Keys     []jose.JWK `json:"keys,omitempty"`
	// KeySet is the URL of the keys, for a server that fetches them.
	KeySet string `json:"key_set,omitempty"`
	// Revoked are the jti of tokens that were taken back.
	Revoked []string `json:"revoked,omitempty"`
	// Feed is where a server hears of them instead, and of those to come.
	Feed *credential.Endpoint `json:"feed,omitempty"`
	// Channel is where the issuer publishes those to come besides.
	Channel *store.Place `json:"channel,omitempty"`
	// StatusList is where a server fetches instead which tokens were taken back.
	StatusList *StatusList `json:"status_list,omitempty"`
	// Hash is sha256, hmac-sha256, bcrypt or argon2id.
	Hash string `json:"hash,omitempty"`
	// Pepper is the key of hmac-sha256.
	Pepper  jose.Base64URL `json:"pepper,omitempty"`
	APIKeys []PublishedKey `json:"api_keys,omitempty"`
}

// StatusList is a list's name in tokens, and its URL.
type StatusList struct {
	URI string `json:"uri"`
	URL string `json:"url"`
}

// PublishedKey is the record of one API key. The key itself is not in it.
type PublishedKey struct {
	// SHA256 is the digest of the whole key, in hexadecimal.
	SHA256 string `json:"sha256,omitempty"`
	// HMAC is that with the pepper, in hexadecimal.
	HMAC string `json:"hmac_sha256,omitempty"`
	// Hash is the text of another hash of the whole key: "$2a$10$…", "$argon2id$…".
	Hash    string    `json:"hash,omitempty"`
	Subject string    `json:"subject"`
	Tenant  string    `json:"tenant"`
	Scopes  []string  `json:"scopes"`
	Revoked bool      `json:"revoked"`
	Expires time.Time `json:"expires"`
}

const verificationKind = "verification"

// Encode returns the file's content. It sets kind and version.
func (v Verification) Encode() (json.RawMessage, error) {
	v.Kind, v.Version = verificationKind, verificationVersion
	return json.Marshal(v)
}

// ReadVerification reads a verification file. Errors name the file, line and
// column, and quote none of it.
func ReadVerification(name string, r io.Reader) (Verification, error) {
	var v Verification
	text, err := usertext.ReadAll(name, r)
	if err != nil {
		return v, fmt.Errorf("read %s: %w", name, err)
	}
	if err := credential.DecodeAt(name, 1, text, &v); err != nil {
		return Verification{}, err
	}
	if err := credential.CheckKind(name, v.Kind, v.Version, verificationKind, verificationVersion); err != nil {
		return Verification{}, err
	}
	return v, nil
}

// SigningKeys are what only an issuer needs: a file beside the verification file
// that no server sees.
type SigningKeys struct {
	Kind    string `json:"kind"`
	Version int    `json:"version"`
	// Keys are private keys, or the shared secret of an HMAC.
	Keys   []jose.JWK     `json:"keys,omitempty"`
	Secret jose.Base64URL `json:"secret,omitempty"` // API keys derive from it
}

const signingKind = "signing-keys"

func (s SigningKeys) Encode() (json.RawMessage, error) {
	s.Kind, s.Version = signingKind, verificationVersion
	return json.Marshal(s)
}

// ReadSigningKeys reads a file of signing keys. Errors name the file, line and
// column, and quote none of it.
func ReadSigningKeys(name string, r io.Reader) (SigningKeys, error) {
	var s SigningKeys
	text, err := usertext.ReadAll(name, r)
	if err != nil {
		return s, fmt.Errorf("read %s: %w", name, err)
	}
	if err := credential.DecodeAt(name, 1, text, &s); err != nil {
		return SigningKeys{}, err
	}
	if err := credential.CheckKind(name, s.Kind, s.Version, signingKind, verificationVersion); err != nil {
		return SigningKeys{}, err
	}
	return s, nil
}
