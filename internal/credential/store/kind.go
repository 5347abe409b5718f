package store

import "time"

// Kind names what keeps records.
type Kind string

// The kinds of stores.
const (
	InMemory Kind = "memory"   // a [Memory] in the verifier's own process
	Bolt     Kind = "bbolt"    // a file with a B+ tree, mapped into the process
	Redis    Kind = "redis"    // a Redis server
	Postgres Kind = "postgres" // a PostgreSQL server
)

// Kinds lists them, the nearest first.
func Kinds() []string {
	return []string{string(InMemory), string(Bolt), string(Redis), string(Postgres)}
}

// IsServer reports whether a kind is a server of its own, behind connections.
func (k Kind) IsServer() bool { return k == Redis || k == Postgres }

// Place is where records were put, and how they are to be asked for. It travels to
// the target over the control socket, and nowhere else: the URL has a password.
type Place struct {
	// Kind is what keeps them.
	Kind Kind `json:"kind"`
	// Path is a bbolt file.
	Path string `json:"path,omitempty"`
	// URL is a server's.
	URL string `json:"url,omitempty"`
	// Space tells records of one population from others in the same server: a
	// table's name, or what keys begin with.
	Space string `json:"space,omitempty"`
	// Pool is how many connections may be open at once.
	Pool int `json:"pool,omitempty"`
	// Latency is added to each round trip.
	Latency time.Duration `json:"latency_ns,omitempty"`
}

// String names the place without its secrets, so that no message tells them.
func (p Place) String() string { return string(p.Kind) + " store" }
