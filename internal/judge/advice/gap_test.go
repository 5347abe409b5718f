package advice

import (
	"slices"
	"strings"
	"testing"
	"time"

	"authbench/bench"
	"authbench/internal/judge/analysis"
)

// onlyArms keeps the named arms of the sample.
func onlyArms(names ...string) *analysis.Summary {
	s := sample()
	s.Arms = slices.DeleteFunc(s.Arms, func(a analysis.Arm) bool { return !slices.Contains(names, a.Name) })
	return s
}

func closed(s *analysis.Summary, n *Need) { // no load was sent at a rate
	for i := range s.Arms {
		s.Arms[i].Loads = s.Arms[i].Loads[1:]
	}
	n.P99 = time.Millisecond
}

// Wherever a limit cannot be judged, the advice says of which arms, what is open, and
// which command tells.
func TestEveryGapHasItsCommand(t *testing.T) {
	lag := 10 * time.Second
	bad := 0.2
	for _, c := range []struct {
		name, arms, open string
		change           func(*analysis.Summary, *Need)
		commands         []string
	}{
		{"not examined", "memory", "whether it is safe, because the run did not attack it", func(s *analysis.Summary, _ *Need) { s.Arms[0].Conformance = nil },
			[]string{"authbench run stores"}},
		{"not to be examined", "memory", "whether it is safe, because its requests are not plain GETs", func(s *analysis.Summary, _ *Need) {
			s.Arms[0].Conformance = &bench.Conformance{Untested: "its requests are not plain GETs"}
		}, []string{"authbench verify stores"}},
		{"replicas", "memory", "how soon all 4 replicas hear that a credential was taken back", func(_ *analysis.Summary, n *Need) { n.Replicas, n.RevocationLag, n.P99 = 4, &lag, time.Second },
			[]string{"authbench advise 'results/a b' --rps 10000 --replicas 4 --revocation-lag 10s --replica-lag 10s --p99 1s",
				"authbench run stores --set 'arms[memory].method.store=redis'"}},
		{"replicas, a server of the user's", "memory", "how soon all 4 replicas hear", func(s *analysis.Summary, n *Need) { n.Replicas, n.RevocationLag, s.Arms[0].Own = 4, &lag, true },
			[]string{"authbench advise 'results/a b' --rps 10000 --replicas 4 --revocation-lag 10s --replica-lag 10s"}},
		{"unknown facts", "memory", "how its credentials are taken back", func(s *analysis.Summary, n *Need) { n.RevocationLag, s.Arms[0].Facts = &lag, bench.Facts{} },
			[]string{"authbench run stores"}},
		{"no open load", "memory", "no load was sent at a rate", closed,
			[]string{"authbench run stores --set 'loads=[{name: closed, kind: closed}, {name: open, kind: open}]'"}},
		{"too few requests", "memory", "too few requests were measured", func(s *analysis.Summary, n *Need) {
			n.P99 = time.Millisecond
			delete(s.Arms[0].Loads[0].Metrics, "response_p99_us")
			s.Arms[0].Loads[0].Requests = 10_000 // a thousand in each launch: five times as many and a quarter more
		}, []string{"authbench run stores --set rounds=50"}},
		{"too slow", "memory", "too slow for the rate", func(s *analysis.Summary, n *Need) {
			n.P99 = time.Second
			s.Arms[0].Loads[0] = analysis.Load{Name: "open", Kind: bench.Open}
			s.Arms[0].Loads[1].Metrics["cpu_us_per_request"] = estimateOf(50_000)
		}, []string{"authbench run stores --set 'loads[open].rate=6' --set rounds=10000"}},
		{"void times", "memory", "the p99, because the generator was late", func(s *analysis.Summary, n *Need) {
			n.P99 = time.Second
			delete(s.Arms[0].Loads[0].Metrics, "response_p99_us")
			s.Warnings = []bench.Warning{{Level: bench.Void, Arm: "memory", Load: "open", Text: "the generator was late"}}
		}, []string{"authbench run stores"}},
		{"an interval that holds the limit", "memory", "the interval holds the limit", func(_ *analysis.Summary, n *Need) { n.P99 = 310 * time.Microsecond },
			[]string{"authbench run stores --launches 90"}},
		{"an interval that the limit splits", "memory", "the interval holds the limit", func(_ *analysis.Summary, n *Need) { n.P99 = 300 * time.Microsecond },
			[]string{"authbench run stores --launches 100"}},
		{"other clients", "", "credentials of your clients", func(_ *analysis.Summary, n *Need) { n.Clients, n.BadShare = 5000, &bad },
			[]string{"authbench run stores --set population.credentials=5000 --set population.bad_share=0.2"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			n, s := need(), onlyArms("memory")
			c.change(s, &n)
			a := advised(t, s, n)
			if len(a.Gaps) != 1 || strings.Join(a.Gaps[0].Arms, " ") != c.arms || !strings.Contains(a.Gaps[0].Open, c.open) {
				t.Fatalf("%+v", a.Gaps)
			}
			var commands []string
			for _, w := range a.Gaps[0].Ways {
				commands = append(commands, w.Command)
			}
			if !slices.Equal(commands, c.commands) {
				t.Errorf("got  %q\nwant %q", commands, c.commands)
			}
			answer := strings.Join(a.Answer, " ")
			if c.arms != "" && !strings.Contains(answer, "Not known of memory: "+a.Gaps[0].Open) {
				t.Errorf("the answer does not say what is open: %s", answer)
			}
		})
	}
}

