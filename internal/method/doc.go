// Package method is what an authentication method has to be. What flows in: a method with
// its parameters, the run's secret, requests. What flows out: credentials, the
// material that verifies them, decisions.
//
//  1. [Catalogue] describes the methods to those who configure them.
//  2. [NewIssuer] makes a method's keys and mints credentials of every class,
//     before any clock starts.
//  3. Its verification material travels to the server: as JSON over the control
//     socket to the built-in target ([NewVerifier]), as a [Verification] file to
//     other people's servers.
//  4. The verifier reads exactly one credential from a request, bounds its size,
//     parses it, verifies it, checks policy, and allows, denies or fails.
//
// One file defines each method, with its issuer and its verifier, except that a
// JWT's need several. No error of this package quotes a credential or a key.
package method
