// Package advice says which arms of a result meet a team's limits, and by what
// evidence. It measures nothing and knows nothing but the analysis.
//
// What flows in is the summary of a result and a [Need]: a rate, a distance of the
// store, an age that verdicts may have, a number of replicas, a bound on the p99. What
// flows out is an [Advice]:
//
//  1. Arms that are unsafe, or that let everybody in by design, are no options.
//  2. Each other arm is checked against each limit. What was measured comes before what
//     follows from the method's design; what neither tells is open, and a [Gap] has the
//     command that would close it.
//  3. Arms that meet all limits come first, then those that leave one open; among equals
//     the cheapest.
//  4. Sentences say what to choose, and what would change that.
package advice
