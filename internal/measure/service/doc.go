// Package service keeps the stores that a run's verifiers ask. What flows in: which
// kind of store is wanted, where, and the records. What flows out: a [store.Place],
// and meters of the processes behind it.
//
//  1. A [Depot] starts a server when records are first put into one of its kind: a
//     private redis-server or postgres on a loopback port that the kernel chose, with
//     a random password, and nothing kept on disk beyond the run. A server that the
//     user names by URL is only connected to.
//  2. [Depot.Put] fills each population of records in once, in a space of its own.
//     Whoever asks for the same records gets the same place.
//  3. A supervisor stands behind each server and file (see internal/measure/proc): the end
//     of the depot, or of the harness, is theirs.
//
// Loopback, not a Unix socket: stores are behind a network, whose price is part of
// what is measured.
package service
