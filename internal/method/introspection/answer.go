package introspection

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"authbench/internal/credential/store"
)

// answer is what the issuer says of a token (RFC 7662 §2.2).
type answer struct {
	Active    bool
	Subject   string
	Tenant    string
	Issuer    string
	Scope     string
	Audience  []string
	Expires   int64 // Unix seconds, 0 for never
	NotBefore int64
}

// sent is the same as it comes. Members that are not here are nobody's business.
type sent struct {
	Active    *bool    `json:"active"`
	Subject   string   `json:"sub"`
	Tenant    string   `json:"tenant"`
	Issuer    string   `json:"iss"`
	Scope     string   `json:"scope"`
	Type      string   `json:"token_type"`
	Audience  audience `json:"aud"`
	Expires   *int64   `json:"exp"`
	NotBefore int64    `json:"nbf"`
}

// audience is one name, or a list of names (RFC 7519 §4.1.3).
type audience []string

// UnmarshalJSON implements json.Unmarshaler.
func (a *audience) UnmarshalJSON(text []byte) error {
	var one string
	if json.Unmarshal(text, &one) == nil {
		*a = audience{one}
		return nil
	}
	var all []string
	if err := json.Unmarshal(text, &all); err != nil {
		return errors.New("aud is no text and no list of texts")
	}
	*a = all
	return nil
}

// readAnswer reads the body of an answer. One that does not say whether the token is
// active, or of whom an active one is, is corrupt: it must let nobody in.
func readAnswer(body []byte) (answer, error) {
	var s sent
	if err := json.Unmarshal(body, &s); err != nil {
		return answer{}, fmt.Errorf("%w: it is not the JSON of an introspection", store.ErrCorrupt) // the cause quotes the body
	}
	switch {
	case s.Active == nil:
		return answer{}, fmt.Errorf("%w: it does not say whether the token is active", store.ErrCorrupt)
	case !*s.Active:
		return answer{}, nil
	case s.Subject == "":
		return answer{}, fmt.Errorf("%w: it does not say whose the token is", store.ErrCorrupt)
	case s.Type != "" && !strings.EqualFold(s.Type, "Bearer"):
		// A token that is bound to a key is no bearer token (RFC 9449 §7.2).
		return answer{}, nil
	}
	out := answer{
		Active: true, Subject: s.Subject, Tenant: s.Tenant, Issuer: s.Issuer, Scope: s.Scope, Audience: s.Audience, NotBefore: s.NotBefore,
	}
	if s.Expires != nil {
		out.Expires = max(1, *s.Expires) // 0 and less are long ago
	}
	return out, nil
}

// ends is when an answer ceases to be true by itself.
func (a answer) ends() time.Time {
	if a.Expires == 0 {
		return time.Time{}
	}
	return time.Unix(a.Expires, 0)
}

func (a answer) isFor(name string) bool { return slices.Contains(a.Audience, name) }

// allows reports whether a scope is among those of the token, which blanks divide
// (RFC 6749 §3.3).
func (a answer) allows(scope string) bool {
	for one := range strings.SplitSeq(a.Scope, " ") {
		if one == scope {
			return true
		}
	}
	return false
}
