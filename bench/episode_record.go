package bench

import "slices"

// EpisodeRecord is what an arm's episode brought, or one start of the arm's servers in it;
// see [Timeline].
type EpisodeRecord struct {
	Kind    Kind   `json:"kind"`
	Episode string `json:"episode"`
	Arm     string `json:"arm"`
	// Turn counts the starts of the arm's servers, from 0.
	Turn   int   `json:"turn,omitempty"`
	Start  int64 `json:"start_ns"` // since the run began
	Length int64 `json:"length_ns"`
	// Replicas is how many servers the arm had.
	Replicas int `json:"replicas"`
	// ClientRate is that of the scenario's episode, 0 for the worst case.
	ClientRate float64 `json:"client_rate,omitempty"`
	// Event is that of the scenario's episode, and Watched for how long each credential was
	// asked about at most (ns).
	Event   Event `json:"event,omitempty"`
	Watched int64 `json:"watched_ns,omitempty"`
	// Revocations has an entry for each credential that was to be taken back, in the order
	// of their times.
	Revocations []Revocation `json:"revocations"`
	// Load is what the open load brought meanwhile.
	Load EpisodeLoad `json:"load,omitzero"`
	// ClockStep is by how much the wall clock moved against the monotonic one, ns.
	ClockStep int64 `json:"clock_step_ns,omitempty"`
	// Failed says why the episode could not be had at all; empty if it was.
	Failed string `json:"failed,omitempty"`
}

// EpisodeLoad is the open load of an episode.
type EpisodeLoad struct {
	Rate      float64                 `json:"rate_rps"`
	Sent      int64                   `json:"sent"`
	Answered  int64                   `json:"answered"`
	Statuses  map[Class]map[int]int64 `json:"statuses,omitempty"`
	Errors    map[string]int64        `json:"errors,omitempty"`
	LateSends int64                   `json:"late_sends,omitempty"`
	// FalseAccepts counts answers that let a bad credential in.
	FalseAccepts int64 `json:"false_accepts"`
	// Measured is the time that the counts above and the CPU times are of, ns. The CPU times
	// include the probes.
	Measured  int64 `json:"measured_ns"`
	ServerCPU int64 `json:"server_cpu_ns,omitempty"`
	// BackendCPU is by the names of the backends.
	BackendCPU map[string]int64 `json:"backend_cpu_ns,omitempty"`
	Valid      Latencies        `json:"valid"`
	// Lookups are those of a cache or a filter in the whole episode, which include the
	// questions of holders and probes.
	Lookups Lookups `json:"lookups,omitzero"`
	// Refreshes is nil unless clients hold credentials of a short life. It includes those of
	// clients whose secret is taken back.
	Refreshes *Refreshes `json:"refreshes,omitempty"`
	// Step is the length of Parts in ns, which follow each other from the beginning.
	Step  int64  `json:"step_ns"`
	Parts []Part `json:"parts,omitempty"`
	// NearStep is the length of the parts in Near in ns: those around revocations, in order of
	// time. Results of before have none.
	NearStep int64      `json:"near_step_ns,omitempty"`
	Near     []NearPart `json:"near,omitempty"`
	// Distances has the response times of all parts of that length that are as far from a
	// revocation, the earliest first.
	Distances []Distance `json:"distances,omitempty"`
}

// Distance is what all short parts have in common that are as far from a revocation.
type Distance struct {
	// Parts is how many of them one is behind the last revocation before it: 0 if that falls
	// into it; below 0 it is before the next one, and near no other.
	Parts    int              `json:"parts"`
	Response EncodedHistogram `json:"response"`
}

// NearPart is a part around a revocation. Its response times are in Distances.
type NearPart struct {
	// At is when it begins, in ns from the episode's beginning.
	At int64 `json:"at_ns"`
	Part
}

