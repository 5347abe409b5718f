// Package opaque has credentials that say nothing of their holder: keys that a server
// looks up. What flows in: a run's secret, requests. What flows out: keys of every class,
// the records of them, decisions.
//
//  1. Each key is a function of the secret and its index, so that ten million need not be
//     kept. Its text has a public id, a secret and a checksum.
//  2. The issuer yields a record for each key, with a hash and not the key.
//  3. The verifier reads the key from its field, refuses what is mistyped, looks the
//     record up by the id, compares the hash in constant time, and judges the record.
//  4. Before the store there may be a cache and a filter.
//
// Methods made of all that differ by where in a request the key stands.
package opaque
