// Package issuer is an authorization server: it issues tokens, opaque or signed, says whether a token
// is active, takes tokens back, tells which it took back, and publishes keys. What flows in:
// realms, each with what its issuer knows; requests of its clients. What flows out: answers
// as OAuth 2.0 has them, a feed of revocations, and how often each was given.
//
//  1. [Start] serves in a process of its own, which is metered as stores are; [Local] does
//     in this process, for examinations and tests.
//  2. [Host.Open] opens a [Realm]: an issuer at a path of its own, so that one process
//     serves all arms of a run, and none sees another's tokens.
//  3. Its endpoints are token (client_credentials, RFC 6749 §4.4; token exchange, RFC 8693;
//     assertions that clients sign, RFC 7523), introspect (RFC 7662, whose answer it signs
//     if it is asked to: RFC 9701), revoke (RFC 7009), revocations, the feed of package
//     feed, statuslists/1 (package statuslist) and jwks.json (RFC 7517 §5). All but the last
//     two demand the realm's client, by HTTP Basic (RFC 6749 §2.3.1); token takes other
//     clients, too.
//  4. [Realm.Publish] replaces the key set, as an issuer does that replaces its key.
//     [Realm.Revoke] takes an opaque token, or the secret of a client, back, [Realm.Deny] a
//     token that has an id, [Realm.Invalidate] one that has a place on the status list.
//     [Realm.Counters] tells what was asked for.
//  5. [Realm.Break] gives its endpoints a [Fault], [Host.Refuse] has the server refuse
//     connections, and [Realm.Restart] the issuer begin anew with another clock. These are
//     orders too: no request causes a fault.
//
// It listens on loopback alone. Rejected: an issuer in the harness's process. What it costs
// is part of what a method costs, and must not be taken from the generator.
package issuer
