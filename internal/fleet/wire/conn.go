package wire

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"

	"authbench/internal/fleet/protocol"
)

// Conn is a connection to the server of a run.
type Conn struct {
	subjects
	nats *nats.Conn
	name string

	mu    sync.Mutex // guards what follows
	fault error      // the first thing that went wrong and does not mend itself
	wrong chan struct{}
}

// Connect joins the server of a run. It tries again while nobody listens there, or has time,
// until the context ends: workers may be there before their coordinator.
func Connect(ctx context.Context, i Invitation) (*Conn, error) {
	user, err := keyOf(i)
	if err != nil {
		return nil, err
	}
	secure, err := i.clientTLS()
	if err != nil {
		return nil, err
	}
	c := &Conn{subjects: subjects{i.Run}, name: i.Name, wrong: make(chan struct{})}
	for wait := reconnectEvery; ; wait = min(2*wait, slowestReconnect) {
		c.nats, err = nats.Connect(i.URL,
			nats.Name(i.Name), nats.CustomInboxPrefix(c.inbox(i.Name)), nats.NoEcho(), nats.IgnoreDiscoveredServers(),
			nats.UserJWT(func() (string, error) { return i.JWT, nil }, user.Sign),
			nats.Secure(secure), handshake(i), nats.Timeout(connectWithin),
			nats.PingInterval(pingEvery), nats.MaxPingsOutstanding(mostPings),
			nats.FlusherTimeout(pingEvery), // who publishes waits for a write, and so do the pings
			nats.MaxReconnects(-1), nats.ReconnectWait(reconnectEvery), nats.ReconnectJitter(reconnectEvery/5, reconnectEvery/5),
			nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { c.fail(err) }),
			nats.ClosedHandler(func(n *nats.Conn) { c.fail(n.LastError()) }),
		)
		if err == nil {
			return c, c.check()
		}
		if refused(err) {
			return nil, explain(err, i)
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("connect to the coordinator at %s: %w: start it, or correct the address", i.URL, err)
		case <-time.After(wait/2 + rand.N(wait)): // hundreds that came at one time do not come again at one time
		}
	}
}

// handshake says when TLS begins: at once where the run has its own server, and after the servers
// have introduced themselves where they are somebody's own, which is what servers of NATS do.
func handshake(i Invitation) nats.Option {
	if i.Pin != "" {
		return nats.TLSHandshakeFirst()
	}
	return func(*nats.Options) error { return nil }
}

// headroom is what a message needs beside its text.
const headroom = 4 << 10

// check refuses servers that would not take what is sent.
func (c *Conn) check() error {
	const need = protocol.MaxLargeBytes + headroom
	if has := c.nats.MaxPayload(); has < need {
		c.nats.Close()
		return fmt.Errorf("the server takes messages of %d bytes at most, and a fleet sends up to %d: raise its max_payload", has, need)
	}
	return nil
}

// keyOf is the key that proves who somebody is.
func keyOf(i Invitation) (nkeys.KeyPair, error) {
	user, err := nkeys.FromSeed([]byte(i.Seed))
	if err != nil {
		return nil, fmt.Errorf("the invitation's key: %w", err)
	}
	return user, nil
}

// refused reports whether another attempt would fail in the same way: the server does not want
// this client, the client does not want this server, or the address cannot be read. What else
// goes wrong may pass: nobody listens yet, a connection is cut off, or one end was too busy to
// say in time who it is.
func refused(err error) bool {
	var record tls.RecordHeaderError
	var address *url.Error
	stranger := errors.As(err, &record) && record.RecordHeader != saysFull
	return errors.Is(err, nats.ErrAuthorization) || errors.Is(err, nats.ErrAuthExpired) || errors.Is(err, nats.ErrAuthRevoked) ||
		errors.Is(err, nats.ErrAccountAuthExpired) || errors.Is(err, nats.ErrSecureConnWanted) || errors.Is(err, errPin) ||
		errors.As(err, new(*tls.CertificateVerificationError)) || stranger || errors.As(err, &address)
}

// saysFull is how a server begins that has no place left (-ERR 'maximum connections exceeded'): in
// clear, before it would speak TLS.
var saysFull = [5]byte{'-', 'E', 'R', 'R', ' '}

// explain says what a failed connection means for who has the invitation.
func explain(err error, i Invitation) error {
	switch {
	case i.Pin == "" && errors.Is(err, nats.ErrAuthorization):
		return fmt.Errorf("the servers at %s do not know this invitation: it has expired, or their account does not know the key that signed it (see --signing-key and --account of 'authbench-fleet invite'; a key with a role of its own cannot sign): %w", i.URL, err)
	case errors.Is(err, nats.ErrSecureConnWanted):
		return fmt.Errorf("connect to the servers at %s: they have no TLS, and what is measured does not travel in clear: configure it (tls): %w", i.URL, err)
	case errors.As(err, new(*tls.CertificateVerificationError)):
		return fmt.Errorf("connect to the servers at %s: nobody whom this machine trusts has signed their certificates for these names: name the authority with --ca of 'authbench-fleet invite', and servers as their certificates do: %w", i.URL, err)
	case errors.Is(err, nats.ErrAuthExpired):
		return fmt.Errorf("the coordinator refuses the invitation: it has expired: have a new one made with 'authbench-fleet invite': %w", err)
	case errors.Is(err, nats.ErrAuthorization):
		return fmt.Errorf("the coordinator at %s does not know this invitation: it is of another run, or has expired: %w", i.URL, err)
	}
	return fmt.Errorf("connect to the coordinator at %s: %w", i.URL, err)
}

// fail keeps the first thing that went wrong.
func (c *Conn) fail(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.fault == nil && err != nil {
		c.fault = err
		close(c.wrong)
	}
}

// Wrong is closed when something went wrong that does not mend itself: a right that is missing,
// an invitation that has expired, messages that were dropped.
func (c *Conn) Wrong() <-chan struct{} { return c.wrong }

// Err is what went wrong.
func (c *Conn) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.fault
}

// Close ends the connection. What was published before is sent.
func (c *Conn) Close() {
	_ = c.nats.FlushTimeout(connectWithin) // who is gone does not get it
	c.nats.Close()
}

// publish sends a message.
func publish[M protocol.Message](c *Conn, subject string, m M) error {
	text, err := protocol.Encode(m)
	if err != nil {
		return err
	}
	return c.nats.Publish(subject, text)
}

// ask sends a message and returns the answer.
func ask[A, M protocol.Message](ctx context.Context, c *Conn, subject string, m M) (A, error) {
	var none A
	text, err := protocol.Encode(m)
	if err != nil {
		return none, err
	}
	answer, err := c.nats.RequestWithContext(ctx, subject, text)
	if err != nil {
		return none, err
	}
	return protocol.Decode[A](answer.Data)
}

// hear calls a function with each message of a subject that can be read, and odd, unless nil, with
// what is wrong with one that cannot.
func hear[M protocol.Message](c *Conn, subject string, take func(m *nats.Msg, message M), odd func(error)) error {
	_, err := c.nats.Subscribe(subject, func(m *nats.Msg) {
		message, err := protocol.Decode[M](m.Data)
		switch {
		case err == nil:
			take(m, message)
		case odd != nil:
			odd(fmt.Errorf("on %s: %w", m.Subject, err))
		}
	})
	return err
}
