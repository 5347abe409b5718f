package jwt

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"authbench/bench"
	"authbench/internal/credential"
	"authbench/internal/credential/feed"
	"authbench/internal/credential/jose"
	"authbench/internal/credential/statuslist"
	"authbench/internal/credential/store"
	"authbench/internal/method"
)

// fetchedKeys is the value of parameter keys with which they are fetched.
const fetchedKeys = "jwks"

// The values of parameter revocation with which a token can be taken back: by a list that
// servers are told of, one at a time, or that their issuer has.
const (
	localList  = "denylist"
	polledList = "polled"
	pushedList = "pushed"
	statusList = "status_list"
)

// redisChannel is the value of parameter via with which the issuer publishes its list in Redis.
const redisChannel = "redis"

// statusListURI is what tokens call their issuer's status list.
const statusListURI = jose.IssuerName + "/statuslists/1"

// usualPoll is how often servers ask if parameter poll does not say, usualTTL how long they
// keep a status list if ttl does not.
const (
	usualPoll = time.Second
	usualTTL  = 5 * time.Second
)

// revocable reports whether tokens can be taken back.
func revocable(p bench.Params) bool {
	return p.Text("revocation") == localList || followed(p) || hasStatus(p)
}

// hasStatus reports whether tokens have a place on a status list.
func hasStatus(p bench.Params) bool { return p.Text("revocation") == statusList }

// followed reports whether servers follow the list of their issuer.
func followed(p bench.Params) bool {
	return p.Text("revocation") == polledList || p.Text("revocation") == pushedList
}

// pollOf is how often servers ask for the list, 0 if they do not.
func pollOf(p bench.Params) time.Duration {
	if p.Text("revocation") != polledList {
		return 0
	}
	return cmp.Or(p.Duration("poll"), usualPoll)
}

// ttlOf is how long servers keep the status list, 0 if there is none.
func ttlOf(p bench.Params) time.Duration {
	if !hasStatus(p) {
		return 0
	}
	return cmp.Or(p.Duration("ttl"), usualTTL)
}

// needs are the program that has the engine, the key set, and the feed of revocations.
func needs(p bench.Params) method.Needs {
	out := method.Needs{Feed: followed(p), StatusList: hasStatus(p)}
	if p.Text("via") == redisChannel {
		out.Channel = store.Redis
	}
	if engine := p.Text("engine"); jose.IsExternal(engine) {
		out.Program = method.Program{Name: jose.OtherProgram, Has: "engine " + engine}
	}
	if fetcher := p.Text("fetcher"); fetchesElsewhere(p) {
		out.Program = method.Program{Name: jose.OtherProgram, Has: "fetcher " + fetcher}
	}
	if p.Text("keys") == fetchedKeys {
		out.KeySet = &method.KeySet{
			Rotation: p.Duration("rotation"), Pause: jose.KeyPause,
			Removal: removalOf(p) + p.Duration("cache_ttl"), Lazy: p.Text("fetcher") == jose.GoOIDC,
		}
	}
	return out
}

// fetchesElsewhere reports whether a library of the other program fetches the keys.
func fetchesElsewhere(p bench.Params) bool {
	return p.Text("fetcher") == jose.Keyfunc || p.Text("fetcher") == jose.GoOIDC
}

// removalOf is for how long, by design, a removed key works where keys are fetched. go-oidc
// goes on until a token fails: if none does, until those of the key have expired.
func removalOf(p bench.Params) time.Duration {
	switch p.Text("fetcher") {
	case jose.Keyfunc:
		return jose.KeyfuncRefresh
	case jose.GoOIDC:
		return credential.Lifetime
	}
	return jose.KeysRefresh + jose.FetchTime
}

// facts: the token says everything, except whether it was taken back. For that the server has
// a list, and asks it about remembered tokens as well, so that a listed token is refused at
// once.
func facts(p bench.Params) bench.Facts {
	out := bench.Facts{Asks: bench.AskedNobody, Revocation: bench.RevokedByExpiry, Minter: bench.MintedByIssuer}
	if revocable(p) {
		out.Revocation, out.RevocationLag = bench.RevokedByList, (pollOf(p) + ttlOf(p)).Nanoseconds()
	}
	if keys := needs(p).KeySet; keys != nil {
		out.KeyRemovalLag = keys.Removal.Nanoseconds()
	}
	switch {
	case p.Text("revocation") == pushedList:
		out.RevocationBound = feed.Silence.Nanoseconds()
	case out.RevocationLag > 0:
		out.RevocationBound = feed.PollBound(time.Duration(out.RevocationLag)).Nanoseconds()
	}
	if strings.HasPrefix(p.Text("alg"), "HS") { // the key that verifies signs as well
		out.Minter = bench.MintedByServer
	}
	return out
}

var (
	_ method.KeyPublisher = (*issuer)(nil)
	_ method.Identifier   = (*issuer)(nil)
	_ method.StatusLister = (*issuer)(nil)
)

// StatusList implements method.StatusLister.
func (i *issuer) StatusList() statuslist.Spec {
	return statuslist.Spec{URI: statusListURI, Good: i.count, Invalid: i.revoked, TTL: i.ttl, Key: i.signer.Private}
}

// Place implements method.StatusLister.
func (i *issuer) Place(index int) int { return index }

// place is that of a credential of a class. Tokens that no server lets in, whatever the list
// says, share those of valid ones.
func (i *issuer) place(class bench.Class, index int) int {
	switch class {
	case bench.Valid:
		return i.Place(index)
	case bench.Revoked:
		return i.count + index
	}
	return index % i.count
}

// ID implements method.Identifier: it is the token's jti.
func (i *issuer) ID(index int) string { return string(i.appendID(nil, bench.Valid, index)) }

// Denied implements method.Identifier.
func (i *issuer) Denied() (ids []string) {
	for index := range i.revoked {
		ids = append(ids, string(i.appendID(nil, bench.Revoked, index)))
	}
	return ids
}

// PublicKeys implements method.KeyPublisher.
func (i *issuer) PublicKeys() ([]json.RawMessage, error) {
	key, err := json.Marshal(i.signer.Public)
	if err != nil {
		return nil, fmt.Errorf("encode a key: %w", err)
	}
	return []json.RawMessage{key}, nil
}
