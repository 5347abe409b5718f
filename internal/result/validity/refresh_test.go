package validity

import (
	"testing"

	"authbench/bench"
)

func TestRefreshes(t *testing.T) {
	for _, c := range []struct {
		name    string
		slices  []*bench.Refreshes
		episode *bench.Refreshes
		want    []string
	}{
		{"no clients that refresh", []*bench.Refreshes{nil, nil}, nil, nil},
		{"all well", []*bench.Refreshes{{Done: 100}, {Done: 1, Failed: 1}}, &bench.Refreshes{Done: 10}, nil},
		{"late once", []*bench.Refreshes{{Done: 100}, {Done: 100, Late: 1}}, nil, []string{CodeLateRefreshes}},
		{"an issuer that answers nobody", []*bench.Refreshes{{Failed: 3}}, nil, []string{CodeFailedRefresh}},
		{"an issuer that knows them no more", []*bench.Refreshes{{Done: 97, Refused: 3}}, nil, []string{CodeFailedRefresh}},
		{"secrets that an episode took back", nil, &bench.Refreshes{Done: 10, Refused: 40}, nil},
		{"failures in an episode", nil, &bench.Refreshes{Done: 10, Failed: 1, Late: 2}, []string{CodeLateRefreshes, CodeFailedRefresh}},
	} {
		var taken []bench.Slice
		for _, r := range c.slices {
			taken = append(taken, bench.Slice{Arm: "exchange", Refreshes: r})
		}
		got := Run(bench.Header{}, nil, taken)
		if c.episode != nil {
			got = append(got, Episode(bench.EpisodeRecord{Arm: "exchange", Load: bench.EpisodeLoad{Refreshes: c.episode}}, bench.Facts{})...)
		}
		var codes []string
		for _, w := range got {
			if w.Arm == "exchange" && (w.Code == CodeLateRefreshes || w.Code == CodeFailedRefresh) {
				codes = append(codes, w.Code)
			}
		}
		if len(codes) != len(c.want) {
			t.Errorf("%s: %v, want %v", c.name, codes, c.want)
			continue
		}
		for i := range codes {
			if codes[i] != c.want[i] {
				t.Errorf("%s: %v, want %v", c.name, codes, c.want)
			}
		}
	}
}
