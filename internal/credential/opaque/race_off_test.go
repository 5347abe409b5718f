//go:build !race

package opaque

// RaceEnabled says that the test runs under the race detector.
const raceEnabled = false
