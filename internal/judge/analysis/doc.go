// Package analysis turns a result into what it says: estimates with intervals,
// comparisons with the baseline, groups that no comparison separates, a verdict.
//
// [Analyze] is a pure function from a [result.Run] to an [Analysis]:
//
//  1. Only launches that were closed are used, and of each slice only the latest
//     attempt that counts. Slices add up to a block per arm, load and launch: the
//     launch is the unit of inference.
//  2. internal/result/validity judges the run. Void arms keep their figures, marked,
//     and are left out of every comparison.
//  3. Costs are ratios of sums per launch, so that bursts count; latency
//     quantiles come from histograms merged per launch. Over launches stands the
//     median with its order-statistic interval.
//  4. Comparisons pair within launches; over launches stands the Hodges–Lehmann
//     estimate with the exact signed-rank interval. For a gate, medians and the CPU
//     time of servers that collect garbage all the time pair round by round
//     ([PairedChanges]).
//  5. Ties come from direct pairs of arms, never from intervals that overlap. Where the
//     scenario declares contrasts, these pairs are all that is asked ([Contrast]).
//
// All this speaks of one run. [Pool] puts several runs of one scenario and machine
// together, the run being the unit, so that its intervals cover another run.
//
// What cannot be given honestly is absent, and a warning says why and what would
// help. [Summary] is the content of summary.json, [Distribution] and [Point] are
// what the figures draw beside it.
package analysis
