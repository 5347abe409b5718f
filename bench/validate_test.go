package bench

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// sound is a scenario with nothing wrong, and something everywhere.
func sound() Scenario {
	zipf, bad := 0.5, 0.1
	s := Scenario{
		Name: "sound", Question: "Is it?", Baseline: "none",
		Protocol:   Protocol{Launches: 10, Rounds: 8, Slice: Duration(time.Second), Settle: 1, Warmup: 1},
		Population: Population{Credentials: 5, Zipf: &zipf, BadShare: &bad, BadClasses: []Class{Expired}},
		CPUs:       CPUs{Server: []int{0}, Generator: []int{1}},
		Loads: []Load{
			{Name: "closed", Kind: Closed, Connections: 8},
			{Name: "open", Kind: Open, Rate: 100, Arrivals: Constant, Timeout: Duration(time.Second)},
			{Name: "sweep", Kind: Sweep, Fractions: []float64{0.5, 0.95}},
			{Name: "capacity", Kind: Capacity, SLO: "p99.9<1.5ms"},
			{Name: "ramp", Kind: Ramped, Arrivals: Poisson, Stages: []RampStage{{Length: Duration(10 * time.Second), To: 100}, {To: 2000}, {Length: Duration(time.Second), To: 0}}},
		},
		Arms: []Arm{
			{Name: "none", Method: Method{ID: "none"}},
			{Name: "jwt", Method: Method{ID: "jwt", Params: Params{"alg": "RS256", "bits": 2048}}},
			{Name: "mine", Method: Method{ID: "apikey", Params: Params{"keys": 7}},
				Target:     &Target{Command: []string{"./api"}, Ready: Ready{HTTP: "/healthz"}},
				Request:    RequestShape{Method: "POST", Path: "/orders", Headers: map[string]string{"X-A": "b"}},
				Expect:     map[Class]Statuses{Expired: {401, 403}},
				Population: &Population{Credentials: 9}},
			{Name: "running", Method: Method{ID: "none"}, Target: &Target{URL: "http://[::1]:8080/"}},
		},
	}
	return s
}

func TestSoundScenario(t *testing.T) {
	if problems := sound().Validate(catalogue{}); len(problems) > 0 {
		t.Errorf("%v", problems)
	}
}

