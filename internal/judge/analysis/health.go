package analysis

import (
	"authbench/bench"
	"authbench/internal/result/validity"
)

// healthSums add up what the counted slices of open loads and sweeps say about the
// generator. Searches are left out, because they overload it on purpose.
type healthSums struct {
	lag                   buckets
	late, sent, scheduled int64
	byArm                 map[string][]bench.Slice
	episodes              *EpisodeLag
}

func (h *healthSums) add(s bench.Slice, decode decoder) error {
	if s.Scheduled == 0 {
		return nil
	}
	for _, encoded := range []bench.EncodedHistogram{s.Valid.Lag, s.Refused.Lag} {
		lag, err := decode(encoded)
		if err != nil {
			return err
		}
		h.lag = h.lag.plus(lag)
	}
	h.late += s.LateSends
	h.sent += s.Sent
	h.scheduled += s.Scheduled
	if h.byArm == nil {
		h.byArm = map[string][]bench.Slice{}
	}
	h.byArm[s.Arm] = append(h.byArm[s.Arm], s)
	return nil
}

// addEpisode keeps the lag of the episode whose load was sent latest.
func (h *healthSums) addEpisode(e bench.EpisodeRecord, decode decoder) error {
	lag, err := decode(e.Load.Valid.Lag)
	if err != nil || len(lag) == 0 {
		return err
	}
	if p99 := lag.micros(0.99); h.episodes == nil || p99 > h.episodes.P99 {
		h.episodes = &EpisodeLag{Arm: e.Arm, Episode: e.Episode, Rate: e.Load.Rate, P99: p99}
	}
	return nil
}

// sending says how well the generator kept to its schedules, nil if it had none.
func (h *healthSums) sending(cpus float64) *Sending {
	if h.scheduled <= 0 {
		return nil
	}
	out := &Sending{Delivered: float64(h.sent) / float64(h.scheduled)}
	if h.sent > 0 {
		out.LateShare = float64(h.late) / float64(h.sent)
	}
	if len(h.lag) > 0 {
		out.LagP50, out.LagP99 = h.lag.micros(0.50), h.lag.micros(0.99)
	}
	for _, taken := range h.byArm {
		out.CPU = max(out.CPU, validity.Busy(taken, cpus))
	}
	return out
}

// summarizeHealth sums up how well the generator worked.
func (s *runData) summarizeHealth() Health {
	out := Health{Sending: s.health.sending(float64(max(1, len(s.run.Header.Host.GeneratorCPUs)))), EpisodeLag: s.health.episodes}
	repeated, taken := 0, 0
	for _, slice := range s.run.Slices {
		if slice.Launch > 0 {
			taken++
			if slice.Attempt > 1 {
				repeated++
			}
		}
	}
	if taken > 0 {
		out.Repeated = float64(repeated) / float64(taken)
	}
	for _, l := range s.launches {
		out.Steal += l.Noise.Steal / float64(len(s.launches))
	}
	return out
}
