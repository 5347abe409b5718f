//go:build !race

package wire

// raceEnabled says that the test runs under the race detector.
const raceEnabled = false
