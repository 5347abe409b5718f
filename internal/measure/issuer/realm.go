package issuer

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"authbench/internal/credential/jose"
	"authbench/internal/credential/opaque"
	"authbench/internal/credential/statuslist"
	"authbench/internal/credential/store"
)

// Spec is what the issuer of a realm knows.
type Spec struct {
	// KeySet is the key set that it publishes (RFC 7517 §5); nil: none.
	KeySet json.RawMessage `json:"key_set,omitempty"`
	// Tokens are its opaque tokens, as [opaque.NewRegistry] reads them; nil: it has none.
	Tokens json.RawMessage `json:"tokens,omitempty"`
	// AnswerKey is the private JWK by which it signs what it says of them, for those who ask
	// for that (RFC 9701); nil: it signs nothing.
	AnswerKey json.RawMessage `json:"answer_key,omitempty"`
	// Access says which tokens its token endpoint gives; nil: opaque ones, for an hour, if the
	// realm has such.
	Access *Access `json:"access,omitempty"`
	// Clients are those who may ask for tokens beside Client: the secret of each is an opaque
	// token that is not expired or revoked, as [opaque.NewRegistry] reads them, and its id
	// the token's subject. Nil: there are none.
	Clients json.RawMessage `json:"clients,omitempty"`
	// ClientKeys are the public keys of clients, by their ids, for which assertions that
	// they sign are taken (RFC 7523).
	ClientKeys map[string]jose.JWK `json:"client_keys,omitempty"`
	// Feed is its list of ids of tokens that it took back; nil: it has none.
	Feed *Feed `json:"feed,omitempty"`
	// StatusList is what it publishes its status list from; nil: it has none.
	StatusList *statuslist.Spec `json:"status_list,omitempty"`
	// Client may ask for tokens, ask about them, take them back, and follow the feed.
	Client Client `json:"client,omitzero"`
	// Audience is for whom its tokens are meant, and Name is its own name in them.
	Audience string `json:"audience,omitempty"`
	Name     string `json:"name,omitempty"`
}

// Access are tokens that servers verify by themselves.
type Access struct {
	// Key is the private JWK that signs them.
	Key json.RawMessage `json:"key"`
	// Lifetime is for how many seconds each is good: for up to one more, as tokens count
	// whole seconds.
	Lifetime int64 `json:"lifetime_s"`
}

// Feed is a list that grows while the issuer serves.
type Feed struct {
	// Denied stand on it from the beginning.
	Denied []string `json:"denied"`
	// Channel is where the issuer publishes what comes onto it besides; nil: nowhere.
	Channel *store.Place `json:"channel,omitempty"`
}

// Client is who is known at the endpoints.
type Client struct {
	ID     string `json:"id"`
	Secret string `json:"secret"`
}

// Counters count what a realm was asked for.
type Counters struct {
	// Fetches are those of the key set.
	Fetches int64 `json:"fetches"`
	// Taken is how long after its publication the key set in force was first fetched, ns;
	// 0 if it was not.
	Taken int64 `json:"taken_ns"`
	// Introspections were answered, Active of them with an active token. Issued tokens were
	// minted, and Revoked ones, or secrets of clients, taken back.
	Introspections int64 `json:"introspections"`
	Active         int64 `json:"active"`
	Issued         int64 `json:"issued"`
	// Refused requests for a token were, of clients that are known.
	Refused int64 `json:"refused"`
	Revoked int64 `json:"revoked"`
	// Invalidated places of the status list were taken back by order, and Lists is how often
	// the list was fetched.
	Invalidated int64 `json:"invalidated"`
	Lists       int64 `json:"lists"`
	// Denied ids were put on the list of the feed by order. Polls were answered with pages
	// of it, Events were sent to subscribers, of whom there are Subscribers now, or published
	// on the channel.
	Denied      int64 `json:"denied"`
	Polls       int64 `json:"polls"`
	Events      int64 `json:"events"`
	Subscribers int64 `json:"subscribers"`
	// Strangers are requests without the client's credentials, Faulty those that met a fault.
	Strangers int64 `json:"strangers"`
	Faulty    int64 `json:"faulty"`
}

// realm is one issuer.
type realm struct {
	Spec
	tokens *opaque.Registry // nil if it has none
	answer *jose.Signer     // nil if it signs no answers
	access *access          // nil if its token endpoint gives no tokens
	// clients are the secrets of those who may ask for tokens; nil: there are none.
	clients    *opaque.Registry
	assertions assertions
	secret     [sha256.Size]byte
	keys       atomic.Pointer[publication] // nil if it publishes none
	denied     *denied                     // nil if it has no feed
	channel    *store.Publisher            // nil if it publishes none of it
	status     *statuslist.Publisher       // nil if it has no status list
	closed     chan struct{}               // closed with the realm
	faults     *faults
	// ahead is by how much its clock differs from the machine's, ns; begun counts its lives.
	ahead, begun atomic.Int64

	fetches, introspections, active, issued, refused, revoked, strangers atomic.Int64
	ordered, polls, events, subscribers, invalidated, lists, faulty      atomic.Int64
}

