// Package service keeps what a run's verifiers ask: stores, and issuers. What flows in: which
// kind of store is wanted, where, and the records. What flows out: a [store.Place],
// and meters of the processes behind it.
//
//  1. [Backends] start a server when records are first put into one of its kind: a
//     private redis-server or postgres on a loopback port that the kernel chose, with
//     a random password, and nothing kept on disk beyond the run. A server that the
//     user names by URL is only connected to.
//  2. [Backends.Put] fills each population of records in once, in a space of its own.
//     Whoever asks for the same records gets the same place.
//  3. [Backends.Issuer] is the process of the issuers that servers fetch keys from, and
//     [Backends.Realm] one that knows a run's tokens (see internal/measure/issuer).
//  4. A supervisor stands behind each store (see internal/measure/proc): the end
//     of the backends, or of the harness, is theirs.
//
// Loopback, not a Unix socket: stores are behind a network, whose price is part of
// what is measured.
package service
