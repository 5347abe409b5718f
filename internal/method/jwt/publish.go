package jwt

import (
	"encoding/json"
	"fmt"
	"strings"

	"authbench/bench"
	"authbench/internal/credential/jose"
	"authbench/internal/method"
)

// fetchedKeys is the value of parameter keys with which they are fetched.
const fetchedKeys = "jwks"

// needs are the program that has the engine, and the key set.
func needs(p bench.Params) method.Needs {
	var out method.Needs
	if engine := p.Text("engine"); jose.IsElsewhere(engine) {
		out.Program = method.Program{Name: jose.OtherProgram, Has: "engine " + engine}
	}
	if p.Text("keys") == fetchedKeys {
		out.KeySet = &method.KeySet{
			Rotation: p.Duration("rotation"), Pause: jose.KeyPause,
			Removal: jose.KeysRefresh + jose.FetchTime + p.Duration("cache_ttl"),
		}
	}
	return out
}

// facts: the token says all that there is to know. The denylist is asked about remembered
// tokens as well, so that what is on it is refused at once.
func facts(p bench.Params) bench.Facts {
	out := bench.Facts{Asks: bench.AskedNobody, Revocation: bench.RevokedByExpiry, Minter: bench.MintedByIssuer}
	if p.Text("revocation") == "denylist" {
		out.Revocation = bench.RevokedByList
	}
	if strings.HasPrefix(p.Text("alg"), "HS") { // the key that verifies signs as well
		out.Minter = bench.MintedByServer
	}
	return out
}

var _ method.KeyPublisher = (*issuer)(nil)

// PublicKeys implements method.KeyPublisher.
func (i *issuer) PublicKeys() ([]json.RawMessage, error) {
	key, err := json.Marshal(i.signer.Public)
	if err != nil {
		return nil, fmt.Errorf("encode a key: %w", err)
	}
	return []json.RawMessage{key}, nil
}
