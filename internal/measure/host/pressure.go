package host

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// pressureTime reads the total of the line "some" of a pressure file, in µs: for
// how long at least one task was held up; 0 if it never was, or the text is none.
// Groups have the same form as the machine, which is all that procfs reads.
func pressureTime(text string) time.Duration {
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		if len(fields) == 0 || fields[0] != "some" {
			continue
		}
		for _, field := range fields[1:] {
			value, found := strings.CutPrefix(field, "total=")
			n, err := strconv.ParseInt(value, 10, 64)
			if found && err == nil && n >= 0 && n <= math.MaxInt64/int64(time.Microsecond) {
				return time.Duration(n) * time.Microsecond
			}
		}
	}
	return 0
}
