package load

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"authbench/bench"
)

// Credentials are what a workload's clients hold.
type Credentials interface {
	// Append appends one credential as it is sent, without allocating where dst
	// has room. It is called on the generator's threads at once.
	Append(dst []byte, class bench.Class, index int) []byte
}

// Share is one class's part of the requests.
type Share struct {
	Class bench.Class
	// Share is its weight among the shares; they need not sum to 1.
	Share float64
	// Count is how many distinct credentials of the class there are.
	Count int
}

// WorkloadSpec says what is sent.
type WorkloadSpec struct {
	// Prefix and Suffix are the request's bytes before and after its credential.
	// Without credentials Prefix is the whole request.
	// What it says of its answer and its connection (HEAD, Connection, Upgrade) is
	// read from them.
	Prefix, Suffix []byte
	// Credentials is nil if none is sent: then Mix is empty, and every request
	// counts as one with a valid credential.
	Credentials Credentials
	Mix         []Share
	// Zipf is the exponent (≥ 0) of the credentials' popularity within their
	// class. Index 0 is the most popular: ranks are not permuted, because minted
	// credentials are random values and their order means nothing to a server.
	Zipf float64
	// Expect lists the right statuses per class, by its index in bench.Classes.
	Expect [len(bench.Classes)][]int
}

// Workload is a validated spec with its tables. It does not change, and may be
// shared by any number of clients.
type Workload struct {
	prefix, suffix []byte
	asked          question
	credentials    Credentials
	shares         []share
	expected       [len(bench.Classes)][maxStatus + 1]bool
}

// share is a class and the part of the 64-bit range up to which it is picked.
type share struct {
	class int
	upTo  uint64
	popularity
}

// NewWorkload validates a spec and prepares it for use. It takes about a second
// for ten million credentials with a Zipf exponent, and 8 bytes for each.
func NewWorkload(s WorkloadSpec) (*Workload, error) {
	if len(s.Prefix) == 0 {
		return nil, errors.New("workload: no request")
	}
	if !(s.Zipf >= 0) || math.IsInf(s.Zipf, 1) {
		return nil, fmt.Errorf("workload: zipf exponent %v", s.Zipf)
	}
	w := &Workload{prefix: s.Prefix, suffix: s.Suffix, credentials: s.Credentials}
	w.asked = newQuestion(slices.Concat(s.Prefix, s.Suffix))
	for class, statuses := range s.Expect {
		for _, status := range statuses {
			if status < 0 || status > maxStatus {
				return nil, fmt.Errorf("workload: %d is not a status", status)
			}
			w.expected[class][status] = true
		}
	}
	if s.Credentials == nil {
		if len(s.Mix) > 0 || len(s.Suffix) > 0 {
			return nil, errors.New("workload: a mix or a suffix without credentials")
		}
		s.Mix = []Share{{Class: bench.Valid, Share: 1, Count: 1}}
	}
	var err error
	w.shares, err = newShares(s.Mix, s.Zipf)
	return w, err
}

// To returns the workload with a request to another server: other bytes, and the
// credentials as that server gets them. Both share their tables.
func (w *Workload) To(prefix, suffix []byte, c Credentials) *Workload {
	out := *w
	out.prefix, out.suffix, out.credentials = prefix, suffix, c
	return &out
}

// newShares turns weights into thresholds, in the order of the mix.
func newShares(mix []Share, zipf float64) ([]share, error) {
	sum := 0.0
	for _, m := range mix {
		if !(m.Share >= 0) || m.Class.Index() < 0 || m.Count < 0 || m.Count > math.MaxUint32 {
			return nil, fmt.Errorf("workload: share %v of %d credentials of class %q", m.Share, m.Count, m.Class)
		}
		if m.Share > 0 && m.Count == 0 {
			return nil, fmt.Errorf("workload: requests with %s credentials, of which there are none", m.Class)
		}
		sum += m.Share
	}
	if !(sum > 0) || math.IsInf(sum, 1) {
		return nil, fmt.Errorf("workload: the shares sum to %v", sum)
	}
	var out []share
	reached := 0.0
	for _, m := range mix {
		if m.Share == 0 {
			continue
		}
		reached += m.Share / sum
		upTo := uint64(math.MaxUint64)
		if reached < 1 {
			upTo = uint64(reached * (1 << 63) * 2)
		}
		out = append(out, share{m.Class.Index(), upTo, newPopularity(m.Count, zipf)})
	}
	out[len(out)-1].upTo = math.MaxUint64 // whatever rounding left
	return out, nil
}

// Request is the one with a credential of a class, by its index.
func (w *Workload) Request(class bench.Class, index int) []byte {
	return w.appendRequest(nil, class.Index(), index)
}

// Expects reports whether a class may get a status.
func (w *Workload) Expects(class bench.Class, status int) bool {
	return 0 <= status && status <= maxStatus && w.expects(class.Index(), status)
}

// expects reports whether a class may get a status.
func (w *Workload) expects(class, status int) bool { return w.expected[class][status] }

// pick returns the share and the credential that two random numbers stand for.
func (w *Workload) pick(classDraw, indexDraw uint64) (*share, int) {
	k := 0
	for classDraw > w.shares[k].upTo {
		k++
	}
	s := &w.shares[k]
	return s, s.popularity.pick(indexDraw)
}

// appendRequest appends the request with a credential of a class.
func (w *Workload) appendRequest(dst []byte, class, credential int) []byte {
	dst = append(dst, w.prefix...)
	if w.credentials != nil {
		dst = w.credentials.Append(dst, bench.Classes[class], credential)
	}
	return append(dst, w.suffix...)
}
