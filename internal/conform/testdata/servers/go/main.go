// Command go is an ordinary server of net/http and golang-jwt: go PORT [HOLE]. HOLE is
// one thing that it does wrong: none, exp or confusion.
package main

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"log"
	"math/big"
	"net/http"
	"os"
	"strings"

	"github.com/golang-jwt/jwt/v5"
)

// trusted is the file that AUTHBENCH_CREDENTIALS names.
type trusted struct {
	Issuer, Audience string
	Keys             []struct{ Kid, Alg, N, E string }
}

func main() {
	hole := ""
	if len(os.Args) > 2 {
		hole = os.Args[2]
	}
	text, err := os.ReadFile(os.Getenv("AUTHBENCH_CREDENTIALS"))
	if err != nil {
		log.Fatal(err)
	}
	var t trusted
	if err := json.Unmarshal(text, &t); err != nil {
		log.Fatal(err)
	}
	log.Fatal(http.ListenAndServe("127.0.0.1:"+os.Args[1], handler(t, hole)))
}

func handler(t trusted, hole string) http.Handler {
	public := &rsa.PublicKey{N: number(t.Keys[0].N), E: int(number(t.Keys[0].E).Int64())}
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		log.Fatal(err)
	}
	secret := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	algorithms := []string{t.Keys[0].Alg}
	options := []jwt.ParserOption{jwt.WithIssuer(t.Issuer), jwt.WithAudience(t.Audience), jwt.WithExpirationRequired()}
	switch hole {
	case "none":
		algorithms = append(algorithms, "none")
	case "confusion":
		algorithms = append(algorithms, "HS256")
	case "exp":
		options = []jwt.ParserOption{jwt.WithoutClaimsValidation()}
	}
	parser := jwt.NewParser(append(options, jwt.WithValidMethods(algorithms))...)
	keys := func(token *jwt.Token) (any, error) {
		switch {
		case token.Method.Alg() == "none":
			return jwt.UnsafeAllowNoneSignatureType, nil
		case token.Method.Alg() == "HS256":
			return secret, nil
		case token.Header["kid"] != t.Keys[0].Kid:
			return nil, errors.New("unknown key")
		}
		return public, nil
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		scheme, text, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		token, err := parser.Parse(text, keys)
		if !strings.EqualFold(scheme, "Bearer") || err != nil {
			w.Header().Set("WWW-Authenticate", "Bearer")
			http.Error(w, "unauthorized", http.StatusUnauthorized)
			return
		}
		subject, _ := token.Claims.GetSubject()
		fmt.Fprintf(w, "hello, %s\n", subject)
	})
}

func number(text string) *big.Int {
	content, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		log.Fatal(err)
	}
	return new(big.Int).SetBytes(content)
}
