package statuslist

import (
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"authbench/internal/credential/feed"
	"authbench/internal/credential/jose"
)

const (
	// Type is the typ of a list's header (§5.1), MediaType that of the answer (§8.2).
	Type      = "statuslist+jwt"
	MediaType = "application/statuslist+jwt"
	// ShortestTTL is the shortest time for which a list may say that it can be kept: times in
	// tokens are whole seconds, and a shorter one could not be told from none.
	ShortestTTL = time.Second
)

// Spec is what an issuer publishes a list from.
type Spec struct {
	// URI names the list.
	URI string `json:"uri"`
	// Good is how many places of good tokens the list has, from 0, and Invalid how many of
	// tokens that were taken back follow.
	Good    int `json:"good"`
	Invalid int `json:"invalid"`
	// TTL is how long a server may keep a list (ns), in whole seconds.
	TTL time.Duration `json:"ttl_ns"`
	// Key signs; its private part is in it.
	Key jose.JWK `json:"key"`
}

// claims are those of a list's token (§5.1). Times are in whole seconds.
type claims struct {
	Subject string `json:"sub"`
	Issued  int64  `json:"iat"`
	Expires int64  `json:"exp"`
	TTL     int64  `json:"ttl"`
	List    struct {
		Bits int            `json:"bits"`
		Text jose.Base64URL `json:"lst"`
	} `json:"status_list"`
}

// Publisher is the issuer's side of a list. It is safe for concurrent use.
type Publisher struct {
	Spec
	signer *jose.Signer
	mu     sync.Mutex // guards all below
	status bits
	token  []byte // the list as of issued; nil if it has changed since
	issued int64
}

// NewPublisher makes the list of a spec.
func NewPublisher(s Spec) (*Publisher, error) {
	switch places := s.Good + s.Invalid; {
	case s.URI == "":
		return nil, errors.New("a status list needs a name (uri)")
	case s.Good < 0 || s.Invalid < 0 || places < 1 || places > 8*mostBytes:
		return nil, fmt.Errorf("a status list has from 1 to %d places", 8*mostBytes)
	case s.TTL < ShortestTTL || s.TTL%time.Second != 0:
		return nil, fmt.Errorf("the ttl of a status list is %v, and must be whole seconds, at least %v", s.TTL, ShortestTTL)
	}
	signer, err := jose.SignerOf(s.Key)
	if err != nil {
		return nil, err
	}
	p := &Publisher{Spec: s, signer: signer, status: newBits(s.Good + s.Invalid)}
	for i := range s.Invalid {
		p.status.set(s.Good + i)
	}
	return p, nil
}

// Invalidate takes the token of a place back: the next list says so.
func (p *Publisher) Invalidate(place int) error {
	if place < 0 || place >= p.Good+p.Invalid {
		return fmt.Errorf("place %d is not on the status list, which has %d", place, p.Good+p.Invalid)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.status.set(place)
	p.token = nil
	return nil
}

// Token is the list at a time. It is signed anew if it changed, or if a second has gone by:
// who asks gets one that is new.
func (p *Publisher) Token(now time.Time) ([]byte, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.token != nil && p.issued == now.Unix() {
		return p.token, nil
	}
	out := claims{Subject: p.URI, Issued: now.Unix(), TTL: int64(p.TTL / time.Second)}
	out.Expires = out.Issued + int64((feed.PollBound(p.TTL)+time.Second)/time.Second) // iat is rounded down
	out.List.Bits = 1
	var err error
	if out.List.Text, err = p.status.deflate(); err != nil {
		return nil, err
	}
	text, err := json.Marshal(out)
	if err != nil {
		return nil, fmt.Errorf("encode a status list: %w", err)
	}
	token, err := p.signer.JWT(Type, text)
	if err != nil {
		return nil, err
	}
	p.token, p.issued = token, out.Issued
	return token, nil
}
