package analysis

import (
	"encoding/json"
	"math"
	"slices"
	"testing"

	"authbench/bench"
	"authbench/internal/result"
	"authbench/internal/result/hist"
)

// exchanged is a run in which an exchange costs the issuer 120 µs and verifying a token the
// server 60 µs, above a server that takes 40 µs; extra is what the arm with 30 requests per
// token costs beyond that.
func exchanged(t *testing.T, extra float64) *result.Run {
	t.Helper()
	m := quick()
	m.loads = m.loads[1:]
	m.arms = []truth{
		{"none", 40, 50}, {"memory", 42, 50}, {"redis", 130, 200}, {"jwt", 100, 120}, {"other", 100, 120},
		{"e300", 100, 120}, {"e3", 100, 120}, {"e30", 100 + extra, 120}, {"plain", 100, 120},
	}
	r := m.run(t)
	token := bench.Params{"alg": "ES256"}
	exchange := bench.Params{"alg": "ES256", "lifetime": "5s", "jitter": 10}
	methods := map[string]bench.Method{
		"memory": {ID: "apikey"}, "redis": {ID: "apikey", Params: bench.Params{"store": "redis"}}, "jwt": {ID: "jwt", Params: token},
		"other": {ID: "jwt", Params: bench.Params{"alg": "HS256"}}, "e3": {ID: "exchange", Params: exchange}, "e30": {ID: "exchange", Params: exchange}, "e300": {ID: "exchange", Params: exchange},
	}
	facts := map[string]bench.Facts{
		"apikey": {Asks: bench.AskedMemory, Revocation: bench.RevokedByRecord}, "jwt": {Asks: bench.AskedNobody, Revocation: bench.RevokedByExpiry},
		"exchange": {Asks: bench.AskedNobody, Revocation: bench.RevokedByExchange},
	}
	for i := range r.Header.Scenario.Arms {
		a := &r.Header.Scenario.Arms[i]
		if method, ok := methods[a.Name]; ok {
			a.Method = method
			f := facts[method.ID]
			r.Header.Arms[i].Facts = &f
		}
		if a.Method.ID == "exchange" {
			r.Header.Arms[i].Backends = []bench.Backend{{Name: bench.IssuerBackend, HasCPU: true}}
		}
	}
	times := hist.New()
	times.RecordMany(200_000, 10)
	for i := range r.Slices {
		s := &r.Slices[i]
		per := map[string]int64{"e3": 3, "e30": 30, "e300": 300}[s.Arm]
		if per == 0 {
			continue
		}
		done := s.Answered / per
		s.Refreshes = &bench.Refreshes{Done: done, Times: encode(t, times)}
		noise := float64(s.ServerCPU) / float64(s.Answered) / 1e5 // as the server's
		if s.Arm == "e30" {
			noise = 1
		}
		s.Backends = map[string]bench.BackendCPU{bench.IssuerBackend: {CPU: int64(120e3 * noise * float64(done))}}
	}
	return r
}

func TestExchange(t *testing.T) {
	a := analyze(t, exchanged(t, 0))
	if len(a.Summary.Exchanges) != 1 {
		t.Fatalf("%+v", a.Summary.Exchanges)
	}
	e := a.Summary.Exchanges[0]
	if e.Verify != "jwt" || e.Part != "e3" || e.Load != "open" || math.Abs(e.Each.Value-120) > 6 || math.Abs(e.Verifying.Value-100) > 5 {
		t.Errorf("%+v", e)
	}
	var names []string
	for _, c := range e.Coupled {
		names = append(names, c.Arm)
		n := c.PerToken.Value
		if want := 100 + 120/n; math.Abs(c.Predicted.Value-want) > 0.05*want || !c.Agrees || c.Differs || c.Difference.Lo == nil || c.IsPart != (c.Arm == "e3") || math.Abs(c.Each.Value-120) > 6 {
			t.Errorf("%s: %+v, want about %v", c.Arm, c, want)
		}
	}
	if !slices.Equal(names, []string{"e3", "e30", "e300"}) {
		t.Errorf("%v", names)
	}
	if len(e.Against) != 2 {
		t.Fatalf("%+v", e.Against)
	}
	memory, redis := e.Against[0], e.Against[1]
	if !memory.Never || memory.From != nil || memory.Saved.Value > -50 {
		t.Errorf("memory: %+v", memory)
	}
	// 120 ÷ (130 − 100).
	if redis.From == nil || redis.From.Hi == nil || math.Abs(redis.From.Value-4) > 0.8 || *redis.From.Lo > 4 || *redis.From.Hi < 4 {
		t.Errorf("redis: %+v", redis)
	}
	l := find(t, a, "e30", "open")
	if l.Refreshes == nil || l.Refreshes.Done == 0 || l.Refreshes.P50 < 190 || l.Refreshes.P50 > 210 || l.Refreshes.P99 != 0 {
		t.Errorf("%+v", l.Refreshes)
	}
	if find(t, a, "jwt", "open").Refreshes != nil {
		t.Error("an arm whose clients refresh nothing has refreshes")
	}
}

