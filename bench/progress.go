package bench

import "time"

// Progress says how far a run is, for people.
type Progress struct {
	// Launch counts from 1 up to Launches; 0 is the calibration.
	Launch, Launches int
	Load, Arm        string
	// Done and Total count visits of this launch; Total is an estimate where the
	// plan depends on what is found.
	Done, Total int
	// Ended is set on the last one of a launch.
	Ended   bool
	Elapsed time.Duration
	// Note says what begins, where it is neither a launch nor a visit.
	Note string
	// Warnings are new since the last progress.
	Warnings []Warning
}
