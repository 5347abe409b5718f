package validity

import (
	"slices"
	"testing"
	"time"

	"authbench/bench"
)

// Times of an episode are doubtful where their beginning or their end is known too badly in more
// than a tenth of the cases: as parts of what was found, and no better than what is promised.
func TestLooselyTimed(t *testing.T) {
	ms := func(f float64) int64 { return int64(f * float64(time.Millisecond)) }
	found := func(acknowledged, accepted, refused float64) bench.Revocation {
		return bench.Revocation{Ordered: 0, Acknowledged: ms(acknowledged), Accepted: ms(accepted), Refused: ms(refused)}
	}
	good := found(1, 990, 1000)
	for _, c := range []struct {
		name  string
		one   bench.Revocation
		times int // of twenty
		loose bool
	}{
		{"good ones", good, 20, false},
		{"a long gap in two", found(1, 900, 1000), 2, false},
		{"a long gap in three", found(1, 900, 1000), 3, true},
		{"4 % of a second", found(1, 960, 1000), 20, false},
		{"a little more", found(1, 959, 1000), 20, true},
		{"5 ms of a short time", found(1, 45, 50), 20, false},
		{"more than 5 ms of a short time", found(1, 44, 50), 20, true},
		{"more, of a time that is too short to judge", found(1, 10, 19), 20, false},
		{"a slow acknowledgement", found(101, 990, 1000), 20, true},
		{"a slow acknowledgement now and then", found(101, 990, 1000), 2, false},
	} {
		r := bench.EpisodeRecord{Episode: "worst", Arm: "a"}
		for i := range 20 {
			if i < c.times {
				r.Revocations = append(r.Revocations, c.one)
			} else {
				r.Revocations = append(r.Revocations, good)
			}
		}
		facts := bench.Facts{Revocation: bench.RevokedByRecord, RevocationLag: ms(2000)}
		loose := slices.ContainsFunc(Episode(r, facts), func(w bench.Warning) bool { return w.Code == CodeLoose && w.Level == bench.Suspicious })
		if loose != c.loose {
			t.Errorf("%s: loosely timed: %v", c.name, loose)
		}
	}
}
