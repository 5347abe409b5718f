// Package validity holds the checks that say whether numbers may be used, and
// their limits.
//
// What flows in are the records of a run. What flows out are codes and warnings,
// decided without looking at what is measured:
//
//  1. [Slice] judges one slice as soon as it was taken. Only what the server has
//     no part in makes it invalid, because an invalid slice is taken again:
//     repeating what the server did would select its good moments.
//  2. [Launch] judges one launch: the machine's noise, and what its slices
//     report about the instrument.
//  3. [Run] judges a whole run: the checks of 1 and 2 summed up, then what only
//     many slices can tell. Findings that differ in their launch are folded into
//     one warning.
//  4. [LoadTest] judges a load test of one slice, with the checks that need no more.
//
// A void warning that names an arm and a load takes that cell's latencies out of
// tables and comparisons; costs, which the generator has no part in, stay. One
// that names an arm voids the arm, one that names none the run.
//
// A check is a function that returns findings; a new one joins the list in
// launchChecks or runChecks. Where a check has two limits, the lower makes a
// finding [bench.Suspicious] and the upper one [bench.Void].
package validity
