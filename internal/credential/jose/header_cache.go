package jose

import (
	"bytes"
	"maps"
	"sync"
	"sync/atomic"

	"authbench/bench"
)

// mostHeaders bounds the headers that are remembered. An issuer has one per key
// and type of token; one that writes something new into each is served without.
const mostHeaders = 64

// headers remembers which key checks the signature below a header, by the header's
// exact text: with the same bytes, reading and judging it again would find the
// same. Only headers that a good signature covered are remembered, so that only
// the issuer can fill the memory.
type headers struct {
	// judge says which key a header asks for, or why it is refused.
	judge func(joseHeader) (proof, bench.Reason)
	// known is replaced as a whole, never changed: reading it takes no lock.
	known atomic.Pointer[map[string]proof]
	mu    sync.Mutex // guards against two replacements at once
}

// payload checks a compact JWS and returns what its signature covers, which lies
// in room. room must be as long as the JWS.
func (h *headers) payload(jws, room []byte) ([]byte, bench.Reason) {
	first, second, ok := dots(jws)
	if !ok {
		return nil, bench.ReasonMalformed
	}
	header := jws[:first]
	key, known := h.recall(header)
	if !known {
		parsed, ok := readHeader(room, header)
		if !ok {
			return nil, bench.ReasonMalformed
		}
		var reason bench.Reason
		if key, reason = h.judge(parsed); reason != bench.ReasonNone {
			return nil, reason
		}
	}
	// A third dot is no digit.
	n, ok := DecodeSegment(room, jws[second+1:])
	if !ok {
		return nil, bench.ReasonMalformed
	}
	if !key.Verify(jws[:second], room[:n]) {
		return nil, bench.ReasonBadSignature
	}
	if !known {
		h.remember(header, key)
	}
	if n, ok = DecodeSegment(room, jws[first+1:second]); !ok {
		return nil, bench.ReasonMalformed
	}
	return room[:n], bench.ReasonNone
}

func (h *headers) recall(header []byte) (proof, bool) {
	known := h.known.Load()
	if known == nil {
		return nil, false
	}
	key, ok := (*known)[string(header)]
	return key, ok
}

func (h *headers) remember(header []byte, key proof) {
	h.mu.Lock()
	defer h.mu.Unlock()
	next := map[string]proof{}
	if known := h.known.Load(); known != nil {
		if len(*known) >= mostHeaders {
			return
		}
		maps.Copy(next, *known)
	}
	next[string(bytes.Clone(header))] = key
	h.known.Store(&next)
}
