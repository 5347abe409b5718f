//go:build !race

package auth

// raceEnabled says that the test runs under the race detector.
const raceEnabled = false