// publication is a key set in force.
type publication struct {
	set   []byte
	at    time.Time
	taken atomic.Int64 // ns after at; 0 if nobody has fetched it
}

func newRealm(s Spec) (*realm, error) {
	r := &realm{Spec: s, secret: sha256.Sum256([]byte(s.Client.Secret)), closed: make(chan struct{}), faults: newFaults()}
	if (s.Tokens != nil || s.Feed != nil || s.Access != nil) && (s.Client.ID == "" || s.Client.Secret == "") {
		return nil, errors.New("a realm with tokens or a feed needs a client with a secret: strangers must not ask about them")
	}
	if s.KeySet != nil {
		r.publish(s.KeySet)
	}
	var err error
	if s.Tokens != nil {
		if r.tokens, err = opaque.NewRegistry(s.Tokens); err != nil {
			return nil, fmt.Errorf("the realm's tokens: %w", err)
		}
	}
	if err := r.openAccess(); err != nil {
		return nil, err
	}
	if s.AnswerKey != nil {
		if r.answer, err = newSigner(s.AnswerKey); err != nil {
			return nil, fmt.Errorf("the realm's key for answers: %w", err)
		}
	}
	if err := r.openFeed(); err != nil {
		return nil, fmt.Errorf("the realm's feed: %w", err)
	}
	if s.StatusList != nil {
		if r.status, err = statuslist.NewPublisher(*s.StatusList); err != nil {
			return nil, fmt.Errorf("the realm's status list: %w", err)
		}
	}
	return r, nil
}

func (r *realm) openFeed() (err error) {
	if r.Feed == nil {
		return nil
	}
	if r.denied, err = newDenied(r.Feed.Denied); err != nil || r.Feed.Channel == nil {
		return err
	}
	r.channel, err = store.OpenPublisher(*r.Feed.Channel)
	return err
}

// newSigner reads a private key.
func newSigner(text []byte) (*jose.Signer, error) {
	var key jose.JWK
	if err := json.Unmarshal(text, &key); err != nil {
		return nil, errors.New("it is no JWK") // the cause quotes it
	}
	return jose.SignerOf(key)
}

// revoke takes a token, or the secret of a client, back.
func (r *realm) revoke(secret []byte) error {
	err := errors.New("the realm has no tokens")
	for _, known := range []*opaque.Registry{r.tokens, r.clients} {
		if known == nil {
			continue
		}
		if err = known.Revoke(secret); err == nil {
			r.revoked.Add(1)
			return nil
		}
	}
	return err
}

// invalidate takes the token of a place on the status list back.
func (r *realm) invalidate(place int) error {
	if r.status == nil {
		return errors.New("the realm has no status list")
	}
	r.invalidated.Add(1)
	return r.status.Invalidate(place)
}

// deny takes the token of an id back.
func (r *realm) deny(id string) error {
	if r.denied == nil {
		return errors.New("the realm has no feed")
	}
	added, err := r.denied.add(id)
	if added {
		r.ordered.Add(1)
	}
	return err
}

// now is what the issuer's clock says.
func (r *realm) now() time.Time { return time.Now().Add(time.Duration(r.ahead.Load())) }

// restart is what becomes of an issuer that begins anew, with a clock that is ahead: it has
// all that it has taken back, its feed is of another life, and its streams of events end.
func (r *realm) restart(ahead time.Duration) {
	r.ahead.Store(ahead.Nanoseconds())
	r.begun.Add(1)
	if r.denied != nil {
		r.denied.restart()
	}
	r.faults.wake()
}

func (r *realm) publish(set []byte) {
	r.keys.Store(&publication{set: set, at: time.Now()})
}

// knows reports whether these are the client's credentials. It takes as long for wrong ones.
func (r *realm) knows(c Client) bool {
	secret := sha256.Sum256([]byte(c.Secret))
	same := subtle.ConstantTimeCompare(secret[:], r.secret[:])
	return same&subtle.ConstantTimeCompare([]byte(c.ID), []byte(r.Client.ID)) == 1 && r.Client.ID != ""
}

func (r *realm) counters() Counters {
	out := Counters{
		Fetches: r.fetches.Load(), Introspections: r.introspections.Load(), Active: r.active.Load(),
		Issued: r.issued.Load(), Refused: r.refused.Load(), Revoked: r.revoked.Load(), Strangers: r.strangers.Load(),
		Denied: r.ordered.Load(), Polls: r.polls.Load(), Events: r.events.Load(), Subscribers: r.subscribers.Load(),
		Invalidated: r.invalidated.Load(), Lists: r.lists.Load(), Faulty: r.faulty.Load(),
	}
	if p := r.keys.Load(); p != nil {
		out.Taken = p.taken.Load()
	}
	return out
}
