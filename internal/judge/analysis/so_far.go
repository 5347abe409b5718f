package analysis

import (
	"slices"

	"authbench/bench"
	"authbench/internal/result"
)

// Running analyzes a run again and again while it goes on. It keeps what it has decoded,
// so that a call costs little more than decoding what is new.
type Running struct {
	decoded map[bench.EncodedHistogram]buckets
}

// SoFar says what the launches of a run so far say: [Analyze], without the warnings that
// it is not finished.
func (k *Running) SoFar(r *result.Run) (*Analysis, error) {
	_, a, err := understand(r, k.decode)
	if err != nil {
		return nil, err
	}
	a.Summary.Warnings = slices.DeleteFunc(a.Summary.Warnings, func(w bench.Warning) bool {
		return w.Code == codeUnfinished || w.Code == codeFewLaunches || w.Code == codeNoLaunches
	})
	return a, nil
}

func (k *Running) decode(e bench.EncodedHistogram) (buckets, error) {
	if t, known := k.decoded[e]; known {
		return t, nil
	}
	t, err := decodeBuckets(e)
	if err != nil {
		return nil, err
	}
	if k.decoded == nil {
		k.decoded = map[bench.EncodedHistogram]buckets{}
	}
	k.decoded[e] = t
	return t, nil
}
