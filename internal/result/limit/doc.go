// Package limit holds the bounds that users put on figures (--fail-on), and the list of all
// metrics.
//
// What flows in are limits as text ("jwt-rs256:p99>2ms"), what the command could
// measure at all (a [Scope]), and later what it did measure ([Subject]). What flows
// out:
//
//  1. [Parse] reads the limits before anything is started. It refuses whatever is wrong
//     already then: a metric or an arm that does not exist, a value of another dimension, a
//     limit that no figure can break.
//  2. [Judge] says for each limit, and each figure that the limit is on, whether it was
//     kept. A limit without a figure cannot be judged, and counts as broken.
//
// A metric's dimension is a [unit.Quantity], which reads the values of limits and prints
// those of figures.
package limit
