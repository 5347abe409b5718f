// Package method is what a way to authenticate has to be: the contract between the methods,
// who measures them, and who examines them. What flows in: a method with its parameters, a
// run's secret. What flows out: credentials, verifiers, and what is true of the method.
//
// A method is a folder below this one, and a line in package all. Nothing outside the
// folder names it. The folder of a method m has
//
//	m/m.go             Method() returns the parts below as one [Method]
//	m/attack/attack.go Family() is how the examiner makes its credentials
//	m/…_test.go        its tests, and its benchmark (methodtest.BenchmarkVerify)
//
// and the parts are, in the order in which a run needs them:
//
//  1. The specification (bench.MethodSpec): name, summary, reference, parameters, and the
//     classes of credentials that it can mint. Scenarios, the command line and its help
//     know a method by that alone. [bench.MethodSpec.Verifying] lists the parameters that credentials
//     do not depend on: arms that differ by these share credentials.
//  2. [Method.Facts]: what is true of it by design. They are written into the result, where
//     judging and reports read them. Whoever needs to know something new of methods adds a
//     fact, and asks for no name.
//  3. [Method.Needs]: what its servers need beside their requests: another program, a store
//     with the records, a key set, a feed of revocations. Whoever starts servers provides
//     it, and tells the issuer where it is ([Places]).
//  4. [Issuer] mints credentials of every class before any clock starts. Its Verification
//     travels to the server: as JSON over the control socket to the built-in target, as a
//     file to other people's servers (package document). An issuer with records is a
//     [Recorder], one with public keys a [KeyPublisher], one whose credentials have ids an
//     [Identifier], one that derives credentials quickly a [Deriver], one that makes them
//     anew for each request a [Prover], one whose clients exchange a secret for them, again and
//     again, an [Exchanger].
//  5. [Verifier], made from that material, reads exactly one credential from a request,
//     bounds its size, parses it, verifies it, checks policy, and allows, denies or fails.
//     One that keeps connections is an io.Closer, one that can take a single credential
//     back a [Revoker] or a [Denier]; Lookups, Store and KeySet tell the target's counters what it asked.
//     Verify is on the hot path of every measurement: it allocates nothing that its
//     cryptography does not.
//  6. [Family]: how the examiner makes its credentials, without code of the method. It says
//     what the attack catalogue calls them, where they stand, which parameters decide about
//     safety, and brings attacks that are about the method alone ([Attack]). A method that
//     has none is examined with its issuer's credentials; one that lets everybody in is
//     found to, and called unsafe. Only a method whose facts say that it does not protect
//     may be [Family.Open].
//
// What several methods share is in package credential and below it, and in package stored
// for methods whose credentials have records. Package all's tests demand every part of
// each method.
//
// No error of a method quotes a credential or a key.
package method
