// Package serve shows a directory of results in a browser: a list, each result's
// report, two of them compared, a figure's history, and a run that goes on.
//
// What flows in: requests from this machine's own browsers, and the files below one
// directory. What flows out: pages that are rendered from result.jsonl and
// summary.json; a stored report.html is never served.
//
//  1. [Server.ServeHTTP] turns away what does not come from this machine, or wants
//     more than to read.
//  2. The index walks the directory at each request, which costs little, and reads
//     again what has changed: of a result that was rendered, summary.json; of
//     another, the first and the last line of result.jsonl.
//  3. Whoever opens a result has it analysed; the last few are kept.
//
// The directory is opened once, as an [os.Root]: nothing outside it can be reached,
// whatever symbolic links it holds.
package serve