// Each case spoils one thing, and says where the only problem is and what it says.
func TestValidate(t *testing.T) {
	for _, c := range []struct {
		spoil func(*Scenario)
		want  string
	}{
		{func(s *Scenario) { s.Name = "So Wrong" }, "not a valid scenario name"},
		{func(s *Scenario) { s.Launches = -1 }, "launches: -1 is not positive"},
		{func(s *Scenario) { s.Rounds = maxRounds + 1 }, "rounds: 10001 is too large"},
		{func(s *Scenario) { s.Slice = -1 }, "slice: -1ns is not positive"},
		{func(s *Scenario) { s.Warmup = Duration(time.Hour) }, "warmup: 1h0m0s is too long"},
		{func(s *Scenario) { s.Population.Credentials = -5 }, "population.credentials: -5 is not positive"},
		{func(s *Scenario) { *s.Population.Zipf = -1 }, "population.zipf: -1 is not a Zipf exponent"},
		{func(s *Scenario) { *s.Population.BadShare = 2 }, "population.bad_share: 2 is not a share"},
		{func(s *Scenario) { s.Population.BadClasses = []Class{Expired, Valid} }, `population.bad_classes[1]: "valid" is not a class of bad credentials`},
		{func(s *Scenario) { s.Arms[2].Population.Credentials = maxCredentials + 1 }, "arms[2].population.credentials: 10000001 is too large"},
		{func(s *Scenario) { s.CPUs.Server = []int{0, -1} }, "cpus.server[1]: -1 is not a CPU number"},
		{func(s *Scenario) { s.CPUs.Generator = []int{5000} }, "cpus.generator[0]: 5000 is not a CPU number"},
		{func(s *Scenario) { s.Loads[0].Name = "" }, "loads[0].name: the load has no name"},
		{func(s *Scenario) { s.Loads[1].Name = "closed" }, `loads[1].name: duplicate load "closed": it is already number 1`},
		{func(s *Scenario) { s.Loads[0].Kind = "ajar" }, `loads[0].kind: "ajar" is not a kind of load`},
		{func(s *Scenario) { s.Loads[0].Connections = maxConnections + 1 }, "loads[0].connections: 60001 is too large"},
		{func(s *Scenario) { s.Loads[0].Rate = 1 }, "loads[0].rate: a load of kind closed has no rate"},
		{func(s *Scenario) { s.Loads[0].Utilisation = 0.5 }, "loads[0].utilisation: a load of kind closed has no utilisation"},
		{func(s *Scenario) { s.Loads[0].Arrivals = Poisson }, "loads[0].arrivals: a load of kind closed has no arrivals"},
		{func(s *Scenario) { s.Loads[1].Rate = -2 }, "loads[1].rate: rate -2 is not positive"},
		{func(s *Scenario) { s.Loads[1].Utilisation = 0.5 }, "loads[1].utilisation: rate and utilisation exclude each other"},
		{func(s *Scenario) { s.Loads[1].Rate, s.Loads[1].Utilisation = 0, 1 }, "loads[1].utilisation: 1 is not a utilisation"},
		{func(s *Scenario) { s.Loads[1].Arrivals = "bursty" }, `loads[1].arrivals: "bursty" is not an arrival process`},
		{func(s *Scenario) { s.Loads[1].Timeout = Duration(time.Hour) }, "loads[1].timeout: 1h0m0s is too long"},
		{func(s *Scenario) { s.Loads[2].Fractions[1] = 1 }, "loads[2].fractions[1]: 1 is not a fraction"},
		{func(s *Scenario) { s.Loads[1].Fractions = []float64{0.5} }, "loads[1].fractions: a load of kind open has no fractions"},
		{func(s *Scenario) { s.Loads[2].Rate = 1 }, "loads[2].rate: a load of kind sweep has no rate"},
		{func(s *Scenario) { s.Loads[2].SLO = "p99 < 2ms" }, "loads[2].slo: a load of kind sweep has no slo"},
		{func(s *Scenario) { s.Loads[3].SLO = "" }, "loads[3].slo: a capacity load needs an objective"},
		{func(s *Scenario) { s.Loads[3].SLO = "p98 < 2ms" }, `loads[3].slo: "p98 < 2ms" is not an objective`},
		{func(s *Scenario) { s.Loads[3].SLO = "p99 < 2" }, `loads[3].slo: "2" is not a time above zero`},
		{func(s *Scenario) { s.Loads[3].SLO = "p99 < 5s" }, "loads[3].slo: the objective's 5s is not below the timeout of 5s"},
		{func(s *Scenario) { s.Loads[4].Stages = nil }, "loads[4].stages: a ramp needs stages"},
		{func(s *Scenario) { s.Loads[4].Rate = 10 }, "loads[4].stages: rate and stages exclude each other"},
		{func(s *Scenario) { s.Loads[4].Rate, s.Loads[4].Stages = 10, nil }, "loads[4].stages: a ramp needs stages"},
		{func(s *Scenario) { s.Loads[1].Stages = s.Loads[4].Stages }, "loads[1].stages: a load of kind open has no stages; remove it, or write  kind: ramp"},
		{func(s *Scenario) { s.Loads[4].Stages[0].To = maxRate + 1 }, "loads[4].stages: a rate of 1.0000001e+07 requests per second: write one from 0 to 10000000"},
		{func(s *Scenario) { s.Loads[4].Stages[0].Length = -1 }, "loads[4].stages: a stage of -1ns: write a time from 0 up"},
		{func(s *Scenario) { s.Loads[4].Stages = s.Loads[4].Stages[1:2] }, "loads[4].stages: less than one request is due in all"},
		{func(s *Scenario) { s.Loads[4].Stages[0].Length = Duration(time.Hour) }, "loads[4].stages: stages of 1h0m1s are too long"},
		{func(s *Scenario) {
			s.Loads[4].Stages = []RampStage{{To: 2000}, {Length: Duration(100 * time.Millisecond), To: 1}}
		}, "loads[4].stages: stages of 100ms are too short to see anything change; the least is 1s"},
		{func(s *Scenario) { s.Arms[1].Name = "none" }, `arms[1].name: duplicate arm "none": it is already number 1`},
		{func(s *Scenario) { s.Arms[1].Name = "JWT" }, `arms[1].name: "JWT" is not a valid arm name`},
		{func(s *Scenario) { s.Arms[1].Method.ID = "jtw" }, `arms[1].method.id: unknown method "jtw"; did you mean "jwt"?`},
		{func(s *Scenario) { s.Arms[1].Method.ID = "" }, "arms[1].method.id: the arm has no method"},
		{func(s *Scenario) { s.Arms[1].Method.Params["alg"] = "RS265" }, `arms[1].method.alg: unknown alg "RS265"; choose from HS256, RS256`},
		{func(s *Scenario) { s.Arms[1].Method.Params["algo"] = "x" }, `arms[1].method.algo: method jwt has no parameter "algo"; did you mean "alg"?`},
		{func(s *Scenario) { s.Arms[1].Method.Params["alg"] = "HS256" }, "arms[1].method.bits: HS256 has no bits; remove it"},
		{func(s *Scenario) { s.Arms[2].Target.Command = nil }, "arms[2].target: a target needs either command or url"},
		{func(s *Scenario) { s.Arms[2].Target.URL = "http://127.0.0.1/" }, "arms[2].target: a target needs either command or url"},
		{func(s *Scenario) { s.Arms[2].Target.Ready.HTTP = "healthz" }, `arms[2].target.ready.http: "healthz" is not a request path`},
		{func(s *Scenario) { s.Arms[3].Target.URL = "https://localhost/" }, `arms[3].target.url: scheme "https" is not supported`},
		{func(s *Scenario) { s.Arms[3].Target.URL = "http://example.org/" }, `"example.org" is not a loopback address`},
		{func(s *Scenario) { s.Arms[3].Target.URL = "http://127.0.0.1:80/orders" }, `the url has a path or a query`},
		{func(s *Scenario) { s.Arms[3].Target.URL = "http://10.0.0.1/" }, `"10.0.0.1" is not a loopback address`},
		{func(s *Scenario) { s.Arms[3].Target.URL = "http://me:secret@127.0.0.1/" }, "the URL carries a user or password"},
		{func(s *Scenario) { s.Arms[3].Target.URL = "127.0.0.1:8080" }, "cannot be read"},
		{func(s *Scenario) { s.Arms[2].Request.Path = "orders" }, `arms[2].request.path: "orders" is not a request path`},
		{func(s *Scenario) { s.Arms[2].Request.Method = "post" }, `arms[2].request.method: "post" is not a request method`},
		{func(s *Scenario) { s.Arms[2].Request.Headers["X-A"] = "a\r\nb" }, "the value of X-A has a control character"},
		{func(s *Scenario) { s.Arms[2].Expect["exired"] = []int{401} }, `"exired" is not a credential class`},
		{func(s *Scenario) { s.Arms[2].Expect[Expired] = []int{101} }, "arms[2].expect.expired: 101 is not a final HTTP status"},
		{func(s *Scenario) { s.Baseline = "" }, "baseline: the scenario has no baseline"},
		{func(s *Scenario) { s.Safety = "off" }, `safety: "off" is not a way to treat unsafe arms; choose from required, shown`},
		{func(s *Scenario) { s.Baseline = "nonne" }, `baseline: the baseline "nonne" is not an arm; did you mean "none"?`},
		{func(s *Scenario) { s.Arms = nil }, "arms: the scenario has no arms"},
	} {
		s := sound()
		c.spoil(&s)
		problems := s.Validate(catalogue{})
		if len(problems) != 1 || !strings.Contains(problems[0].Error(), c.want) || problems[0].Remedy == "" && !strings.Contains(c.want, "url") {
			t.Errorf("got %v, want only %q, with a remedy", problems, c.want)
		}
	}
}

