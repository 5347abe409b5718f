package bench

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestDefaults(t *testing.T) {
	s := Scenario{Baseline: "none", Arms: []Arm{{Name: "none", Method: Method{ID: "none"}}, {Name: "jwt", Method: Method{ID: "jwt", Params: Params{"alg": "RS256"}}}}}
	got := s.WithDefaults(catalogue{})
	if got.Protocol != DefaultProtocol {
		t.Errorf("protocol %+v", got.Protocol)
	}
	want := []Load{
		{Name: "closed", Kind: Closed, Connections: 32, Timeout: Duration(5 * time.Second)},
		{Name: "open", Kind: Open, Connections: 64, Utilisation: 0.5, Arrivals: Poisson, Timeout: Duration(5 * time.Second)},
	}
	if diff := cmp.Diff(want, got.Loads); diff != "" {
		t.Errorf("loads:\n%s", diff)
	}
	jwt := got.Arms[1]
	if jwt.Request.Method != "GET" || jwt.Request.Path != "/" || jwt.Method.Params.Text("policy") != "hardened" {
		t.Errorf("%+v", jwt)
	}
	if p := jwt.Population; p.Credentials != 10_000 || *p.Zipf != 0.99 || *p.BadShare != 0.01 || !slices.Equal(p.BadClasses, []Class{Expired, Forged}) {
		t.Errorf("population %+v", p)
	}
	if p := got.Arms[0].Population; len(p.BadClasses) != 0 {
		t.Errorf("a method without credentials has bad ones: %v", p.BadClasses)
	}
}

// Whatever is written stays, zero shares included.
func TestDefaultsKeepWhatIsWritten(t *testing.T) {
	none := 0.0
	s := sound()
	s.Population.Zipf, s.Population.BadShare = &none, &none
	got := s.WithDefaults(catalogue{})
	if got.Protocol != s.Protocol || *got.Population.Zipf != 0 || *got.Population.BadShare != 0 {
		t.Errorf("%+v %+v", got.Protocol, got.Population)
	}
	if l := got.Loads[1]; l.Rate != 100 || l.Utilisation != 0 || l.Arrivals != Constant {
		t.Errorf("%+v", l)
	}
	mine := got.Arms[2]
	if mine.Population.Credentials != 9 || !slices.Equal(mine.Population.BadClasses, []Class{Expired}) || mine.Request.Path != "/orders" || mine.Method.Params.Int("keys") != 7 {
		t.Errorf("%+v %+v", mine, mine.Population)
	}
	if ready := mine.Target.Ready; ready.HTTP != "/healthz" || ready.Timeout != defaultReadyTimeout {
		t.Errorf("%+v", ready)
	}
}

// A parameter that a method has gained is not one that the older of two runs was asked
// without.
func TestCompletedFillsNewParameters(t *testing.T) {
	old := Scenario{Arms: []Arm{
		{Name: "new", Method: Method{ID: "jwt", Params: Params{"alg": "RS256"}}},
		{Name: "chosen", Method: Method{ID: "jwt", Params: Params{"alg": "RS256", "policy": "stock"}}},
		{Name: "unknown", Method: Method{ID: "of tomorrow", Params: Params{"a": "b"}}},
	}}
	got := old.Completed(catalogue{})
	for i, want := range []string{"hardened", "stock", ""} {
		if policy := got.Arms[i].Method.Params.Text("policy"); policy != want {
			t.Errorf("%s: policy %q, want %q", got.Arms[i].Name, policy, want)
		}
	}
	if len(old.Arms[0].Method.Params) != 1 {
		t.Error("the scenario itself was written to")
	}
}

func TestDefaultsOfASweep(t *testing.T) {
	s := sound()
	s.Loads = []Load{{Name: "sweep", Kind: Sweep}}
	got := s.WithDefaults(catalogue{}).Loads[0]
	if !slices.Equal(got.Fractions, []float64{0.1, 0.3, 0.5, 0.7, 0.8, 0.9}) || got.Utilisation != 0 || got.Arrivals != Poisson || got.Connections != 64 {
		t.Errorf("%+v", got)
	}
	got.Fractions[0] = 7
	if again := s.WithDefaults(catalogue{}).Loads[0]; again.Fractions[0] != 0.1 {
		t.Error("the default fractions changed with a copy of them")
	}
}

// Applied again, defaults change nothing; and the original is not written to.
func TestDefaultsAreIdempotent(t *testing.T) {
	s := sound()
	once := s.WithDefaults(catalogue{})
	if diff := cmp.Diff(once, once.WithDefaults(catalogue{})); diff != "" {
		t.Errorf("applied twice:\n%s", diff)
	}
	once.Arms[1].Method.Params["alg"] = "changed"
	once.Loads[2].Fractions[0] = 0.1
	once.Loads[0].Name, once.Arms[0].Name, once.Arms[2].Target.Ready.HTTP = "changed", "changed", "changed"
	once.Arms[2].Population.Credentials = -1
	if diff := cmp.Diff(sound(), s); diff != "" {
		t.Errorf("the original changed with its copy:\n%s", diff)
	}
	if problems := s.WithDefaults(catalogue{}).Validate(catalogue{}); len(problems) > 0 {
		t.Errorf("with its defaults, a sound scenario has problems: %v", problems)
	}
}

// TestHostileClassesAreNamed: a population has them only where it asks for them.
func TestHostileClassesAreNamed(t *testing.T) {
	has := []Class{Valid, Expired, Oversized}
	for _, c := range []struct{ wanted, want []Class }{
		{nil, []Class{Expired}},
		{[]Class{Oversized}, []Class{Oversized}},
		{[]Class{Oversized, Nested, Expired}, []Class{Expired, Oversized}},
	} {
		if got := badClasses(c.wanted, has); !slices.Equal(got, c.want) {
			t.Errorf("%v of %v gives %v, want %v", c.wanted, has, got, c.want)
		}
	}
}
