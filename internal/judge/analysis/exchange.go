package analysis

import (
	"net/http"
	"slices"

	"authbench/bench"
	"authbench/internal/stat"
)

// Exchange says from how many requests per token on exchanging an API key for tokens pays: a
// request then costs what verifying a token costs and its share of an exchange, instead of what
// looking the key up costs. It is predicted from its parts, each measured by an arm of its own,
// and held against arms that do it. Times are CPU times in µs, everybody's who is asked
// included.
type Exchange struct {
	// Load is the open load under which all of it was measured.
	Load string `json:"load"`
	// Verify is the arm whose clients hold long-lived tokens of the same kind, and Part the one
	// whose exchanges Each is of: that with the fewest requests per token.
	Verify string `json:"verify"`
	Part   string `json:"part"`
	// Verifying is what a request with a token costs, Each what an exchange costs the issuer.
	Verifying Estimate `json:"verify_us"`
	Each      Estimate `json:"exchange_us"`
	// Coupled are the arms that exchange, by rising requests per token.
	Coupled []Coupled `json:"coupled"`
	// Against are the arms whose servers look API keys up.
	Against []ExchangePays `json:"against,omitempty"`
}

// Coupled is what an arm that exchanges costs, and should by the prediction.
type Coupled struct {
	Arm string `json:"arm"`
	// PerToken is how many requests each exchange served.
	PerToken Estimate `json:"requests_per_token"`
	// Each is what an exchange costs the issuer in this arm.
	Each      Estimate `json:"exchange_us"`
	Measured  Estimate `json:"measured_us"`
	Predicted Estimate `json:"predicted_us"`
	// IsPart: the prediction has its exchanges from this arm, so that it is no test of it.
	IsPart bool `json:"is_part,omitempty"`
	// Difference is measured less predicted, by launch.
	Difference Estimate `json:"difference_us"`
	// Agrees says that the whole interval of Difference lies within [Agreement] on either side of
	// nothing.
	Agrees bool `json:"agrees"`
	// Differs says that all of it lies beyond that. If neither, the run does not tell.
	Differs bool `json:"differs,omitempty"`
}

// Agreement is how far from the prediction, as a share of what was measured, an arm may be.
const Agreement = 0.05

// ExchangePays compares with an arm that looks API keys up.
type ExchangePays struct {
	Arm string `json:"arm"`
	// Cost is what a request costs there, and Saved how much less verifying a token costs.
	Cost  Estimate `json:"cost_us"`
	Saved Estimate `json:"saved_us"`
	// From is how many requests a token must serve for the exchange to pay; nil if it never
	// does, or if the run cannot tell. Hi is absent where it may take any number.
	From *Estimate `json:"from_requests,omitempty"`
	// Never: verifying a token costs no less than looking the key up.
	Never bool `json:"never,omitempty"`
}

// exchanges finds the arms that exchange keys for tokens, and their counterparts.
func (s *runData) exchanges(arms []Arm) []Exchange {
	load, ok := openLoad(s.run.Header.Scenario.Loads)
	if !ok {
		return nil
	}
	var order []string
	byKind := map[string][]Arm{}
	for _, a := range arms {
		if c := s.cells[cellKey{a.Name, load}]; a.Status == ArmOK && a.Facts.Revocation == bench.RevokedByExchange && c.hasCPU && len(c.values(requestsPerToken)) > 0 {
			kind := tokenKind(a)
			if byKind[kind] == nil {
				order = append(order, kind)
			}
			byKind[kind] = append(byKind[kind], a)
		}
	}
	var out []Exchange
	for _, kind := range order {
		i := slices.IndexFunc(arms, func(a Arm) bool {
			return a.Status == ArmOK && a.Facts.Asks == bench.AskedNobody && a.Facts.Revocation == bench.RevokedByExpiry && tokenKind(a) == kind
		})
		if i < 0 || !s.cells[cellKey{arms[i].Name, load}].hasCPU {
			continue
		}
		out = append(out, s.exchange(load, arms[i].Name, byKind[kind], arms))
	}
	return out
}

// tokenKind is equal for arms whose servers verify the same kind of token in the same way.
func tokenKind(a Arm) string {
	rest := bench.Params{}
	for name, value := range a.Params {
		if !slices.Contains([]string{"lifetime", "refresh", "jitter"}, name) {
			rest[name] = value
		}
	}
	return rest.Key()
}

// requestsPerToken is how many requests an exchange served, and perExchange what one cost the
// issuer.
var (
	requestsPerToken = metric{name: "requests_per_token", value: func(b *block) float64 {
		return quotient(float64(b.answered), float64(b.refreshed))
	}}
	perExchange = metric{name: "exchange_us", value: func(b *block) float64 {
		return quotient(float64(b.backendCPU[bench.IssuerBackend])/1e3, float64(b.refreshed))
	}}
)

