package statuslist

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"mime"
	"net/http"
	"sync/atomic"
	"time"

	"authbench/bench"
	"authbench/internal/credential"
	"authbench/internal/credential/feed"
	"authbench/internal/credential/jose"
)

const (
	// fetchTime bounds one fetch. Over loopback it takes some milliseconds for a list of ten
	// million places; what takes a second is stuck.
	fetchTime = time.Second
	// mostText bounds a list's token in bytes: base64url twice over, and what stands around.
	mostText = mostBytes*16/9 + 64<<10
)

// Config is what a server needs to follow a list.
type Config struct {
	// URL is where the list is, a loopback one, and URI its name, which tokens know it by.
	URL, URI string
	// Key is that of the issuer's tokens, whose list it is; it names its algorithm.
	Key jose.JWK
	// TTL is how often the list is fetched. A list that may be kept for less is none.
	TTL time.Duration
	Now func() time.Time
}

// List is the server's side of a list, which it fetches in a goroutine of its own. It is
// safe for concurrent use.
type List struct {
	*feed.Feed
	config  Config
	signed  *jose.Statements
	client  *http.Client
	current atomic.Pointer[published] // nil until there was one
}

// published is a list in force.
type published struct {
	status bits
	issued float64
}

// Follow follows a list. It returns when the list was taken, or could not be had; then it is
// not current until it can. The error is about the configuration.
func Follow(c Config) (*List, error) {
	if c.URL == "" || c.URI == "" {
		return nil, errors.New("the verification material names no status list: only a run has one")
	}
	if err := credential.CheckLoopback("status_list", c.URL); err != nil {
		return nil, err
	}
	signed, err := jose.NewStatements(Type, c.Key)
	if err != nil {
		return nil, err
	}
	l := &List{config: c, signed: signed, client: credential.NewIssuerClient(&http.Transport{})}
	l.Feed = feed.Repeat(c.TTL, l.fetch, "the status list at "+c.URL+" is not had", l.client.CloseIdleConnections)
	return l, nil
}

// Check says what the list in force says of a token: nothing against it, that it was taken
// back, or that its status is not known, for which it is refused (§8.3): the token has no
// place, or one on another list, or one beyond the end.
func (l *List) Check(at jose.Place) bench.Reason {
	p := l.current.Load()
	if p == nil {
		return bench.ReasonUnavailable
	}
	if at.URI != l.config.URI {
		return bench.ReasonMalformed
	}
	switch set, ok := p.status.get(at.Index); {
	case !ok:
		return bench.ReasonMalformed
	case set:
		return bench.ReasonRevoked
	}
	return bench.ReasonNone
}

// fetch fetches the list, and returns for how long it is good.
func (l *List) fetch(ctx context.Context) (time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, fetchTime)
	defer cancel()
	text, err := l.ask(ctx)
	if err != nil {
		return 0, credential.WithoutPorts(err)
	}
	next, good, err := l.read(text)
	if err != nil {
		return 0, err
	}
	if old := l.current.Load(); old != nil && next.issued < old.issued {
		return 0, errors.New("it is older than the one before")
	}
	l.current.Store(next)
	return min(good, feed.PollBound(l.config.TTL)), nil
}

func (l *List) ask(ctx context.Context) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, l.config.URL, nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Accept", MediaType)
	response, err := l.client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the issuer answers %d", response.StatusCode)
	}
	if got, _, err := mime.ParseMediaType(response.Header.Get("Content-Type")); err != nil || got != MediaType {
		return nil, errors.New("the issuer's answer is not " + MediaType)
	}
	text, err := io.ReadAll(io.LimitReader(response.Body, mostText+1))
	if err == nil && len(text) > mostText {
		err = errTooLong
	}
	return text, err
}

// read reads a list's token by §8.3, and returns for how long it is good. Its errors quote
// nothing of it.
func (l *List) read(text []byte) (*published, time.Duration, error) {
	payload, reason := l.signed.Claims(text)
	if reason != bench.ReasonNone {
		return nil, 0, fmt.Errorf("it is no status list that the issuer signed (%s)", reason)
	}
	c, err := readClaims(payload)
	if err != nil {
		return nil, 0, err
	}
	good := time.Duration(min(c.expires-float64(l.config.Now().UnixNano())/1e9, time.Hour.Seconds()) * 1e9)
	switch {
	case c.subject != l.config.URI:
		return nil, 0, errors.New("it is another list: its sub is not the name by which tokens know it")
	case good <= 0:
		return nil, 0, errors.New("it is out of date (exp)")
	case c.ttl < l.config.TTL.Seconds():
		return nil, 0, fmt.Errorf("it may be kept for less than %v (ttl), which is how often it is fetched: fetch it more often, or have the issuer allow more; %v is the least", l.config.TTL, ShortestTTL)
	}
	status, err := inflate(c.list)
	return &published{status, c.issued}, good, err
}

// readable are a list's claims as they were read. Seconds may have fractions; expires and ttl
// are infinite where the list does not say.
type readable struct {
	subject              string
	issued, expires, ttl float64
	list                 []byte
}

var errClaims = errors.New("its claims are not those of a status list of one bit (sub, iat, exp, ttl, status_list)")

// readClaims reads a list's claims. Names are compared with their letter case.
func readClaims(payload []byte) (out readable, err error) {
	var all, list map[string]json.RawMessage
	var size int
	var text jose.Base64URL
	if json.Unmarshal(payload, &all) != nil || json.Unmarshal(all["status_list"], &list) != nil {
		return out, errClaims
	}
	out.expires, out.ttl = math.Inf(1), math.Inf(1)
	for _, member := range []struct {
		text     json.RawMessage
		into     any
		optional bool
	}{
		{all["sub"], &out.subject, false}, {all["iat"], &out.issued, false},
		{all["exp"], &out.expires, true}, {all["ttl"], &out.ttl, true},
		{list["bits"], &size, false}, {list["lst"], &text, false},
	} {
		if (member.text != nil || !member.optional) && json.Unmarshal(member.text, member.into) != nil {
			return out, errClaims
		}
	}
	if size != 1 || out.issued <= 0 || out.ttl <= 0 || out.subject == "" {
		return out, errClaims
	}
	out.list = text
	return out, nil
}
