//go:build race

package wire

// raceEnabled says that the test runs under the race detector, with which a handshake takes ten
// times as long.
const raceEnabled = true
