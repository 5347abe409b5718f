// A server with API keys and JWTs: net/http and golang-jwt.
//
//	PORT=8080 AUTHBENCH_CREDENTIALS=verification.json ./my-api
//
// The file says how callers prove who they are, and holds what that is verified with.
// Its format is that of docs/own-server.md.
package main

import (
	"cmp"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log"
	"math/big"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// trusted is the file that AUTHBENCH_CREDENTIALS names.
type trusted struct {
	Method, Field, Scheme, Issuer, Audience, Hash string
	Revoked                                       []string
	Keys                                          []struct{ Kty, Kid, Alg, K, N, E, X string }
	APIKeys                                       []apiKey `json:"api_keys"`
}

type apiKey struct {
	SHA256, Subject string
	Revoked         bool
	Expires         time.Time
}

// caller returns whose a credential is, "" if it is nobody's.
type caller func(credential string) string

func main() {
	var t trusted
	text, err := os.ReadFile(os.Getenv("AUTHBENCH_CREDENTIALS"))
	if err := cmp.Or(err, json.Unmarshal(text, &t)); err != nil {
		log.Fatal(err)
	}
	makers := map[string]func() caller{"none": t.anybody, "apikey sha256": t.apiKeys, "jwt": t.tokens}
	maker, known := makers[strings.TrimSpace(t.Method+" "+t.Hash)]
	if !known {
		log.Fatalf("method %s %s: this server knows none, apikey sha256 and jwt", t.Method, t.Hash)
	}
	whose := maker()
	log.Fatal(http.ListenAndServe("127.0.0.1:"+os.Getenv("PORT"), http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		scheme, credential, _ := strings.Cut(r.Header.Get(t.Field), " ")
		if t.Scheme == "" {
			scheme, credential = "", r.Header.Get(t.Field)
		}
		subject := whose(credential)
		if subject == "" || !strings.EqualFold(scheme, t.Scheme) { // which of them is nobody's business
			w.Header().Set("WWW-Authenticate", cmp.Or(t.Scheme, "ApiKey"))
			http.Error(w, "unauthorized", http.StatusUnauthorized)
			return
		}
		fmt.Fprintf(w, "hello, %s\n", subject)
	})))
}

func (t trusted) anybody() caller { return func(string) string { return "anybody" } }

// apiKeys looks a key up by its digest: the file does not have the keys themselves.
func (t trusted) apiKeys() caller {
	records := map[string]apiKey{}
	for _, k := range t.APIKeys {
		records[k.SHA256] = k
	}
	return func(credential string) string {
		digest := sha256.Sum256([]byte(credential))
		k, known := records[hex.EncodeToString(digest[:])]
		if !known || k.Revoked || !time.Now().Before(k.Expires) {
			return ""
		}
		return k.Subject
	}
}

// tokens verifies JWTs: by a key that the file has, with that key's algorithm, from its
// issuer, for its audience, not expired and not revoked.
func (t trusted) tokens() caller {
	keys := map[string]any{}
	for _, k := range t.Keys {
		public := &rsa.PublicKey{N: new(big.Int).SetBytes(raw(k.N)), E: int(new(big.Int).SetBytes(raw(k.E)).Int64())}
		keys[k.Kid] = map[string]any{"oct": raw(k.K), "OKP": ed25519.PublicKey(raw(k.X)), "RSA": public}[k.Kty]
	}
	parser := jwt.NewParser(jwt.WithValidMethods([]string{t.Keys[0].Alg}), jwt.WithIssuer(t.Issuer), jwt.WithAudience(t.Audience), jwt.WithExpirationRequired())
	return func(credential string) string {
		var claims jwt.RegisteredClaims
		_, err := parser.ParseWithClaims(credential, &claims, func(token *jwt.Token) (any, error) {
			kid, _ := token.Header["kid"].(string)
			return keys[kid], nil
		})
		if err != nil || slices.Contains(t.Revoked, claims.ID) {
			return ""
		}
		return claims.Subject
	}
}

// raw decodes a member of a key (RFC 7517), nothing if it has none of the name.
func raw(member string) []byte {
	out, err := base64.RawURLEncoding.DecodeString(member)
	if err != nil {
		log.Fatal(err)
	}
	return out
}
