// Package statuslist has status lists: a bit for each token that an issuer may take back, in
// one signed token that anybody may fetch (Token Status List, revision
// draft-ietf-oauth-status-list-21; it is no RFC yet, and its sections are cited as there).
// What flows in: which places were taken back, or the URL of a list. What flows out: the
// list as a token, or what a list says of a place.
//
//  1. A [Publisher] is the issuer's side: it signs the list anew whenever it changed, and at
//     least every second that somebody asks (§5.1).
//  2. A [List] is the server's side: it fetches the list every so often, and judges what it
//     got (§8.3). A list that is stale, cut short, of another type, name or signer is none.
//  3. [List.Current] says whether a list is in force that is not out of date, and
//     [List.Check] what it says of a token's place, which is the token's claim (§6.2).
//
// A list says 0 for a token that is good and 1 for one that was taken back; here it has one
// bit for each. The URI in a token is a name: servers know where the list of that name is,
// and fetch from nowhere else, for whoever writes a URI into a forged token would choose
// whom they ask.
package statuslist
