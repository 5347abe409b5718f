// Package target is the built-in server: fasthttp around one verifier. What
// flows in: an address, a verifier, requests. What flows out: answers and
// counters.
//
//  1. [Listen] binds a loopback address; [Server.Serve] answers until told to
//     stop. [Run] does both, for a target that is started by hand.
//  2. Each request is shown to the verifier through an adapter that copies
//     nothing. Its decision becomes the answer: the status, for those let in
//     their identity, for those refused a challenge and one body for all.
//  3. Decisions are counted by reason, apart for groups of connections, so that
//     counting costs no contention.
//
// Every arm gets the same server, so that arms differ by their verifier only.
package target
