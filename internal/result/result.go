// Package result owns the result file: result.jsonl in a run's directory, one
// JSON object per line, each a record of package bench that names its kind.
//
// A [Writer] appends records while a run goes on; [Read] brings a file back as a
// [Run]. The file is the only thing that measuring and judging share. It stays
// readable whatever ends a run: every record is one write, a failed write is
// taken back, and a reader ignores a torn last line. It stays readable whatever becomes
// of the file: each line has a checksum, and a line that does not match its own is left
// out and named.
//
// What else measuring leaves for judging and showing is here as well: what a load test
// of one URL found ([LoadTest]) and what a check-up of the machine says ([Checkup]).
//
// Format 2 has the checksums and the header twice; format 1, without either, is read as
// well.
package result

import "authbench/bench"

// FileName is the name of the result file in a run's directory.
const FileName = "result.jsonl"

// Run is a result file read back. Footer is nil if the run was cut off.
type Run struct {
	Header       bench.Header
	Conformance  []bench.Conformance
	Calibrations []bench.Calibration
	Slices       []bench.Slice
	Launches     []bench.Launch
	Episodes     []bench.EpisodeRecord
	Warnings     []bench.Warning
	Footer       *bench.Footer
	// Damaged are the lines, counted from 1, that are not what was written. They are in
	// none of the lists.
	Damaged []int
}
