// Package feed is how servers hear which tokens their issuer takes back. What flows in: the
// endpoint of an issuer. What flows out: ids on a denylist, and whether that is up to date.
//
// The issuer's list only grows: its ids have numbers, from 1. A [Cursor] is a place in it,
// behind the id of its number, and names the life of the issuer that it is from. There are
// three ways to follow the list:
//
//  1. GET URL?after=CURSOR is answered with a [Page]: the ids behind the cursor, as many as
//     go into a page, and the cursor behind them. A server asks again and again ([Poll]).
//  2. GET URL/events is answered with a stream of server-sent events (WHATWG HTML §9.2). Each
//     is a page, with its cursor as the event's id; a server that comes back sends the last
//     one as Last-Event-ID, and misses nothing. The first event comes at once, even if it has
//     no ids, and while there is nothing to tell, a comment comes at least every [Heartbeat]
//     ([Subscribe]).
//  3. The issuer publishes the pages on a channel of a Redis server, for all who listen then,
//     with a page without ids as a heartbeat. Redis keeps none of them, so whoever begins to
//     listen, or sees by the numbers that a page is missing, asks as in 1 ([Listen]).
//
// Who sends a cursor that the list does not have, because it is of another life or beyond
// the end, gets the list from its beginning. The other end is package issuer.
//
// A [Feed] says whether the list is up to date. A server whose list is not lets nobody in: it
// cannot know whom it would let in.
//
// Rejected: Go's HTTP server for the other end, because the issuer has one; WebSockets and
// long polls, which need more than a stream of text to say the same; a list that forgets
// when its issuer does, because a token that was taken back would be good again.
package feed
