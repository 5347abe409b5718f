// Package validity holds the checks that say whether numbers may be used, and
// their limits.
//
// What flows in are the records of a run. What flows out are codes and warnings,
// decided without looking at what is measured:
//
//  1. [Slice] judges one slice as soon as it was taken. Only causes outside the server make
//     it invalid. An invalid slice is taken again, and repeating what the server caused
//     would select its good moments.
//  2. [Launch] judges one launch: the machine's noise, and what its slices
//     report about the instrument.
//  3. [Run] judges a whole run: the checks of 1 and 2 summed up, then what only
//     many slices can tell. Findings that differ only in their launch are folded into
//     one warning.
//  4. [LoadTest] judges a load test, which is one slice, with the checks that need no more.
//
// A void warning that names an arm and a load removes that cell's latencies from tables and
// comparisons. Its costs stay, because the generator does not affect them. A void warning
// that names only an arm voids the arm, one that names nothing the run.
//
// A check is a function that returns findings. A new check is added to launchChecks or
// runChecks. If a check has two limits, the lower one makes a finding [bench.Suspicious], the
// upper one [bench.Void].
package validity
