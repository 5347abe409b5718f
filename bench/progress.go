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
	// Episode is the one under way, nil for none. Episodes estimates how long it, and those to
	// come, go on.
	Episode  *EpisodeProgress
	Episodes time.Duration
	// Warnings are new since the last progress.
	Warnings []Warning
}

// EpisodeProgress says how far an arm's episode is.
type EpisodeProgress struct {
	Name string
	// Nth is which of so many arms has it, from 1.
	Nth, Of int
	// Ordered of so many revocations were acknowledged, and Refused of the credentials are
	// refused now by every server.
	Revocations, Ordered, Refused int
	// Left estimates for how long it goes on.
	Left time.Duration
}
