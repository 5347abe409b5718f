package doctor

import (
	"fmt"
	"net"
	"net/http"
	"time"
)

// server answers requests in this process, each after a pause of its own.
type server struct {
	http     http.Server
	listener net.Listener
	ended    chan struct{}
}

// serve starts a server whose requests take what pause takes.
func serve(pause func()) (*server, error) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("start a server of known behaviour: %w", err)
	}
	s := &server{listener: l, ended: make(chan struct{})}
	s.http.Handler = http.HandlerFunc(func(http.ResponseWriter, *http.Request) { pause() })
	go func() {
		defer close(s.ended)
		_ = s.http.Serve(l) // until it is closed
	}()
	return s, nil
}

func (s *server) addr() string { return s.listener.Addr().String() }

func (s *server) close() {
	_ = s.http.Close() // there is nothing more to say to its clients
	<-s.ended
}

// freezer stands still at the end of every period, whoever asks.
func freezer(every, length time.Duration) func() {
	began := time.Now()
	return func() { time.Sleep(standstill(time.Since(began), every, length)) }
}

// standstill is for how long whoever asks at a moment must wait.
func standstill(at, every, length time.Duration) time.Duration {
	if at %= every; at < every-length {
		return 0
	}
	return every - at
}
