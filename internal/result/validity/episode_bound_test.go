package validity

import (
	"testing"
	"time"

	"authbench/bench"
)

// A server that does not hear of revocations for a while is late, and not unsafe: what it
// promises is the bound beyond which it lets nobody in. What nobody waited for is no fault.
func TestBoundsOfEpisodes(t *testing.T) {
	polled := bench.Facts{Revocation: bench.RevokedByList, RevocationLag: 50e6, RevocationBound: 1150e6}
	cached := bench.Facts{Revocation: bench.RevokedByRecord, RevocationLag: 1e9}
	fetched := bench.Facts{Revocation: bench.RevokedByList, RevocationLag: 50e6, RevocationBound: 1150e6, KeyRemovalLag: 6e9}
	hourly := fetched
	hourly.KeyRemovalLag = time.Hour.Nanoseconds()
	worked := func(ns int64) bench.Revocation { return bench.Revocation{Accepted: ns, Refused: ns + 1e6} }
	still := bench.Revocation{Accepted: 15e9}
	for name, c := range map[string]struct {
		facts   bench.Facts
		event   bench.Event
		watched time.Duration
		one     bench.Revocation
		want    bench.Level // "" for no finding
	}{
		"within the interval":               {polled, "", 0, worked(49e6), ""},
		"late, and within the bound":        {polled, "", 0, worked(1100e6), ""},
		"beyond the bound":                  {polled, "", 0, worked(1500e6), bench.Void},
		"a cache without another bound":     {cached, "", 0, worked(1500e6), bench.Void},
		"never refused":                     {polled, "", 0, still, bench.Void},
		"a key, within its own lag":         {fetched, bench.RemoveKey, 15 * time.Second, worked(5900e6), ""},
		"a key, beyond it":                  {fetched, bench.RemoveKey, 15 * time.Second, worked(6900e6), bench.Void},
		"a key, never refused":              {fetched, bench.RemoveKey, 15 * time.Second, still, bench.Void},
		"a key that nobody waits for":       {hourly, bench.RemoveKey, 15 * time.Second, still, bench.Info},
		"a revocation is judged by its own": {fetched, bench.Revoke, 15 * time.Second, worked(5900e6), bench.Void},
	} {
		r := bench.EpisodeRecord{Arm: "a", Event: c.event, Watched: c.watched.Nanoseconds(), Revocations: []bench.Revocation{c.one}}
		var got bench.Level
		for _, w := range Episode(r, c.facts) {
			if w.Code == bench.WarnStillAccepted || w.Code == bench.WarnNotRevoked {
				got = w.Level
			}
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
