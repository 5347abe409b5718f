package wire

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strconv"
	"time"

	"github.com/nats-io/jwt/v2"
	"github.com/nats-io/nats-server/v2/server"

	"authbench/internal/fleet/protocol"
)

const (
	// streamBytes bounds what a run leaves on the coordinator's disk: 2,500 workers with 30 KB
	// a second for half a minute, or eight for two and a half hours. A stream that is full
	// takes nothing more, and the run is invalid.
	streamBytes = 2 << 30
	// startWithin is how long the server may take to listen.
	startWithin = 10 * time.Second
	// strangers is how many connections may be there of which nothing is known yet: each ends after
	// [connectWithin] unless it has proved who it is. What they take is not taken from guests.
	strangers = 1000
)

// mostConnections bounds those of a run's account, with the coordinator's: a process that joins a
// second time is refused by the coordinator, who says why.
func mostConnections(guests int) int { return 2*guests + 2 }

// Server is a server of NATS within this process.
type Server struct {
	server *server.Server
	// Addr is where it listens.
	Addr string
}

// Serve starts the server of a run, whose stream is in a directory.
func Serve(c Charter, directory string) (*Server, error) {
	o, err := options(c, directory)
	if err != nil {
		return nil, fmt.Errorf("start the server of the fleet: %w", err)
	}
	s, err := server.NewServer(o)
	if err != nil {
		return nil, fmt.Errorf("start the server of the fleet: %w", err)
	}
	s.Start()
	if !s.ReadyForConnections(startWithin) || !s.JetStreamEnabled() {
		s.Shutdown()
		s.WaitForShutdown()
		return nil, fmt.Errorf("start the server of the fleet: it does not listen at %s: another program may, or %s cannot be written to", c.Listen, directory)
	}
	return &Server{s, s.Addr().String()}, nil
}

// Close ends it, if there is one.
func (s *Server) Close() {
	if s == nil {
		return
	}
	s.server.Shutdown()
	s.server.WaitForShutdown()
}

// options are the server's. Who is not in the charter's account may do nothing.
func options(c Charter, directory string) (*server.Options, error) {
	host, text, err := net.SplitHostPort(c.Listen)
	if err != nil {
		return nil, fmt.Errorf("the address %q: %w", c.Listen, err)
	}
	port, err := strconv.ParseUint(text, 10, 16)
	if err != nil || host == "" {
		return nil, fmt.Errorf("the address %q: write HOST:PORT", c.Listen)
	}
	operator, accounts, err := trust(c)
	if err != nil {
		return nil, err
	}
	pair, err := tls.X509KeyPair([]byte(c.Certificate), []byte(c.Key))
	if err != nil {
		return nil, fmt.Errorf("the charter's certificate: %w", err)
	}
	o := &server.Options{
		ServerName: "authbench-" + c.Run, Host: host, Port: int(port), NoSigs: true, NoLog: true,
		TLSConfig:         &tls.Config{MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{pair}},
		TLSHandshakeFirst: true, // or the server would introduce itself in clear
		TLSTimeout:        connectWithin.Seconds(), AuthTimeout: connectWithin.Seconds(),
		TrustedOperators: []*jwt.OperatorClaims{operator}, AccountResolver: accounts, SystemAccount: operator.SystemAccount,
		MaxPayload:   protocol.MaxLargeBytes + headroom,
		PingInterval: pingEvery, MaxPingsOut: mostPings, WriteDeadline: connectWithin,
		MaxConn:   mostConnections(len(c.Guests)) + strangers,
		JetStream: true, StoreDir: directory, SyncAlways: true, JetStreamMaxStore: streamBytes, JetStreamMaxMemory: 64 << 20,
		DisableJetStreamBanner: true,
	}
	if port == 0 {
		o.Port = server.RANDOM_PORT
	}
	return o, nil
}

// trust is whom the server trusts: one operator, and the accounts that it has signed.
func trust(c Charter) (*jwt.OperatorClaims, server.AccountResolver, error) {
	operator, err := jwt.DecodeOperatorClaims(c.Operator)
	if err != nil {
		return nil, nil, fmt.Errorf("the charter's operator: %w", err)
	}
	if operator.SystemAccount == "" {
		return nil, nil, errors.New("the charter has no account for the server itself")
	}
	accounts := &server.MemAccResolver{}
	for _, token := range []string{c.System, c.Account} {
		claims, err := jwt.DecodeAccountClaims(token)
		if err != nil {
			return nil, nil, fmt.Errorf("the charter's account: %w", err)
		}
		if err := accounts.Store(claims.Subject, token); err != nil {
			return nil, nil, err
		}
	}
	return operator, accounts, nil
}
