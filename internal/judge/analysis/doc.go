// Package analysis turns a result into estimates with intervals, comparisons with the
// baseline, groups of arms that no comparison separates, and a verdict.
//
// [Analyze] is a pure function from a [result.Run] to an [Analysis]:
//
//  1. It uses only launches that were closed, and of each slice only the latest attempt
//     that counts. Slices add up to a block per arm, load and launch: the launch is the
//     unit of inference.
//  2. internal/result/validity judges the run. Void arms keep their figures, marked,
//     and are left out of every comparison.
//  3. Costs are ratios of sums per launch, so that bursts count; latency
//     quantiles come from histograms merged per launch. The estimate over launches is the
//     median with its order-statistic interval.
//  4. Comparisons pair within launches; the estimate over launches is that of
//     Hodges–Lehmann with the exact signed-rank interval. For a gate, medians and the CPU
//     time of servers that collect garbage all the time are paired round by round
//     ([PairedChanges]).
//  5. Ties come from direct comparisons of two arms, never from overlapping intervals. If
//     the scenario declares contrasts, only these pairs are compared ([Contrast]).
//
// All this describes one run. [Pool] combines several runs of one scenario on one machine.
// Its unit is the run, so that its intervals cover another run.
//
// A figure that cannot be given honestly is absent, and a warning says why and what would
// help. [Summary] is the content of summary.json. The figures draw [Distribution] and
// [Point] besides.
package analysis
