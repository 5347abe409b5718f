package bench

import "slices"

// Backend is a program or a file that an arm's server asks: a store, or the issuer.
type Backend struct {
	// Name is the kind of store (redis, postgres, bbolt), or issuer.
	Name string `json:"name"`
	// About is its version, and who started it.
	About string `json:"about"`
	// Awaited says that it is a server for whose answers requests wait.
	Awaited bool `json:"awaited,omitempty"`
	// HasCPU says that its CPU clock can be read.
	HasCPU bool `json:"has_cpu,omitempty"`
}

// IssuerBackend is the name of the issuer among backends. Stores have those of their kinds.
const IssuerBackend = "issuer"

// MeteredBackends are the names of those that the harness can start, so that it can tell
// what they use.
var MeteredBackends = [...]string{"redis", "postgres", IssuerBackend}

// BackendCPU is the CPU time of a backend in one slice, ns: within the measured part, and
// what it still used while the server's own clock was waited for.
type BackendCPU struct {
	CPU  int64 `json:"cpu_ns"`
	Tail int64 `json:"tail_ns,omitempty"`
}

// Awaits reports whether the arm's requests wait for the answers of another server.
func (i ArmInfo) Awaits() bool {
	return slices.ContainsFunc(i.Backends, func(b Backend) bool { return b.Awaited })
}
