// Package jose verifies and signs JSON Web Tokens (RFC 7515, 7517, 7518, 7519). What flows
// in: keys, tokens, a clock. What flows out: who an accepted token names, or why it is
// refused, and signed tokens.
//
//  1. An algorithm and keys ([JWK]) make an [Engine]: golang-jwt under policy stock or
//     hardened, or lean, our own. Weak keys are refused then, not with each token.
//  2. The engine reads the header, finds the key by its id, checks the signature and
//     judges the claims. lean does it without an allocation.
//  3. Engines of other libraries, in package engines, keep the rules of policy hardened
//     by [TokenRules] and [JWSRules].
//  4. [Fetched] is an engine whose keys come from an issuer's key set, again and again.
//  5. A [Signer] makes tokens of the same algorithms, bad ones included.
package jose