// One gap speaks of all arms that have it, and of none that misses another limit.
func TestGapsAreOfTheArmsThatMayStillDo(t *testing.T) {
	n, lag := need(), 10*time.Second
	n.Replicas, n.RevocationLag = 3, &lag
	s := sample()
	s.Arms[3].Conformance = nil // hs256, which expires too late
	a := advised(t, s, n)
	if len(a.Gaps) != 1 || !slices.Equal(a.Gaps[0].Arms, []string{"memory", "denylist"}) {
		t.Errorf("%+v", a.Gaps)
	}
	if want := "redis takes least CPU"; !strings.Contains(a.Answer[0], want) {
		t.Errorf("got %q, want %q in it", a.Answer[0], want)
	}
	replica := 9 * time.Second
	n.ReplicaLag = &replica
	if got, want := order(advised(t, s, n)), "memory meets, redis meets, denylist meets, hs256 misses"; got != want {
		t.Errorf("replicas that hear of it in time: got %s, want %s", got, want)
	}
	replica = 11 * time.Second
	if got, want := order(advised(t, s, n)), "redis meets, memory misses, hs256 misses, denylist misses"; got != want {
		t.Errorf("replicas that hear of it too late: got %s, want %s", got, want)
	}
}

// An arm of which nothing is known does not vanish; an unsafe one is no option.
func TestArmsThatCannotBeJudgedAreNamed(t *testing.T) {
	s := sample()
	s.Arms[1].Status, s.Arms[1].Reason, s.Arms[1].Kind = analysis.ArmSkipped, "Redis was not found", "in Redis"
	delete(s.Arms[3].Loads[0].Metrics, "cpu_us_per_request")
	delete(s.Arms[3].Loads[1].Metrics, "cpu_us_per_request")
	s.Arms[4].Status = analysis.ArmUnsafe
	a := advised(t, s, need())
	if got, want := order(a), "memory meets"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	var got []string
	for _, g := range a.Gaps {
		got = append(got, strings.Join(a.Labels(g.Arms), " ")+": "+g.Open+": "+g.Ways[0].Command)
	}
	want := []string{
		"redis: anything, because it is skipped: Redis was not found: authbench run stores",
		"hs256: what it costs, because the CPU time of its server is not known, or not to be used: authbench run stores",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestNothingMeetsTheLimits(t *testing.T) {
	n, lag := need(), 10*time.Second
	n.RevocationLag = &lag
	got := strings.Join(advised(t, onlyArms("hs256"), n).Answer, " ")
	if want := `No arm of this result meets the limits. The limit "revoked within 10s" rules out hs256.`; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// A letter marks a tie: an arm that is told apart from all others has none.
func TestLettersMarkTies(t *testing.T) {
	a := advised(t, sample(), need())
	for name, want := range map[string]string{"memory": "b", "hs256": "b", "redis": "", "denylist": ""} {
		if got := option(t, a, name).Tied; got != want {
			t.Errorf("%s has %q, want %q", name, got, want)
		}
	}
}

// Without letters nobody knows who is tied, and that is said.
func TestTiesThatAreNotKnown(t *testing.T) {
	s := sample()
	if a := advised(t, s, need()); a.TiesUnknown {
		t.Error("letters say who is tied")
	}
	for i := range s.Arms {
		s.Arms[i].Loads[1].Ties = nil
	}
	if a := advised(t, s, need()); !a.TiesUnknown {
		t.Error("no arm has a letter, and nothing is said")
	}
}

// Arms that would do under one condition share a sentence.
func TestWhatWouldLetArmsIn(t *testing.T) {
	n, lag := need(), 10*time.Second
	n.RevocationLag = &lag
	s := sample()
	more := s.Arms[3]
	more.Name = "hs512"
	cached := arm("cached", "apikey", map[string]any{"store": "redis", "cache_size": 100, "cache_ttl": "1m"}, 30, "", 200, 400)
	s.Arms = append(s.Arms, more, cached)
	want := []string{
		"hs256 and hs512 would do if a revoked credential may work for 15m, or if tokens are valid for 10s at most (--token-lifetime).",
		"cached would do if a revoked credential may work for 1m.",
	}
	if got := revocationRelaxations(advised(t, s, n)); !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// A command measures what was measured, but for what is to change.
func TestRerun(t *testing.T) {
	for _, c := range []struct {
		command, changes []string
		want             string
	}{
		{nil, nil, "authbench run stores"},
		{[]string{"./bin/authbench", "run", "-q", "stores", "--out", "results/stores", "--seed", "4"}, nil, "authbench run stores"},
		{[]string{"authbench", "run", "--out", "results/stores", "-q", "dir/stores.yaml"}, nil, "authbench run dir/stores.yaml"},
		{[]string{"authbench", "run", "--out=results/stores", "stores"}, nil, "authbench run stores"},
		{[]string{"authbench", "run", "stores", "--arms", "a,b", "--set=rounds=4", "--set", "loads[open].rate=5k", "--launches=20"}, []string{"--set", "rounds=9"},
			"authbench run stores --arms a,b --set 'loads[open].rate=5k' --launches 20 --set rounds=9"},
		{[]string{"authbench", "run", "stores", "--launches", "6", "--set"}, []string{"--launches", "24"}, "authbench run stores --launches 24"},
		{[]string{"authbench", "run", "stores", "--set", "arms[a].request.headers.X=hidden:0123456789abcdef:9"}, nil, "authbench run stores"},
	} {
		if got := rerunCommand(&analysis.Summary{Scenario: "stores", Command: c.command}, c.changes...); got != c.want {
			t.Errorf("%q, %q:\ngot  %s\nwant %s", c.command, c.changes, got, c.want)
		}
	}
}
