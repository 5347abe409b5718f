// Package limit holds the bounds that users put on figures (--fail-on), and the one
// list of the metrics that there are.
//
// What flows in are limits as text ("jwt-rs256:p99>2ms"), what the command could
// measure at all (a [Scope]), and later what it did measure ([Subject]). What flows
// out:
//
//  1. [Parse] reads the limits before anything is started. Whatever can be known to be
//     wrong is an error there: a metric or an arm that does not exist, a value of
//     another dimension, a limit that nothing can break.
//  2. [Judge] says of each limit and each figure that it is on whether it was kept. What
//     has no figure cannot be judged, and counts as broken.
//
// A metric's dimension is a [unit.Quantity], which reads the values of limits and prints
// those of figures.
package limit
