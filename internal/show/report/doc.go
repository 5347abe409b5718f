// Package report says what an analysis found: on a terminal, as Markdown, as one
// self-contained HTML page, as JSON.
//
// What flows in is an [analysis.Analysis]; what flows out is text and, through [WriteAll], the
// files of a result directory. All forms have the same content:
//
//  1. The verdict: whether the numbers may be used.
//  2. What each arm costs above the baseline, and which arms are not told apart.
//  3. The decision table, one line per arm.
//  4. Warnings, grouped by what to do about them, and why values are missing.
//  5. How the generator fared, and where the run was made.
//
// Arms are named by their labels, which say where an API key is looked up.
//
// Sentences claim no more than the intervals show. Host names, commands, errors and warnings are
// foreign text, which each form escapes.
//
// Rejected: a package of its own for the page. The page shows the tables, words, terms and notes
// of the other forms, so that some seventy names would have to be exported for it alone.
package report
