//go:build !race

package target

// raceEnabled says that the test runs under the race detector.
const raceEnabled = false
