package opaque

import (
	"encoding/hex"
	"strings"
	"time"

	"authbench/internal/credential/document"
	"authbench/internal/credential/store"
)

// published shows a record whose key was hashed by the hash of that name.
func published(r store.Record, hash string) document.PublishedKey {
	out := document.PublishedKey{
		Hash: r.Hash, Subject: strings.Clone(r.Subject), Tenant: r.Tenant,
		Revoked: r.Status != store.Active, Expires: time.Unix(r.Expires, 0).UTC(), Scopes: []string{},
	}
	switch digest := hex.EncodeToString(r.Digest[:]); hash {
	case sha256Hash:
		out.SHA256 = digest
	case hmacHash:
		out.HMAC = digest
	}
	if r.Scopes&store.ScopeRead != 0 {
		out.Scopes = append(out.Scopes, "read")
	}
	return out
}
