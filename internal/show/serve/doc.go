// Package serve shows a directory of results in a browser: a list, each result's report,
// comparisons of two results, histories of figures, and running runs.
//
// What flows in: requests from this machine's own browsers, and the files below one
// directory. What flows out: pages that are rendered from result.jsonl and
// summary.json; a stored report.html is never served.
//
//  1. [Server.ServeHTTP] refuses requests that do not come from this machine, or that do more
//     than read.
//  2. The index walks the directory at each request, which is cheap, and reads what has
//     changed: summary.json of a result that was rendered, else the first and the last line of
//     result.jsonl.
//  3. A result is analysed when it is opened; the last few analyses are kept.
//
// The directory is opened once, as an [os.Root], so that no symbolic link leads out of it.
package serve
