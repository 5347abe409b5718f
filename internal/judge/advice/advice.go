package advice

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"authbench/bench"
	"authbench/internal/judge/analysis"
	"authbench/internal/result"
)

// Fit says whether an arm meets a limit, or all limits.
type Fit string

const (
	Meets Fit = "meets"
	// Open: the result does not tell.
	Open Fit = "open"
	// Misses: a measurement shows it, or the method's design implies it.
	Misses Fit = "misses"
)

// rank orders fits from best to worst.
func (f Fit) rank() int { return slices.Index([]Fit{Meets, Open, Misses}, f) }

// Advice is the answer of a result to a need.
type Advice struct {
	Scenario string          `json:"scenario"`
	Started  string          `json:"started"`
	Validity result.Validity `json:"verdict"`
	Need     Need            `json:"need"`
	// Options are the arms, those that meet all limits first, and among equals the
	// cheapest first.
	Options []Option `json:"options"`
	// TiesUnknown: the result does not tell which options differ for certain.
	TiesUnknown bool `json:"ties_unknown,omitempty"`
	// Answer and Turns are sentences: what to choose, and what would change that.
	Answer []string `json:"answer"`
	Turns  []string `json:"what_would_change_it"`
	// Gaps are the questions that the result leaves open, with the commands that answer them.
	Gaps []Gap `json:"open,omitempty"`
	// Servers is how many of each arm's ran at once, at most.
	Servers int `json:"servers"`
	// Near is what one server of the need gets, requests per second, where CPU times were
	// measured under several loads of which the nearest to it counts; 0 where there was no choice.
	Near float64 `json:"near_rps_per_server,omitempty"`
	// labels are those of all arms, by their names.
	labels  map[string]string
	pricing pricing
}

// Option is an arm, judged by a need.
type Option struct {
	Arm string `json:"arm"`
	// Label is the arm as sentences name it: see [analysis.Arm.Label].
	Label  string `json:"label"`
	Method string `json:"method"`
	Fit    Fit    `json:"fit"`
	// CPU is the CPU time per request of the server and its store, µs.
	CPU analysis.Estimate `json:"cpu_us_per_request"`
	// At says under which load CPU was measured, such as "at saturation". AtRate is the rate of
	// an open one; 0 for a closed one.
	At     string  `json:"cpu_measured"`
	AtRate float64 `json:"at_rate_rps,omitempty"`
	// Priced says of clients that exchange keys for tokens how many requests share an exchange
	// in CPU; empty for others.
	Priced string `json:"priced,omitempty"`
	// Tied has a letter for each group of options whose CPU times are not told apart;
	// empty for an option that is told apart from all others, and for one whose CPU is not
	// that of the measurement.
	Tied string `json:"tied,omitempty"`
	// Cores are the CPUs that the rate keeps busy, over all replicas.
	Cores float64 `json:"cores"`
	// Price is that of a million requests; 0 if no price was given.
	Price float64 `json:"price_per_million,omitempty"`
	// Memory is what all replicas take, bytes; 0 if it is not known.
	Memory float64 `json:"memory_bytes,omitempty"`
	// Median and P99 are response times under open load, µs, with the store as far
	// away as is asked; nil if they are not known.
	Median *float64 `json:"response_p50_us,omitempty"`
	P99    *float64 `json:"response_p99_us,omitempty"`
	Checks []Check  `json:"checks"`
	// under has the CPU time by load, priced as CPU is.
	under map[string]float64
}

// Check is one limit, and what is known of it.
type Check struct {
	Limit string `json:"limit"`
	Fit   Fit    `json:"fit"`
	Text  string `json:"text"`
	// stale is how long a revoked credential works, where that is the limit.
	stale time.Duration
	// byExpiry: it works until it expires.
	byExpiry bool
	// question is what is open; the zero value if nothing is.
	question openQuestion
}

// errInvalid is the error of an invalid result.
var errInvalid = errors.New("its numbers are not to be used: 'authbench report' says why")

