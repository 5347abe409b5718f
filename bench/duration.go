package bench

import (
	"fmt"
	"time"
)

// Duration is a [time.Duration] that is written in scenario files and results
// as Go writes it ("100ms", "1m30s").
type Duration time.Duration

// Std returns d as the standard library's type.
func (d Duration) Std() time.Duration { return time.Duration(d) }

// String formats d as [time.Duration] does.
func (d Duration) String() string { return time.Duration(d).String() }

// MarshalText implements [encoding.TextMarshaler].
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText implements [encoding.TextUnmarshaler].
func (d *Duration) UnmarshalText(text []byte) error {
	parsed, err := time.ParseDuration(string(text))
	if err != nil {
		return fmt.Errorf("%q is not a duration: write a number with a unit, such as 100ms, 5s or 2m", text)
	}
	*d = Duration(parsed)
	return nil
}
