// Package report says what an analysis found: on a terminal, as Markdown, as one
// self-contained HTML page, as JSON.
//
// What flows in is an [analysis.Analysis]; what flows out is text and, through
// [WriteAll], the files of a result directory. All forms share their content:
//
//  1. The verdict: whether the numbers may be used.
//  2. What each arm costs above the baseline, and which arms are not told apart.
//  3. The decision table, one line per arm.
//  4. Warnings, by what is to be done about them, and why a value is missing.
//  5. How the generator fared, and where the run was made.
//
// Arms are shown by their labels, which say of an API key where it is looked up.
//
// The words claim no more than the intervals say. Host names, commands, errors and
// warnings are foreign text: each form escapes them for where they go.
package report
