// Package bench is authbench's vocabulary: the plain types that every other
// package speaks, and the pure functions over them.
//
// A run flows through these types in this order:
//
//  1. A [Scenario] says what is asked: arms, loads, population, protocol. It
//     comes from YAML (internal/scenario); [Scenario.Validate] judges it and
//     [Scenario.WithDefaults] completes a copy.
//  2. [Next] turns the scenario, a seed and the [Outcomes] so far into the next
//     [Step]: which processes to start afresh, which arms to visit in which
//     order, at which rate, with which schedule seed. It is a pure function, so
//     that replaying a result file reproduces the plan.
//  3. Executing a step leaves records ([Header], [Calibration], [Slice],
//     [Launch], [Warning], [Footer]), which are all that a run leaves behind.
//
// On the server's side, a verifier receives a [Request] and answers with a
// [Decision].
//
// The package imports the standard library only, holds no state and does no
// input or output.
package bench
