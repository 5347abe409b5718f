package bench

import (
	"maps"
	"slices"
	"time"
)

// DefaultProtocol is the protocol of a scenario that says nothing else.
//
//   - 10 launches: the exact signed-rank interval over 10 numbers covers 95.1 %.
//   - 8 rounds of 100 ms: the noise of a shared machine is 1/f, so many short
//     adjacent slices average it and few long ones do not.
//   - 20 ms settle: the caches of the CPU and the connections of this arm are
//     warm again after the other arms' slices.
var DefaultProtocol = Protocol{
	Launches: 10,
	Rounds:   8,
	Slice:    Duration(100 * time.Millisecond),
	Settle:   Duration(20 * time.Millisecond),
	Warmup:   Duration(150 * time.Millisecond),
}

// DefaultPopulation returns the population of a scenario that says nothing else:
// 10,000 credentials, popular as web resources are, one request in a hundred bad.
func DefaultPopulation() Population {
	zipf, bad := 0.99, 0.01
	return Population{Credentials: 10_000, Zipf: &zipf, BadShare: &bad}
}

const (
	// defaultConnections keeps a server core saturated: with fewer than about
	// 16, the generator's turn-around would show in the throughput.
	defaultConnections = 32
	// defaultOpenConnections is how many requests of an open load may be
	// unanswered at once before they queue on our side.
	defaultOpenConnections = 64
	// defaultUtilisation is where queueing is present but does not dominate.
	defaultUtilisation  = 0.5
	defaultTimeout      = Duration(5 * time.Second)
	defaultReadyTimeout = Duration(10 * time.Second)
)

// defaultFractions begin where there is no queue and end where there is little
// else; a tenth more would be the capacity itself, where nothing is stationary.
var defaultFractions = []float64{0.1, 0.3, 0.5, 0.7, 0.8, 0.9}

// defaultLoads returns one closed and one open load.
func defaultLoads() []Load {
	return []Load{{Name: "closed", Kind: Closed}, {Name: "open", Kind: Open}}
}

// WithDefaults returns a deep enough copy of s in which everything that was left
// out has its default: the copy shares nothing with s that either may write. It
// expects a scenario that [Scenario.Validate] found good.
func (s Scenario) WithDefaults(c Catalogue) Scenario {
	s.Protocol = s.Protocol.withDefaults()
	s.Population = s.Population.withDefaults(DefaultPopulation())
	if len(s.Loads) == 0 {
		s.Loads = defaultLoads()
	}
	loads := make([]Load, len(s.Loads))
	for i, l := range s.Loads {
		loads[i] = l.withDefaults()
	}
	s.Loads = loads
	s.Episodes = slices.Clone(s.Episodes)
	for i, e := range s.Episodes {
		s.Episodes[i] = e.withDefaults()
	}
	arms := make([]Arm, len(s.Arms))
	for i, a := range s.Arms {
		arms[i] = a.withDefaults(c, s.Population)
	}
	s.Arms = arms
	return s
}

func (p Protocol) withDefaults() Protocol {
	fill(&p.Launches, DefaultProtocol.Launches)
	fill(&p.Rounds, DefaultProtocol.Rounds)
	fill(&p.Slice, DefaultProtocol.Slice)
	fill(&p.Settle, DefaultProtocol.Settle)
	fill(&p.Warmup, DefaultProtocol.Warmup)
	return p
}

func (p Population) withDefaults(d Population) Population {
	fill(&p.Credentials, d.Credentials)
	fill(&p.Zipf, d.Zipf)
	fill(&p.BadShare, d.BadShare)
	if len(p.BadClasses) == 0 {
		p.BadClasses = d.BadClasses
	}
	return p
}

func (l Load) withDefaults() Load {
	fill(&l.Timeout, defaultTimeout)
	if l.Kind == Closed {
		fill(&l.Connections, defaultConnections)
		return l
	}
	fill(&l.Connections, defaultOpenConnections)
	fill(&l.Arrivals, Poisson)
	if l.Kind == Open && l.Rate == 0 {
		fill(&l.Utilisation, defaultUtilisation)
	}
	if l.Kind == Sweep {
		if len(l.Fractions) == 0 {
			l.Fractions = defaultFractions
		}
		l.Fractions = slices.Clone(l.Fractions)
	}
	return l
}

func (a Arm) withDefaults(c Catalogue, scenario Population) Arm {
	fill(&a.Request.Method, "GET")
	fill(&a.Request.Path, "/")
	if a.Target != nil && len(a.Target.Command) > 0 {
		t := *a.Target
		fill(&t.Ready.Timeout, defaultReadyTimeout)
		a.Target = &t
	}
	own := scenario
	if a.Population != nil {
		own = a.Population.withDefaults(scenario)
	}
	spec, _ := findMethod(c, a.Method.ID)
	own.BadClasses = badClasses(own.BadClasses, spec.classes(a.Method.Params))
	a.Population = &own
	a.Method.Params = spec.withDefaults(a.Method.Params)
	if a.Target != nil { // how it verifies, no default of ours can tell
		maps.DeleteFunc(a.Method.Params, func(name string, _ any) bool { return slices.Contains(spec.Verifying, name) })
	}
	return a
}

// Completed returns s, as a result holds it, with the parameters that methods have gained
// since it was measured: their defaults stand for what was done before there was a choice.
func (s Scenario) Completed(c Catalogue) Scenario {
	s.Arms = slices.Clone(s.Arms)
	for i, a := range s.Arms {
		spec, _ := findMethod(c, a.Method.ID)
		s.Arms[i].Method.Params = spec.withDefaults(a.Method.Params)
	}
	return s
}

// badClasses keeps the wanted classes that the method can mint, or all of its
// bad ones that are not hostile if none is named.
func badClasses(wanted, has []Class) []Class {
	var kept []Class
	for _, c := range has {
		if c == Valid {
			continue
		}
		for _, w := range wanted {
			if w == c {
				kept = append(kept, c)
			}
		}
		if len(wanted) == 0 && !c.Hostile() {
			kept = append(kept, c)
		}
	}
	return kept
}

// withDefaults returns a copy of p with every parameter that has a default.
func (m MethodSpec) withDefaults(p Params) Params {
	out := maps.Clone(p)
	if out == nil {
		out = Params{}
	}
	for _, spec := range m.Params {
		if _, set := out[spec.Name]; !set && spec.Default != "" {
			out[spec.Name] = spec.Parse(spec.Default)
		}
	}
	return out
}

// fill sets *field to value where it still is zero.
func fill[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}
