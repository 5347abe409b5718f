package courier

import (
	"fmt"
	"runtime/debug"
	"slices"
	"strings"

	"authbench/internal/measure/load"
)

// Build says of what a program was made. authbench and authbench-fleet must be of one: what one
// takes for a part of the schedule or for a figure must be so for the other.
type Build struct {
	// Go is the version of the compiler and of the library.
	Go string `json:"go"`
	// Revision is the commit of the source, Modified that the source was changed since: two such
	// programs of one commit cannot be told apart. Both are empty where no one said so to the compiler.
	Revision string `json:"revision,omitempty"`
	Modified bool   `json:"modified,omitempty"`
	// Options are those of the compiler that change what a program does.
	Options string `json:"options,omitempty"`
	// Schedule is the checksum of a fixed schedule.
	Schedule string `json:"schedule"`
}

// options are what [Build.Options] has. GOARCH and its like are not there: machines may differ, as
// long as their schedules do not.
var options = []string{"-tags", "-race", "-msan", "-asan", "GOEXPERIMENT", "GOFIPS140"}

// OwnBuild is that of this program.
func OwnBuild() Build {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		info = &debug.BuildInfo{}
	}
	return buildOf(info, load.ScheduleDigest())
}

func buildOf(info *debug.BuildInfo, schedule string) Build {
	b := Build{Go: info.GoVersion, Schedule: schedule}
	var set []string
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			b.Revision = s.Value
		case s.Key == "vcs.modified":
			b.Modified = s.Value == "true"
		case slices.Contains(options, s.Key) && s.Value != "":
			set = append(set, s.Key+"="+s.Value)
		}
	}
	slices.Sort(set)
	b.Options = strings.Join(set, " ")
	return b
}

// String shows it to people.
func (b Build) String() string {
	text := "of an unknown commit"
	if b.Revision != "" {
		text = "of commit " + b.Revision
	}
	if b.Modified {
		text += ", modified"
	}
	text += ", made with " + b.Go
	if b.Options != "" {
		text += " (" + b.Options + ")"
	}
	return text
}

// differs says how a build is not the other one, which is this program's; "" if it is.
func (b Build) differs(own Build) error {
	switch {
	case b == own:
		return nil
	case b.String() == own.String():
		return fmt.Errorf("it computes other arrival times than this program: make both for one system ('make fleet')")
	}
	return fmt.Errorf("it is %v, and this program is %v: make both of one source ('make fleet')", b, own)
}