func (s *runData) exchange(load, verify string, coupled, arms []Arm) Exchange {
	of := func(arm string) *cell { return s.cells[cellKey{arm, load}] }
	perToken := func(arm string) float64 { return stat.Median(of(arm).values(requestsPerToken)) }
	slices.SortStableFunc(coupled, func(a, b Arm) int {
		if perToken(a.Name) < perToken(b.Name) {
			return -1
		}
		return 1
	})
	out := Exchange{Load: load, Verify: verify, Part: coupled[0].Name}
	verifying, part := byLaunch(of(verify), cpuPerRequest), byLaunch(of(out.Part), perExchange)
	out.Verifying, out.Each = absolute(of(verify).values(cpuPerRequest)), absolute(of(out.Part).values(perExchange))
	for _, a := range coupled {
		measured, served := byLaunch(of(a.Name), cpuPerRequest), byLaunch(of(a.Name), requestsPerToken)
		one := Coupled{
			Arm: a.Name, IsPart: a.Name == out.Part, PerToken: absolute(of(a.Name).values(requestsPerToken)),
			Each: absolute(of(a.Name).values(perExchange)), Measured: absolute(of(a.Name).values(cpuPerRequest)),
		}
		var predicted, differences []float64
		for launch, cost := range measured {
			v, hasVerify := verifying[launch]
			each, hasPart := part[launch]
			if n := served[launch]; hasVerify && hasPart && n > 0 {
				predicted, differences = append(predicted, v+each/n), append(differences, cost-v-each/n)
			}
		}
		if len(predicted) == 0 {
			continue
		}
		one.Predicted = absolute(predicted)
		one.judge(differences)
		out.Coupled = append(out.Coupled, one)
	}
	for _, a := range arms {
		if a.Status == ArmOK && a.Facts.Revocation == bench.RevokedByRecord && of(a.Name).hasCPU {
			if against, ok := s.exchangePays(a.Name, of(a.Name), of(verify), out.Each); ok {
				out.Against = append(out.Against, against)
			}
		}
	}
	return out
}

// judge says how far an arm lies from its prediction. Without an interval nothing is told.
func (c *Coupled) judge(differences []float64) {
	c.Difference = Estimate{Value: stat.HodgesLehmann(differences), N: len(differences)}
	i, ok := stat.SignedRankInterval(differences, confidence)
	if !ok {
		return
	}
	c.Difference.Lo, c.Difference.Hi = &i.Lo, &i.Hi
	within := Agreement * c.Measured.Value
	c.Agrees, c.Differs = i.Lo >= -within && i.Hi <= within, i.Lo > within || i.Hi < -within
}

// byLaunch are the values of a metric.
func byLaunch(c *cell, m metric) map[int]float64 {
	out := map[int]float64{}
	for _, b := range c.blocks {
		if v := m.value(b); finite(v) {
			out[b.launch] = v
		}
	}
	return out
}

// exchangePays divides what an exchange costs by what a token saves at each request. The
// interval is that of both at their ends: too wide, rather than too narrow.
func (s *runData) exchangePays(arm string, key, verify *cell, each Estimate) (ExchangePays, bool) {
	out := ExchangePays{Arm: arm, Cost: absolute(key.values(cpuPerRequest))}
	saved, ok := pairLaunches(cpuPerRequest, key, verify).comparison()
	if !ok || each.Lo == nil {
		return out, false
	}
	out.Saved = Estimate{Value: saved.Difference, Lo: &saved.DifferenceLo, Hi: &saved.DifferenceHi, N: saved.N}
	switch {
	case saved.DifferenceHi <= 0:
		out.Never = true
	case saved.Difference > 0:
		lo := *each.Lo / saved.DifferenceHi
		out.From = &Estimate{Value: each.Value / saved.Difference, Lo: &lo, N: saved.N}
		if saved.DifferenceLo > 0 {
			hi := *each.Hi / saved.DifferenceLo
			out.From.Hi = &hi
		}
	}
	return out, true
}

// Refreshing is how an arm's clients kept credentials of a short life under one load.
type Refreshing struct {
	Done    int64 `json:"done"`
	Refused int64 `json:"refused,omitempty"`
	Failed  int64 `json:"failed,omitempty"`
	Late    int64 `json:"late,omitempty"`
	// TurnedAway is how many requests were refused of clients that should hold something good: of
	// those whose refresh failed, what they held had expired.
	TurnedAway int64 `json:"turned_away,omitempty"`
	// PerToken is how many requests each served; of 0 numbers if none brought a credential.
	PerToken Estimate `json:"requests_per_token"`
	// P50 and P99 are of the time from a client's question to the issuer's answer, all launches
	// together, µs; P99 is 0 where too few lie beyond it.
	P50 float64 `json:"p50_us"`
	P99 float64 `json:"p99_us,omitempty"`
}

// refreshing sums up what the clients of a cell did, nil if they refresh nothing.
func (c *cell) refreshing() *Refreshing {
	out := &Refreshing{}
	if served := c.values(requestsPerToken); len(served) > 0 {
		out.PerToken = absolute(served)
	}
	var times buckets
	any := false
	for _, b := range c.blocks {
		any = any || b.refreshes
		out.Done += b.refreshed
		out.Refused += b.refused
		out.Failed += b.failed
		out.Late += b.late
		out.TurnedAway += b.turnedAway
		times = times.plus(b.refreshTimes)
	}
	if !any {
		return nil
	}
	if times.count() > 0 {
		out.P50 = times.micros(0.5)
	}
	if times.count() >= p99.needs() {
		out.P99 = times.micros(p99.p)
	}
	return out
}

// addRefreshes adds those of a slice.
func (b *block) addRefreshes(slice bench.Slice, decode decoder) error {
	r := slice.Refreshes
	if r == nil {
		return nil
	}
	times, err := decode(r.Times)
	if err != nil {
		return err
	}
	b.refreshes = true
	b.refreshed += r.Done
	b.refused += r.Refused
	b.failed += r.Failed
	b.late += r.Late
	b.turnedAway += slice.Statuses[bench.Valid][http.StatusUnauthorized]
	b.refreshTimes = b.refreshTimes.plus(times)
	return nil
}
