package load

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"authbench/bench"
)

// secureServer speaks HTTPS with a certificate that it signed itself.
func secureServer(t *testing.T) (Endpoint, *x509.CertPool) {
	t.Helper()
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("ok")) }))
	s.Config.ErrorLog = log.New(io.Discard, "", 0) // it would tell of the handshakes that fail
	s.StartTLS()
	t.Cleanup(s.Close)
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	return Endpoint{
		Addr: addrPort(s.Listener.Addr().String()), Connections: 2, Timeout: 5 * time.Second, Workload: plain(t, "GET"), Breakdown: true,
	}, roots
}

func TestTLS(t *testing.T) {
	e, roots := secureServer(t)
	e.TLS = &tls.Config{ServerName: "example.com", RootCAs: roots}
	e.RequestsPerConnection = 2
	c, err := start(t, Options{Name: Portable}).Dial(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	out := run(t, c, Slice{Arrivals: bench.Constant, Rate: 1000, Count: 10, Measure: time.Hour})
	if out.Completed != 10 || out.statuses()[200] != 10 || len(out.Errors) > 0 {
		t.Errorf("%d completed, statuses %v, errors %v", out.Completed, out.statuses(), out.Errors)
	}
	if n := out.Opening.Handshake.Count(); n < 5 || n != out.Opening.Connect.Count() || out.Opening.Handshake.Quantile(0) <= 0 {
		t.Errorf("%d handshakes, %d connections", n, out.Opening.Connect.Count())
	}
}

func TestUntrustedCertificate(t *testing.T) {
	e, _ := secureServer(t)
	e.TLS = &tls.Config{ServerName: "example.com"}
	var untrusted *tls.CertificateVerificationError
	if _, err := start(t, Options{Name: Portable}).Dial(t.Context(), e); !errors.As(err, &untrusted) {
		t.Errorf("error %v, want an untrusted certificate", err)
	}
}

// Engines that drive raw sockets do not pretend to speak TLS.
func TestOnlyPortableSpeaksTLS(t *testing.T) {
	e, roots := secureServer(t)
	e.TLS = &tls.Config{ServerName: "example.com", RootCAs: roots}
	eachEngine(t, func(t *testing.T, engine Engine) {
		c, err := engine.Dial(context.Background(), e)
		if err == nil {
			c.Close()
		}
		if refused := err != nil && strings.Contains(err.Error(), Portable); refused != (engine.Name() != Portable) {
			t.Errorf("%s: %v", engine.Name(), err)
		}
	})
}

// TestNoHandshake: where a connection does not come about, the error is one line, and
// does not repeat the address, which the caller names.
func TestNoHandshake(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := silent.Addr().(*net.TCPAddr).AddrPort()
	e, roots := secureServer(t)
	e.Addr, e.Timeout = bench.Address{TCP: at}, 100*time.Millisecond
	e.TLS = &tls.Config{ServerName: "example.com", RootCAs: roots}
	_, err = start(t, Options{Name: Portable}).Dial(t.Context(), e)
	if want := "connect to " + at.String() + ": no TLS handshake: context deadline exceeded"; err == nil || err.Error() != want {
		t.Errorf("%v; want %s", err, want)
	}
	silent.Close()
	_, err = start(t, Options{Name: Portable}).Dial(t.Context(), e)
	if want := "connect to " + at.String() + ": connection refused"; err == nil || err.Error() != want {
		t.Errorf("%v; want %s", err, want)
	}
}
