//go:build !race

package conform

// RaceEnabled says that the test runs under the race detector.
const raceEnabled = false
