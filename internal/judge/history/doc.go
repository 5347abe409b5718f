// Package history looks at all results of a scenario on a machine as series, and says
// when their figures changed.
//
//  1. [Read] finds the results below a directory, from the oldest to the newest: of each
//     its header and its summary.
//  2. [Of] leaves out invalid results, and those of other machines than the newest.
//  3. Each figure that is judged becomes a series, with one number per result. A figure
//     that is compared with the baseline is judged by that ratio, in which the slow days of
//     a machine cancel.
//  4. [stat.ChangePoints] cuts each series into stretches of one level. The chance that a
//     history without a change shows any is divided among the series.
//  5. Each change lists what else differs between the results before and after it: the
//     program, the kernel, what was asked.
package history