// Advise sorts a result's arms from the best option to the worst, and says what to choose.
// It fails if the need makes no sense, or if the result is invalid or has no arm to choose
// from. path is the user's path to the result, for commands.
func Advise(s *analysis.Summary, n Need, path string) (*Advice, error) {
	if err := n.Check(); err != nil {
		return nil, err
	}
	if s.Validity == result.Invalid {
		return nil, errInvalid
	}
	a := &Advice{Scenario: s.Scenario, Started: s.Started, Validity: s.Validity, Need: n, labels: map[string]string{}, pricing: pricingOf(s, n)}
	if len(a.pricing.loads) > 1 {
		a.Near = n.Rate / float64(n.Replicas)
	}
	var lost []Gap
	for i := range s.Arms {
		arm := &s.Arms[i]
		a.labels[arm.Name] = arm.Label()
		a.Servers = max(a.Servers, arm.Replicas, 1)
		if !arm.Facts.Protects() {
			continue
		}
		if o, ok := a.optionOf(s, arm); ok && arm.Status == analysis.ArmOK {
			a.Options = append(a.Options, o)
		} else if arm.Status != analysis.ArmUnsafe && arm.Status != analysis.ArmShown {
			lost = append(lost, unjudgedGap(s, arm))
		}
	}
	if len(a.Options) == 0 {
		return nil, errors.New("it has no safe arm whose CPU time is known: 'authbench run stores' measures some")
	}
	slices.SortStableFunc(a.Options, func(x, y Option) int {
		return cmp.Or(cmp.Compare(x.Fit.rank(), y.Fit.rank()), cmp.Compare(x.CPU.Value, y.CPU.Value), cmp.Compare(x.Arm, y.Arm))
	})
	a.TiesUnknown = len(a.Options) > 1 && !slices.ContainsFunc(a.Options, func(o Option) bool { return o.Tied != "" })
	keepTies(a.Options)
	a.Gaps = append(gaps(s, a, path), lost...)
	a.Answer, a.Turns = answer(a), turningPoints(s.Labelled(), a)
	return a, nil
}

// keepTies drops letters that only one option has, because they mark no tie.
func keepTies(options []Option) {
	count := map[rune]int{}
	for _, o := range options {
		for _, letter := range o.Tied {
			count[letter]++
		}
	}
	for i := range options {
		options[i].Tied = strings.Map(func(letter rune) rune {
			if count[letter] < 2 {
				return -1
			}
			return letter
		}, options[i].Tied)
	}
}

// Cores are the CPUs that a rate keeps busy at a cost of micros of CPU per request.
func Cores(micros, rate float64) float64 { return micros * rate / 1e6 }

// price is that of a million requests, which take as many seconds of CPU as one takes
// microseconds.
func price(micros, coreHour float64) float64 { return micros / 3600 * coreHour }

// hoursPerMonth is a twelfth of the hours of a year.
const hoursPerMonth = 730

// PerMonth is what it costs to keep so many CPUs for a month.
func PerMonth(cores, coreHour float64) float64 { return cores * hoursPerMonth * coreHour }

func (a *Advice) optionOf(s *analysis.Summary, arm *analysis.Arm) (Option, bool) {
	n, o := a.Need, Option{Arm: arm.Name, Label: arm.Label(), Method: methodText(arm), Fit: Meets}
	if !a.pricing.costs(arm, &o) {
		return o, false
	}
	open := openLoad(arm)
	o.Cores, o.Price = Cores(o.CPU.Value, n.Rate), price(o.CPU.Value, n.CoreHour)
	o.Memory = arm.Metrics["memory_bytes"].Value * float64(n.Replicas)
	distance := addedDistance(arm, n)
	o.Median, o.P99 = shifted(open, "response_p50_us", distance), shifted(open, "response_p99_us", distance)
	o.Checks = []Check{safety(arm)}
	if n.RevocationLag != nil {
		o.Checks = append(o.Checks, revocation(arm, n))
	}
	if n.P99 > 0 {
		o.Checks = append(o.Checks, latency(s, o, open, n, distance))
	}
	for _, c := range o.Checks {
		if c.Fit.rank() > o.Fit.rank() {
			o.Fit = c.Fit
		}
	}
	return o, true
}

// openLoad is an arm's first one, empty if there is none.
func openLoad(arm *analysis.Arm) analysis.Load {
	i := slices.IndexFunc(arm.Loads, func(l analysis.Load) bool { return l.Kind == bench.Open })
	if i < 0 {
		return analysis.Load{}
	}
	return arm.Loads[i]
}

// methodText is the method with the parameters that distinguish the arms.
func methodText(arm *analysis.Arm) string {
	var words []string
	for _, name := range []string{"alg", "bits", "engine", "hash", "store", "cache_ttl", "revocation", "keys"} {
		if v, has := arm.Params[name]; has {
			words = append(words, fmt.Sprintf("%s %v", name, v))
		}
	}
	text := arm.Method
	if arm.Own {
		text = "your server, " + text
	}
	if len(words) == 0 {
		return text
	}
	return text + " (" + strings.Join(words, ", ") + ")"
}
