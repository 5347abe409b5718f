package advice

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	"authbench/bench"
	"authbench/internal/judge/analysis"
	"authbench/internal/text/unit"
	"authbench/internal/text/usertext"
)

// Gap is what a result leaves open, and what would close it.
type Gap struct {
	// Arms are those that it is open of; empty for all.
	Arms []string `json:"arms,omitempty"`
	// Limit is the one that cannot be judged.
	Limit string `json:"limit,omitempty"`
	// Open is what is not known, as what follows a colon.
	Open string   `json:"open"`
	Ways []Remedy `json:"ways"`
}

// Remedy is a command that closes a gap, and when it does.
type Remedy struct {
	When    string `json:"when"`
	Command string `json:"command"`
}

// openQuestion is what a check leaves open of an arm.
type openQuestion struct {
	kind questionKind
	open string // as [Gap.Open]
	// factor is how many times as many launches, or rounds, would tell.
	factor float64
	// rate is one that the arm can take, requests per second.
	rate float64
}

type questionKind int

const (
	unexamined questionKind = iota // the run did not ask
	untestable                     // the run asked in vain
	unknown                        // the result is older than the facts
	spreading                      // how news reaches replicas is no property of a method
	unmeasured                     // nothing was sent at a rate
	tooFew                         // too few requests for a p99
	tooSlow                        // the arm could not take the rate
	withheld                       // measured, and not to be used
	undecided                      // the interval holds the limit
)

// gaps collects what the checks of the options leave open. An arm that misses another
// limit is none any more, whatever is open of it.
func gaps(s *analysis.Summary, a *Advice, result string) []Gap {
	var out []Gap
	var questions [][]openQuestion
	for _, o := range a.Options {
		if o.Fit == Misses {
			continue
		}
		for _, c := range o.Checks {
			if c.Fit != Open {
				continue
			}
			i := slices.IndexFunc(out, func(g Gap) bool { return g.Limit == c.Limit && g.Open == c.question.open })
			if i < 0 {
				i = len(out)
				out, questions = append(out, Gap{Limit: c.Limit, Open: c.question.open}), append(questions, nil)
			}
			out[i].Arms, questions[i] = append(out[i].Arms, o.Arm), append(questions[i], c.question)
		}
	}
	for i := range out {
		out[i].Ways = remedies(s, a.Need, result, out[i].Arms, questions[i])
	}
	return append(out, unlikeMeasured(s, a.Need)...)
}

// unjudgedGap is the gap that an arm leaves which is no option: nothing is known of it, or
// not what it costs.
func unjudgedGap(s *analysis.Summary, arm *analysis.Arm) Gap {
	g := Gap{Arms: []string{arm.Name}, Open: "what it costs, because the CPU time of its server is not known, or not to be used",
		Ways: []Remedy{{"to measure it again", rerunCommand(s)}}}
	if arm.Status != analysis.ArmOK {
		g.Open = fmt.Sprintf("anything, because it is %s: %s", arm.Status.Word(), arm.Reason)
	}
	return g
}

// remedies are the commands that answer a question about some arms.
func remedies(s *analysis.Summary, n Need, result string, arms []string, asked []openQuestion) []Remedy {
	most, rate := asked[0].factor, asked[0].rate
	for _, q := range asked {
		most, rate = max(most, q.factor), min(rate, q.rate)
	}
	rounds := "rounds=" + strconv.Itoa(int(min(mostRounds, math.Ceil(most*float64(max(1, s.Protocol.Rounds))))))
	switch asked[0].kind {
	case untestable:
		return []Remedy{{"to see what an examination needs", usertext.CommandLine([]string{"authbench", "verify", scenarioOf(s)})}}
	case spreading:
		return replicaLagRemedies(s, n, result, arms)
	case unmeasured:
		return []Remedy{{"to measure response times, too", rerunCommand(s, "--set", "loads=[{name: closed, kind: closed}, {name: open, kind: open}]")}}
	case tooFew:
		return []Remedy{{"to measure enough requests", rerunCommand(s, "--set", rounds)}}
	case tooSlow:
		return []Remedy{{"to measure at a rate that all arms can take", rerunCommand(s, "--set", "loads["+openName(s)+"].rate="+unit.Plain(rate, 0), "--set", rounds)}}
	case undecided:
		launches := min(max(usefulLaunches, 2*s.Launches), mostLaunches, int(min(mostLaunches, math.Round(most*float64(s.Launches)))))
		return []Remedy{{"to make the interval narrower with more launches", rerunCommand(s, "--launches", strconv.Itoa(launches))}}
	}
	return []Remedy{{"to measure it again", rerunCommand(s)}}
}

const (
	// mostRounds and mostLaunches are the most that a scenario may have.
	mostRounds   = 10_000
	mostLaunches = 1000
	// usefulLaunches: with so many launches an interval is a third as wide as with ten. What
	// it does not decide then may never be decided.
	usefulLaunches = 100
)

// replicaLagRemedies: the user knows it; or the records go where all replicas see them.
func replicaLagRemedies(s *analysis.Summary, n Need, result string, arms []string) []Remedy {
	n.ReplicaLag = n.RevocationLag
	out := []Remedy{{fmt.Sprintf("if you know that all replicas hear of it within %s, say so", unit.Time(*n.RevocationLag)),
		usertext.CommandLine(append([]string{"authbench", "advise", result}, n.flags()...))}}
	var sets []string
	for _, a := range s.Arms {
		if slices.Contains(arms, a.Name) && a.Facts.Asks == bench.AskedMemory && !a.Own {
			sets = append(sets, "--set", "arms["+a.Name+"].method.store=redis")
		}
	}
	if len(sets) > 0 {
		out = append(out, Remedy{"to measure it with the records in a store that all replicas ask", rerunCommand(s, sets...)})
	}
	return out
}

// openName is the name of the open load.
func openName(s *analysis.Summary) string {
	for _, a := range s.Arms {
		for _, l := range a.Loads {
			if l.Kind == bench.Open {
				return l.Name
			}
		}
	}
	return ""
}

// unlikeMeasured are the parts of a need that a result measured in another way.
func unlikeMeasured(s *analysis.Summary, n Need) []Gap {
	var sets []string
	if n.Clients > 0 {
		sets = append(sets, "--set", "population.credentials="+strconv.Itoa(n.Clients))
	}
	if n.BadShare != nil {
		sets = append(sets, "--set", "population.bad_share="+unit.Plain(*n.BadShare, 0))
	}
	if len(sets) == 0 {
		return nil
	}
	return []Gap{{Open: "what the arms cost with the credentials of your clients, because the scenario has others",
		Ways: []Remedy{{"to measure with yours", rerunCommand(s, sets...)}}}}
}

// openSentence says in the answer what keeps options from being an answer; nothing of a
// gap that no limit has.
func openSentence(a *Advice, g Gap) string {
	if g.Limit == "" {
		return ""
	}
	return fmt.Sprintf("Not known of %s: %s.", listed(a.Labels(g.Arms)), g.Open)
}

// Labels are the labels of arms, by their names.
func (a *Advice) Labels(arms []string) []string {
	out := make([]string, len(arms))
	for i, arm := range arms {
		out[i] = a.labels[arm]
	}
	return out
}
