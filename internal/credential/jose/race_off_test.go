//go:build !race

package jose

// raceEnabled says that the test runs under the race detector.
const raceEnabled = false
