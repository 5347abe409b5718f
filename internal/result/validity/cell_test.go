package validity

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"authbench/bench"
	"authbench/internal/result/hist"
)

// shape is what one slice of a measured run looks like.
type shape struct {
	cpu      float64 // ns per request
	response float64 // median, ns
	lag      float64 // median, ns
	tail     float64 // the p99 of the lag, as a share of the response's
	// told is what the histograms say of the response times, as a factor.
	told float64
}

// measured is a good run with times: response times are lognormal with a p99 of
// twice the median. All arms share good and bad seconds.
func measured(launches int, change func(arm string, launch, round int, s *shape)) (bench.Header, []bench.Launch, []bench.Slice) {
	h, ls, taken := good()
	random := rand.New(rand.NewPCG(1, 2))
	// Of three kinds each: slices that are alike have their histograms in common.
	draw := func(sd float64) float64 { return 1 + sd*float64(random.IntN(3)-1) }
	type moment struct{ launch, round int }
	weather := map[moment]float64{}
	made := map[shape]bench.Slice{}
	taken = slices.DeleteFunc(taken, func(s bench.Slice) bool { return s.Launch < 1 || s.Launch > launches })
	for i := range taken {
		s := &taken[i]
		at := moment{s.Launch, s.Round}
		if weather[at] == 0 {
			weather[at] = draw(0.05)
		}
		f := weather[at] * draw(0.02)
		x := shape{cpu: 20_000 * f, response: 60_000 * f, lag: 200, tail: 0.1, told: 1}
		change(s.Arm, s.Launch, s.Round, &x)
		s.ServerCPU = int64(x.cpu * float64(s.Answered))
		if s.Load != "open" {
			continue
		}
		if _, known := made[x]; !known {
			made[x] = x.slice(s.Sent, random)
		}
		s.Occupancy, s.Valid = made[x].Occupancy, made[x].Valid
	}
	return h, ls[1 : launches+1], taken
}

// slice has the histograms of n requests, and what the engine counted.
func (x shape) slice(n int64, random *rand.Rand) (s bench.Slice) {
	response, lag := hist.New(), hist.New()
	for i := range n {
		took := x.response * math.Exp(0.3*random.NormFloat64())
		s.Occupancy += int64(took)
		response.Record(int64(took * x.told))
		if i%40 == 0 {
			lag.Record(int64(2 * x.response * x.tail))
		} else {
			lag.Record(int64(x.lag))
		}
	}
	s.Valid.Response, s.Valid.Lag = encoded(response), encoded(lag)
	return s
}

func encoded(h *hist.Histogram) bench.EncodedHistogram {
	text, err := h.Encode()
	if err != nil {
		panic(err)
	}
	return bench.EncodedHistogram(text)
}

