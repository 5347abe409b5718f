//go:build race

package protocol

// raceEnabled says that the test runs under the race detector, which takes 8,128 goroutines at
// most.
const raceEnabled = true
