package serve

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"time"

	"authbench/bench"
)

// Server answers requests for the pages of one directory of results.
type Server struct {
	name     string // of the directory, as people see it
	root     *os.Root
	index    index
	analyses analysisCache
	mux      http.ServeMux
	// watching bounds how many pages of running results may be open at once; poll is how
	// often their files are read.
	watching chan struct{}
	poll     time.Duration
}

const (
	// mostWatching: each is a connection, and an analysis at each launch.
	mostWatching = 8
	// pollInterval is how often the file of a running result is looked at. A slice takes
	// about as long.
	pollInterval = time.Second
	// longestWrite ends a connection whose browser no longer reads. It bounds an event, or a
	// page, which takes some seconds to render for large results.
	longestWrite = 30 * time.Second
)

// New returns a server for a directory; methods are the present ones. The caller closes it.
func New(dir string, methods bench.Catalogue) (*Server, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("serve results: %w; name a directory with results, such as results", err)
	}
	name, err := filepath.Abs(dir)
	if err != nil {
		name = dir
	}
	s := &Server{name: filepath.Base(name), root: root, watching: make(chan struct{}, mostWatching), poll: pollInterval}
	s.index.root, s.analyses.root, s.analyses.methods = root, root, methods
	s.mux.HandleFunc("/{$}", s.list)
	s.mux.HandleFunc("/results/{place...}", s.result)
	s.mux.HandleFunc("/advise/{place...}", s.advise)
	s.mux.HandleFunc("/compare", s.compare)
	s.mux.HandleFunc("/history", s.history)
	s.mux.HandleFunc("/live/{place...}", s.live)
	s.mux.HandleFunc("/events/{place...}", s.events)
	return s, nil
}

// Close gives the directory back.
func (s *Server) Close() error { return s.root.Close() }

// server is bounded in every phase of a connection. A page that watches a run
// has a deadline for each event instead of one for the whole page.
func (s *Server) server(ctx context.Context) *http.Server {
	const (
		slowestHeader = 5 * time.Second
		longestIdle   = time.Minute
		mostHeader    = 16 << 10
	)
	return &http.Server{
		Handler: s, ReadHeaderTimeout: slowestHeader, WriteTimeout: longestWrite, IdleTimeout: longestIdle, MaxHeaderBytes: mostHeader,
		BaseContext: func(net.Listener) context.Context { return ctx }, // which ends what watches a run
	}
}

// Serve answers requests on l until ctx ends, then lets the pages that are being
// rendered finish.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	const lastPages = 5 * time.Second
	server := s.server(ctx)
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(l) }()
	select {
	case err := <-ended:
		return fmt.Errorf("serve results: %w", err)
	case <-ctx.Done():
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastPages)
	defer cancel()
	err := server.Shutdown(last)
	if err != nil {
		err = server.Close()
	}
	if served := <-ended; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	if err != nil {
		return fmt.Errorf("serve results: %w", err)
	}
	return nil
}

// ServeHTTP implements [http.Handler].
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", "no-store") // a page is of what the directory holds now
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	switch {
	case !ownName(r.Host):
		// A foreign page whose name resolves to this machine could read the answers (DNS
		// rebinding).
		http.Error(w, "this server answers to localhost, 127.0.0.1 and [::1] only", http.StatusMisdirectedRequest)
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		h.Set("Allow", "GET, HEAD")
		http.Error(w, "results are read here, nothing else", http.StatusMethodNotAllowed)
	case r.Header.Get("Sec-Fetch-Site") == "cross-site" && r.Header.Get("Sec-Fetch-Mode") != "navigate":
		// A foreign page could not read the answer, but make this machine render pages.
		http.Error(w, "pages from elsewhere cannot use this server", http.StatusForbidden)
	default:
		s.mux.ServeHTTP(w, r)
	}
}

// ownName reports whether a request names this machine by a name that always means this machine.
func ownName(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	if strings.EqualFold(host, "localhost") {
		return true
	}
	addr, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && addr.IsLoopback()
}
