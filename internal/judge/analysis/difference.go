package analysis

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"authbench/bench"
	"authbench/internal/text/unit"
)

// Difference is one way in which two results differ besides their figures.
type Difference struct {
	About Subject `json:"about"`
	Name  string  `json:"name"`
	Old   string  `json:"old"`
	New   string  `json:"new"`
}

// Subject is what a difference is about.
type Subject string

const (
	// AboutHost: the machines differ, so that the figures compare machines.
	AboutHost Subject = "host"
	// AboutProgram: another version of authbench, of Go or of its engine.
	AboutProgram Subject = "program"
	// AboutScenario: the two runs measured different things.
	AboutScenario Subject = "scenario"
	// AboutOutcome: an arm's status, safety or wrong verdicts changed.
	AboutOutcome Subject = "outcome"
)

// differences lists what differs, in a fixed order.
func (a *Analysis) differences(now *Analysis) []Difference {
	out := Differences(a.Header, now.Header)
	for _, arm := range a.Summary.Arms {
		if i := slices.IndexFunc(now.Summary.Arms, func(b Arm) bool { return b.Name == arm.Name }); i >= 0 {
			armDifferences(arm, now.Summary.Arms[i], appendTo(&out))
		}
	}
	return out
}

// Differences lists how the circumstances of two runs differ, in a fixed order: machine,
// program, scenario.
func Differences(was, is bench.Header) []Difference {
	out := []Difference{}
	hostDifferences(was.Host, is.Host, appendTo(&out))
	programDifferences(was, is, appendTo(&out))
	scenarioDifferences(was.Scenario, is.Scenario, appendTo(&out))
	requestDifferences(was, is, appendTo(&out))
	return out
}

type adder func(about Subject, name, old, new string)

// appendTo returns an adder to a list.
func appendTo(list *[]Difference) adder {
	return func(about Subject, name, old, new string) {
		if old != new {
			*list = append(*list, Difference{about, name, orNone(old), orNone(new)})
		}
	}
}

// String is a difference in words: "Go: go1.25 → go1.26".
func (d Difference) String() string { return d.Name + ": " + d.Old + " → " + d.New }

// inWords joins differences, for the middle of a sentence.
func inWords(all []Difference) string {
	var words []string
	for _, d := range all {
		words = append(words, d.String())
	}
	return strings.Join(words, "; ")
}

func orNone(text string) string {
	if text == "" {
		return "none"
	}
	return text
}

func hostDifferences(was, is bench.Host, add adder) {
	// Kernels of slightly different versions reserve different amounts of the same memory.
	gibibytes := func(h bench.Host) string { return fmt.Sprintf("%.1f GiB", float64(h.MemoryBytes)/(1<<30)) }
	quota := func(h bench.Host) string {
		if h.CPUQuota == 0 {
			return ""
		}
		return fmt.Sprintf("%s CPUs", unit.Plain(h.CPUQuota, 0))
	}
	add(AboutHost, "system", was.OS+"/"+was.Arch, is.OS+"/"+is.Arch)
	add(AboutHost, "CPU model", was.CPUModel, is.CPUModel)
	add(AboutHost, "number of CPUs", strconv.Itoa(was.CPUs), strconv.Itoa(is.CPUs))
	add(AboutHost, "CPU quota", quota(was), quota(is))
	add(AboutHost, "memory", gibibytes(was), gibibytes(is))
	add(AboutHost, "kernel", was.Kernel, is.Kernel)
	add(AboutHost, "virtualization", was.Virtualization, is.Virtualization)
	add(AboutHost, "CPUs of servers", fmt.Sprint(was.ServerCPUs), fmt.Sprint(is.ServerCPUs))
	add(AboutHost, "CPUs of generator", fmt.Sprint(was.GeneratorCPUs), fmt.Sprint(is.GeneratorCPUs))
}

func programDifferences(was, is bench.Header, add adder) {
	add(AboutProgram, "version", was.Build.Version, is.Build.Version)
	add(AboutProgram, "revision", revision(was.Build), revision(is.Build))
	add(AboutProgram, "Go", was.Build.Go, is.Build.Go)
	add(AboutProgram, "generator engine", was.Engine, is.Engine)
	add(AboutProgram, "how the generator waits", was.Poll, is.Poll)
}

func revision(b bench.Build) string {
	if b.Modified {
		return b.Revision + ", modified"
	}
	return b.Revision
}

func scenarioDifferences(was, is bench.Scenario, add adder) {
	add(AboutScenario, "scenario", was.Name, is.Name)
	add(AboutScenario, "baseline", was.Baseline, is.Baseline)
	add(AboutScenario, "rounds", strconv.Itoa(was.Rounds), strconv.Itoa(is.Rounds))
	add(AboutScenario, "slice", was.Slice.String(), is.Slice.String())
	add(AboutScenario, "settle", was.Settle.String(), is.Settle.String())
	add(AboutScenario, "warm-up", was.Warmup.String(), is.Warmup.String())
	for _, l := range was.Loads {
		if i := slices.IndexFunc(is.Loads, func(m bench.Load) bool { return m.Name == l.Name }); i >= 0 {
			add(AboutScenario, "load "+l.Name, describeLoad(l), describeLoad(is.Loads[i]))
		}
	}
	for _, a := range was.Arms {
		if i := slices.IndexFunc(is.Arms, func(b bench.Arm) bool { return b.Name == a.Name }); i >= 0 {
			add(AboutScenario, "arm "+a.Name, describeArm(a), describeArm(is.Arms[i]))
		}
	}
}