// Validation changes nothing and says the same each time, in the same order.
func TestValidateIsPure(t *testing.T) {
	s := sound()
	s.Loads[0].Rate, s.Loads[0].Utilisation, s.Loads[0].Arrivals = 1, 0.5, Poisson
	s.CPUs = CPUs{Server: []int{-1}, Generator: []int{-2}}
	s.Arms[2].Request.Headers = map[string]string{"a b": "", "c d": "", "e f": ""}
	s.Arms[2].Expect = map[Class]Statuses{"x": nil, "y": nil, "z": nil}
	before := sound()
	before.Loads[0], before.CPUs, before.Arms[2].Request.Headers, before.Arms[2].Expect = s.Loads[0], s.CPUs, map[string]string{"a b": "", "c d": "", "e f": ""}, map[Class]Statuses{"x": nil, "y": nil, "z": nil}
	first := s.Validate(catalogue{})
	for range 20 {
		if again := s.Validate(catalogue{}); !reflect.DeepEqual(first, again) {
			t.Fatalf("first %v, then %v", first, again)
		}
	}
	if diff := cmp.Diff(before, s); diff != "" {
		t.Errorf("validation changed the scenario:\n%s", diff)
	}
	if len(first) < 11 {
		t.Errorf("%d problems, want every one of them: %v", len(first), first)
	}
}

func TestValidName(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.OneOf(rapid.String(), rapid.StringMatching(`[a-z0-9._-]{0,70}`)).Draw(t, "name")
		want := name != "" && len(name) <= 63 && !strings.ContainsAny(name[:1], "._-")
		for _, r := range name {
			want = want && strings.ContainsRune("abcdefghijklmnopqrstuvwxyz0123456789._-", r)
		}
		if got := validName(name); got != want {
			t.Fatalf("%q: %v, want %v", name, got, want)
		}
	})
}
