package opaque

import (
	"cmp"
	"slices"

	"authbench/bench"
	"authbench/internal/credential"
)

// Params are those of the store, and of what stands before it. Credentials do not depend
// on them.
func Params() []bench.ParamSpec { return slices.Concat(storeParams(), pathParams()) }

// Check judges them together.
func Check(p bench.Params) *bench.Problem { return cmp.Or(checkStore(p), credential.CheckCache(p)) }

// HashParam chooses what is stored of a key.
func HashParam() bench.ParamSpec {
	return bench.ParamSpec{
		Name: "hash", Values: hashes(), Default: sha256Hash,
		Doc: "what is stored of a key: sha256; hmac-sha256, with a secret of the server's (a pepper); bcrypt or argon2id, which are for passwords and only show what they cost",
	}
}

// Classes are the classes of credentials that lead to a record.
func Classes() []bench.Class {
	return []bench.Class{bench.Valid, bench.Expired, bench.Revoked, bench.Forged, bench.Unknown, bench.Malformed, bench.Oversized}
}
