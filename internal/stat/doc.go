// Package stat owns the estimators, intervals and tests that the harness judges
// its numbers by: pure functions that leave the slices they are given as they
// are.
//
// What flows in is a handful of numbers, one per launch. What flows out depends
// on the question:
//
//  1. How large is it? [HodgesLehmann] with [SignedRankInterval] for paired
//     differences and log-ratios, [Median] with [MedianInterval] for absolute
//     values, [Jackknife] for what only pooled data can give,
//     [Shift] with [ShiftInterval] for two groups that are not paired.
//  2. Do two differ? [SignedRankTest], [Holm] over all that were asked, and
//     [Letters] to show the answers.
//  3. Were the numbers fit for it? [ClopperPearson] and [FisherExact] for
//     counts, [KendallTrend] for drift, [SerialCorrelation] for independence.
//  4. When did it change? [ChangePoints] of a series of runs, unless it drifts
//     ([DriftCorrelation]).
//
// Intervals and tests are exact: with ten numbers a normal approximation is off
// by as much as the effects that are looked for. Nothing here expects a NaN;
// callers drop what they could not measure.
package stat
