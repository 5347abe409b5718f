// Package engines verifies JWTs with the libraries jwx and go-jose, and with keyfunc and
// go-oidc, which fetch an issuer's keys. It is a module
// of its own, with a program of its own (cmd/authbench-engines), so that neither
// the main module nor its program carries them. What flows in: a method, its
// verification material, requests. What flows out: decisions.
//
//  1. The main program mints credentials and starts the other program's target for
//     arms whose method names one of these engines.
//  2. [NewVerifier] makes the verifier: of our engines here, of the others in
//     internal/credential/jose.
//  3. Each engine exists under two policies. Stock is the library as its own first
//     example shows it. Hardened uses what the library offers for strictness, and
//     internal/credential/jose's rules for what it does not. Those that fetch keys exist
//     as their READMEs show them alone.
package engines