func TestTimes(t *testing.T) {
	jwt := func(change func(launch, round int, s *shape)) func(string, int, int, *shape) {
		return func(arm string, launch, round int, s *shape) {
			if arm == "jwt" {
				change(launch, round, s)
			}
		}
	}
	for _, c := range []struct {
		name     string
		launches int // 0: ten
		change   func(arm string, launch, round int, s *shape)
		want     []string
		text     string
	}{
		{name: "a good run", change: func(string, int, int, *shape) {}},
		{name: "a slow generator", change: jwt(func(launch, _ int, s *shape) {
			if launch <= 4 {
				s.lag = 0.06 * s.response
			}
		}), want: []string{"lag suspicious jwt open"}, text: "in 4 of 10 launches, worst in launch"},
		{name: "late in one launch of ten", change: jwt(func(launch, _ int, s *shape) {
			if launch == 3 {
				s.lag = 0.5 * s.response
			}
		}), want: []string{"lag info jwt open"}, text: "in launch 3 of 10: the generator was late: the median of its lag is 50 %"},
		{name: "late in two launches", change: jwt(func(launch, _ int, s *shape) {
			if launch == 3 || launch == 7 {
				s.lag = 0.5 * s.response
			}
		}), want: []string{"lag void jwt open"}, text: "in 2 of 10 launches"},
		{name: "a slow generator for all", change: func(arm string, _, _ int, s *shape) {
			if s.lag = 0.25 * s.response; arm == "jwt" {
				s.lag = 0.4 * s.response
			}
		}, want: []string{"lag void jwt open", "lag void none open"}, text: "worst for jwt: in 10 of 10 launches"},
		{name: "a generator with hiccups", change: jwt(func(_, _ int, s *shape) { s.tail = 0.3 }),
			want: []string{"lag suspicious jwt open"}, text: "the p99 of its lag is 3"},
		{name: "a generator with long hiccups", change: jwt(func(_, _ int, s *shape) { s.tail = 0.6 }), want: []string{"lag void jwt open"}},
		{name: "a clock that lies a little", change: jwt(func(_, _ int, s *shape) { s.told = 0.97 }), want: []string{"littles_law suspicious jwt open"}, text: "(3 % apart"},
		{name: "a clock that lies", change: jwt(func(_, _ int, s *shape) { s.told = 1.06 }), want: []string{"littles_law void jwt open"}},
		{name: "a server that drifts", change: jwt(func(launch, _ int, s *shape) { s.cpu *= 1 + 0.03*float64(launch) }),
			want: []string{"drift suspicious  "}, text: "the CPU per request of jwt under"},
		{name: "a server that quickens", change: jwt(func(launch, _ int, s *shape) { s.response /= 1 + 0.03*float64(launch) }),
			want: []string{"drift suspicious  "}, text: "the median response time of jwt under open load, compared with the baseline's, changed by -"},
		{name: "a drift in few launches", launches: 7, change: jwt(func(launch, _ int, s *shape) { s.cpu *= 1 + 0.1*float64(launch) })},
		{name: "a machine that slows down", change: func(_ string, launch, _ int, s *shape) { s.cpu *= 1 + 0.03*float64(launch) },
			want: []string{"machine_drift info  "}, text: "the CPU per request of the baseline, none under"},
		{name: "a server that drifts on a machine that does", change: func(arm string, launch, _ int, s *shape) {
			if s.cpu *= 1 + 0.03*float64(launch); arm == "jwt" {
				s.cpu *= 1 - 0.02*float64(launch)
			}
		}, want: []string{"drift suspicious  ", "machine_drift info  "}, text: "load, compared with the baseline's, changed by -"},
		{name: "up and down", change: jwt(func(launch, _ int, s *shape) { s.cpu *= 1 + 0.2*float64(launch%2) })},
		{name: "rounds that predict the next", change: jwt(func(_, round int, s *shape) {
			if round >= rounds/2 {
				s.cpu *= 1.2
			}
		}), want: []string{"serial_correlation suspicious  "}, text: "the CPU per request of jwt under"},
		{name: "weather that hits all arms", change: func(_ string, _, round int, s *shape) {
			if round >= rounds/2 {
				s.cpu *= 1.2
			}
		}},
		{name: "few rounds that predict the next", launches: 7, change: jwt(func(_, round int, s *shape) {
			if round >= rounds/2 {
				s.cpu *= 1.2
			}
		})},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.launches == 0 {
				c.launches = launches
			}
			warnings := Run(measured(c.launches, c.change))
			if got := found(warnings); !slices.Equal(got, c.want) {
				t.Fatalf("found %q, want %q: %v", got, c.want, warnings)
			}
			if len(warnings) > 0 && !strings.Contains(warnings[0].Text, c.text) {
				t.Errorf("%q lacks %q", warnings[0].Text, c.text)
			}
		})
	}
}

// What one side of Little's law cannot know is not compared: requests that failed
// are in no histogram, and old results have no count.
func TestLittlesLawNeedsBothSides(t *testing.T) {
	for name, change := range map[string]func(*bench.Slice){
		"an error":          func(s *bench.Slice) { s.Errors = map[string]int64{"reset": 1}; s.Occupancy *= 2 },
		"a wrong status":    func(s *bench.Slice) { s.WrongVerdicts, s.FalseAccepts = 1, 1; s.Occupancy *= 2 },
		"an earlier result": func(s *bench.Slice) { s.Occupancy = 0 },
	} {
		h, ls, taken := measured(launches, func(string, int, int, *shape) {})
		for i := range taken {
			change(&taken[i])
		}
		for _, w := range Run(h, ls, taken) {
			if w.Code == CodeLittle {
				t.Errorf("%s: %s", name, w.Text)
			}
		}
	}
	h, ls, taken := measured(launches, func(string, int, int, *shape) {})
	for i := range taken {
		taken[i].Occupancy = -taken[i].Occupancy // a request that entered and was lost
	}
	if got := found(Run(h, ls, taken)); !slices.Equal(got, []string{"littles_law void jwt open", "littles_law void none open"}) {
		t.Errorf("found %q", got)
	}
}

// Of several attempts at a round the last one stands.
func TestLatest(t *testing.T) {
	slice := func(launch, round, attempt int) bench.Slice {
		return bench.Slice{Launch: launch, Round: round, Attempt: attempt}
	}
	got := latest([]bench.Slice{slice(2, 0, 1), slice(1, 1, 2), slice(1, 1, 1), slice(1, 0, 1), slice(2, 0, 3)})
	for i, want := range []bench.Slice{slice(1, 0, 1), slice(1, 1, 2), slice(2, 0, 3)} {
		if i >= len(got) || got[i].Launch != want.Launch || got[i].Round != want.Round || got[i].Attempt != want.Attempt {
			t.Fatalf("got %+v", got)
		}
	}
}
