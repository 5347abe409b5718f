package host

import (
	"testing"
	"time"
)

func TestPressureTime(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"some avg10=7.97 avg60=11.12 avg300=20.99 total=1273\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0\n": 1273 * time.Microsecond,
		"full avg10=0.00 total=5\nsome avg10=0.00 total=7":                                                      7 * time.Microsecond,
		"full avg10=0.00 total=5\n":        0,
		"":                                 0,
		"\n\n":                             0,
		"some\n":                           0,
		"some avg10=1 avg60=2\n":           0,
		"some total=-1\n":                  0,
		"some total=x\n":                   0,
		"some total=9223372036854775807\n": 0,
		"something total=4\n":              0,
	} {
		if got := pressureTime(text); got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}