// requestDifferences says which arms got other requests. It compares hidden values by their
// digests. Digests under two different keys cannot be compared; then it compares only the
// path and the names of the header fields.
func requestDifferences(was, is bench.Header, add adder) {
	valued := was.DigestKey != "" && was.DigestKey == is.DigestKey
	for _, a := range was.Scenario.Arms {
		if i := slices.IndexFunc(is.Scenario.Arms, func(b bench.Arm) bool { return b.Name == a.Name }); i >= 0 {
			add(AboutScenario, "arm "+a.Name+", request", describeRequest(a.Request, valued), describeRequest(is.Scenario.Arms[i].Request, valued))
		}
	}
}

// describeRequest says what is sent, with or without its values.
func describeRequest(r bench.RequestShape, valued bool) string {
	path, _, _ := strings.Cut(r.Path, "?")
	if valued {
		path = r.Path
	}
	text := r.Method + " " + path
	for _, name := range slices.Sorted(maps.Keys(r.Headers)) {
		text += ", " + name
		if valued {
			text += ": " + r.Headers[name]
		}
	}
	if r.Body != "" && valued {
		text += ", body " + r.Body
	} else if r.Body != "" {
		text += ", a body"
	}
	return text
}

// describeLoad lists those settings of a load that its figures depend on.
func describeLoad(l bench.Load) string {
	text := fmt.Sprintf("%s, %d connections", l.Kind, l.Connections)
	if l.Kind.Scheduled() {
		text += ", " + string(l.Arrivals)
	}
	switch {
	case l.Rate > 0:
		text += fmt.Sprintf(", %s requests/s", unit.Plain(l.Rate, 0))
	case l.Kind == bench.Open:
		text += fmt.Sprintf(", utilisation %s", unit.Plain(l.Utilisation, 0))
	case l.Kind == bench.Sweep:
		text += fmt.Sprintf(", %s of the capacity", unit.List(l.Fractions))
	case l.Kind == bench.Ramped:
		text += ", " + RampText(l)
	case l.Kind == bench.Capacity:
		text += ", " + l.SLO
	}
	return text
}

// describeArm lists those settings of an arm that its figures depend on. It leaves out a
// user's command or URL, which may hold a secret, and whose path differs between machines.
func describeArm(a bench.Arm) string {
	text := a.Method.ID + " " + a.Method.Params.Key()
	if p := a.Population; p != nil {
		text += fmt.Sprintf(" %d credentials, zipf %s, %s bad", p.Credentials, unit.Plain(*p.Zipf, 0), unit.Plain(*p.BadShare, 0))
	}
	if a.Target != nil {
		text += ", a server of the user's"
	}
	return text
}

// mostRatesApart is how far the rates of an open load may differ, as a share, before that
// is listed. Calibrations differ by a few per cent; at half of the capacity, 5 % more load
// makes a p99 some 5 % longer.
const mostRatesApart = 0.05

// armDifferences lists the changes in an arm's status, safety and wrong verdicts.
func armDifferences(was, is Arm, add adder) {
	name := "arm " + was.Name
	add(AboutOutcome, name, outcome(was), outcome(is))
	add(AboutOutcome, name+", attack catalogue", score(was.Conformance), score(is.Conformance))
	for _, l := range was.Loads {
		i := slices.IndexFunc(is.Loads, func(m Load) bool { return m.Name == l.Name })
		if i < 0 {
			continue
		}
		m := is.Loads[i]
		under := fmt.Sprintf("%s under %s load", name, l.Name)
		add(AboutOutcome, under+", wrong verdicts", count(l, wrongVerdicts), count(m, wrongVerdicts))
		if l.Rate > 0 && m.Rate > 0 && math.Abs(math.Log(m.Rate/l.Rate)) > mostRatesApart {
			add(AboutScenario, under+", rate", perSecond(l.Rate), perSecond(m.Rate))
		}
	}
}

func outcome(a Arm) string {
	if a.Reason == "" {
		return string(a.Status)
	}
	return string(a.Status) + ": " + a.Reason
}

func score(c *bench.Conformance) string {
	if c == nil || !c.Tested() {
		return "not run"
	}
	return fmt.Sprintf("%d of %d cases passed", c.Passed, c.Passed+c.Failed)
}

func count(l Load, metric string) string { return unit.Plain(l.Metrics[metric].Value, 0) }

// perSecond is a rate to four digits, never with an exponent.
func perSecond(rate float64) string { return unit.Plain(rate, 4) + " requests/s" }

// OtherMachine reports whether two results are from different machines, as far as they
// tell. Another kernel does not make another machine.
func OtherMachine(was, is bench.Host) bool {
	is.Kernel = was.Kernel
	var found []Difference
	hostDifferences(was, is, appendTo(&found))
	return len(found) > 0
}
