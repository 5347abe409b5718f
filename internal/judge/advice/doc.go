// Package advice says which arms of a result meet a team's limits, and by what
// evidence. It measures nothing and knows nothing but the analysis.
//
// What flows in is the summary of a result and a [Need]: a rate, the distance of the store,
// how long a revoked credential may work, a number of replicas, a bound on the p99. What
// flows out is an [Advice]:
//
//  1. Arms that are unsafe, or that let everybody in by design, are no options.
//  2. Each other arm is checked against each limit, by measurements if there are any, else
//     by the method's design. If neither tells, the check is open, and a [Gap] has the
//     command that would answer it.
//  3. Arms that meet all limits come first, then those with an open check; among equals
//     the cheapest comes first.
//  4. What a request costs is that of the load whose rate is the nearest to what a server gets, and
//     clients that exchange keys for tokens do so by the clock: at another rate, other numbers of
//     requests share an exchange.
//  5. Sentences say what to choose, and what would change that.
package advice
