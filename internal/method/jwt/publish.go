package jwt

import (
	"time"

	"authbench/bench"
	"authbench/internal/credential/jose"
)

// KeyRemovalDelay is for how long a server of m may go on to accept what a key signed
// that its issuer has removed.
func KeyRemovalDelay(m bench.Method) time.Duration {
	return jose.KeysRefresh + jose.FetchTime + m.Params.Duration("cache_ttl")
}

// fetchedKeys is the value of parameter keys with which they are fetched.
const fetchedKeys = "jwks"

// FetchesKeys reports whether the verifier of m fetches its keys.
func FetchesKeys(m bench.Method) bool { return m.Params.Text("keys") == fetchedKeys }