// Revocation is for how long one credential went on working after it was taken back. Times
// are in ns; Accepted and Refused count from the acknowledgement of the revocation.
type Revocation struct {
	Credential int `json:"credential"`
	// Planned is when it was to be taken back, Ordered when it was, and Acknowledged when
	// the last server, or the issuer, had said that it was; all from the episode's beginning.
	Planned      int64 `json:"planned_ns,omitempty"`
	Ordered      int64 `json:"ordered_ns,omitempty"`
	Acknowledged int64 `json:"acknowledged_ns,omitempty"`
	// Accepted is when the last request was sent that was let in, Refused when the answer
	// came to the first one after it that was not: the truth lies between them. With
	// several servers both are those of the last one.
	// Accepted is 0 if none was let in any more, Refused if none was refused in time.
	Accepted int64 `json:"accepted_ns"`
	Refused  int64 `json:"refused_ns"`
	// Probes is how many requests were sent to find out.
	Probes int `json:"probes"`
	// Turn is that of the record that it is of ([MergeEpisodes]).
	Turn int `json:"-"`
	// Failed says why nothing was found out; empty if something was.
	Failed string `json:"failed,omitempty"`
}

// MergeEpisodes returns one record for each episode of an arm, in the order of the first of
// each. A merged one has what all starts of the servers brought in revocations and counts; of a
// start that failed it has a revocation that says so, unless all did. Histograms, and what is
// counted by time, remain those of the first start; servers whose clients refresh what they
// hold have no other.
func MergeEpisodes(records []EpisodeRecord) []EpisodeRecord {
	var out []EpisodeRecord
	for _, r := range records {
		r.Revocations = slices.Clone(r.Revocations)
		for i := range r.Revocations {
			r.Revocations[i].Turn = r.Turn
		}
		i := slices.IndexFunc(out, func(o EpisodeRecord) bool { return o.Episode == r.Episode && o.Arm == r.Arm })
		if i < 0 {
			out = append(out, r)
			continue
		}
		out[i].merge(r)
	}
	return out
}

// merge adds what a later start of the same servers brought.
func (r *EpisodeRecord) merge(o EpisodeRecord) {
	for _, one := range []*EpisodeRecord{r, &o} {
		if one.Failed != "" && (r.Failed == "") != (o.Failed == "") {
			one.Revocations, one.Failed = append(one.Revocations, Revocation{Failed: one.Failed, Turn: one.Turn}), ""
		}
	}
	r.Revocations = append(r.Revocations, o.Revocations...)
	r.Length = o.Start + o.Length - r.Start
	if abs(o.ClockStep) > abs(r.ClockStep) {
		r.ClockStep = o.ClockStep
	}
	r.Load.add(o.Load)
}

func abs(n int64) int64 { return max(n, -n) }

// add adds another load's counts.
func (l *EpisodeLoad) add(o EpisodeLoad) {
	l.Sent, l.Answered, l.LateSends, l.FalseAccepts = l.Sent+o.Sent, l.Answered+o.Answered, l.LateSends+o.LateSends, l.FalseAccepts+o.FalseAccepts
	l.Measured, l.ServerCPU, l.Lookups = l.Measured+o.Measured, l.ServerCPU+o.ServerCPU, l.Lookups.Add(o.Lookups)
	statuses := map[Class]map[int]int64{}
	for _, of := range []map[Class]map[int]int64{l.Statuses, o.Statuses} {
		for class, counts := range of {
			statuses[class] = sumOf(statuses[class], counts)
		}
	}
	l.Statuses, l.Errors, l.BackendCPU = statuses, sumOf(l.Errors, o.Errors), sumOf(l.BackendCPU, o.BackendCPU)
}

// sumOf returns the sums of two maps' numbers, nil for none.
func sumOf[K comparable](a, b map[K]int64) map[K]int64 {
	if len(a)+len(b) == 0 {
		return nil
	}
	out := map[K]int64{}
	for _, of := range []map[K]int64{a, b} {
		for key, n := range of {
			out[key] += n
		}
	}
	return out
}
