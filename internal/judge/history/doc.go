// Package history looks at all results of a scenario on a machine as series, and says
// when their figures changed.
//
//  1. [Read] finds the results below a directory, from the oldest to the newest: of each
//     its header and its summary.
//  2. [Of] leaves out what does not belong to the series of the newest result: invalid
//     ones, and those of other machines.
//  3. Each figure that is judged becomes a series, with one number per result. A figure
//     that is compared with the baseline is judged by that ratio, in which a machine that
//     was slower on one day than on another cancels.
//  4. [stat.ChangePoints] cuts each series into stretches of one level. The chance that a
//     history without a change shows any is shared out over the series.
//  5. Beside a change stands what else differs between the results on its two sides: the
//     program, the kernel, what was asked.
package history
