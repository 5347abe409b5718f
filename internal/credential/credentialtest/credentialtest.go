// Package credentialtest has requests for the tests of all that reads credentials from
// them. What flows in: header fields. What flows out: a [bench.Request].
package credentialtest

import "authbench/bench"

// Request holds header fields.
type Request map[string][]string

var _ bench.Request = Request{}

func (Request) Method() []byte { return []byte("GET") }
func (Request) Target() []byte { return []byte("/") }

func (Request) Room(n int) []byte { return make([]byte, n) }

func (r Request) Values(field string) [][]byte {
	var out [][]byte
	for _, v := range r[field] {
		out = append(out, []byte(v))
	}
	return out
}

// Fixed is a request that allocates nothing: each field has the same values.
type Fixed struct {
	Sent [][]byte
	room [16 << 10]byte // as long as the longest credential
}

var _ bench.Request = (*Fixed)(nil)

func (*Fixed) Method() []byte           { return nil }
func (*Fixed) Target() []byte           { return nil }
func (f *Fixed) Values(string) [][]byte { return f.Sent }
func (f *Fixed) Room(n int) []byte      { return f.room[:n] }