// TestExchangeThatDisagrees: an arm that costs more than its parts is told.
func TestExchangeThatDisagrees(t *testing.T) {
	for _, c := range analyze(t, exchanged(t, 30)).Summary.Exchanges[0].Coupled {
		if c.Agrees != (c.Arm != "e30") || c.Differs != (c.Arm == "e30") {
			t.Errorf("%+v", c)
		}
	}
}

// TestExchangeThatIsNotTold: an interval that only reaches into what agrees proves nothing.
func TestExchangeThatIsNotTold(t *testing.T) {
	for _, c := range []struct {
		differences     []float64
		agrees, differs bool
	}{
		{[]float64{-4, -3, -2, -1, 0, 1, 2, 3, 4, 4.5}, true, false},
		{[]float64{3, 4, 4, 5, 5, 6, 6, 7, 7, 8}, false, false},
		{[]float64{-30, 40, 20, -20, 0, 10, -10, 35, -25, 15}, false, false},
		{[]float64{6, 7, 7, 8, 8, 8, 9, 9, 9, 10}, false, true},
		{[]float64{-6, -7, -7, -8, -8, -8, -9, -9, -9, -10}, false, true},
		{[]float64{1, 1}, false, false}, // no interval
	} {
		one := Coupled{Measured: Estimate{Value: 100}}
		one.judge(c.differences)
		if one.Agrees != c.agrees || one.Differs != c.differs {
			t.Errorf("%v: %+v", c.differences, one)
		}
	}
}

// TestNoExchange: without an arm that verifies the same kind of token there is nothing to
// predict from.
func TestNoExchange(t *testing.T) {
	r := exchanged(t, 0)
	for i := range r.Header.Scenario.Arms {
		if a := &r.Header.Scenario.Arms[i]; a.Name == "jwt" {
			a.Method.Params = bench.Params{"alg": "ES256", "claims": 10}
		}
	}
	if got := analyze(t, r).Summary.Exchanges; len(got) != 0 {
		t.Errorf("%+v", got)
	}
}

// TestRefreshesThatFail: where none brought a credential there are no requests per token, and
// the requests that were refused are counted.
func TestRefreshesThatFail(t *testing.T) {
	r := exchanged(t, 0)
	for i := range r.Slices {
		if s := &r.Slices[i]; s.Arm == "e30" {
			s.Refreshes = &bench.Refreshes{Failed: 2}
			s.Statuses = map[bench.Class]map[int]int64{bench.Valid: {200: 50, 401: 3}}
		}
	}
	a := analyze(t, r)
	l := find(t, a, "e30", "open")
	if n := int64(len(r.Slices)); l.Refreshes == nil || l.Refreshes.Done != 0 || l.Refreshes.Failed == 0 || l.Refreshes.Failed > 2*n || 2*l.Refreshes.TurnedAway != 3*l.Refreshes.Failed {
		t.Errorf("%+v", l.Refreshes)
	}
	if _, err := json.Marshal(a.Summary); err != nil {
		t.Error(err)
	}
}
