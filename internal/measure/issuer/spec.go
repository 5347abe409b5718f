package issuer

import (
	"errors"
	"time"

	"authbench/internal/credential"
	"authbench/internal/credential/jose"
	"authbench/internal/method"
)

// SpecFor is what a realm must know of what i minted, for servers with such needs.
func SpecFor(i method.Issuer, needs method.Needs) (s Spec, err error) {
	s = Spec{Name: jose.IssuerName, Audience: jose.AudienceName}
	if needs.Tokens {
		knows, ok := i.(method.TokenIssuer)
		if !ok {
			return s, errors.New("the method has no tokens that an issuer could be asked about")
		}
		if s.Tokens, err = knows.Tokens(); err != nil {
			return s, err
		}
		if s.AnswerKey, err = knows.AnswerKey(); err != nil {
			return s, err
		}
	}
	if needs.Exchange != nil {
		gives, ok := i.(method.Exchanger)
		if !ok {
			return s, errors.New("the method has no secrets that could be exchanged for tokens")
		}
		s.Access = &Access{Lifetime: needs.Exchange.Lifetime / time.Second.Nanoseconds()}
		if s.Access.Key, s.Clients, err = gives.Exchange(); err != nil {
			return s, err
		}
	}
	if needs.Feed {
		names, ok := i.(method.Identifier)
		if !ok {
			return s, errors.New("the method's credentials have no ids, by which an issuer could say which it took back")
		}
		s.Feed = &Feed{Denied: names.Denied()}
	}
	if needs.StatusList {
		lists, ok := i.(method.StatusLister)
		if !ok {
			return s, errors.New("the method's credentials have no places on a status list")
		}
		list := lists.StatusList()
		s.StatusList = &list
	}
	return s, nil
}

// TokenEndpoint is where a client gets its tokens.
func (r *Realm) TokenEndpoint(id, secret string) credential.Endpoint {
	return credential.Endpoint{URL: r.url(tokenPath), ClientID: id, ClientSecret: secret}
}

// Places adds to what is known of places those that servers with such needs ask.
func (r *Realm) Places(needs method.Needs, at method.Places) method.Places {
	if needs.Tokens {
		at.Introspection = r.endpoint(introspectPath)
	}
	if needs.Feed {
		at.Feed, at.Channel = r.endpoint(revocationsPath), r.channel
	}
	if needs.StatusList {
		at.StatusList = r.url(statusListPath)
	}
	return at
}
