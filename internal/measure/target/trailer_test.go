package target_test

import (
	"testing"

	"authbench/bench"
)

// A credential in a trailer field authenticates nobody, whether or not the trailer
// is announced (RFC 9110 §6.5.1).
func TestTrailersDoNotAuthenticate(t *testing.T) {
	p := newPair(t, bench.Method{ID: "apikey", Params: bench.Params{"header": "x-api-key"}})
	key := p.credential(t, bench.Valid, 0)
	const head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"
	for name, request := range map[string]string{
		"announced":     head + "Trailer: X-API-Key\r\n\r\n0\r\nX-API-Key: " + key + "\r\n\r\n",
		"not announced": head + "\r\n0\r\nX-API-Key: " + key + "\r\n\r\n",
	} {
		if status := ask(t, p.Addr(), request).status; status != 401 && status != 400 {
			t.Errorf("%s: status %d", name, status)
		}
	}
	if status := ask(t, p.Addr(), head+"X-API-Key: "+key+"\r\n\r\n0\r\n\r\n").status; status != 200 {
		t.Errorf("the same key in a header: status %d; the test shows nothing", status)
	}
}
