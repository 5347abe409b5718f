package limit

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"authbench/bench"
	"authbench/internal/text/unit"
)

// Limit is a bound that a user puts on a figure: "[ARM:][CLASS.]METRIC>VALUE" or with
// "<". It is broken by a figure beyond it.
type Limit struct {
	Text   string
	Arm    string      // empty: every arm
	Class  bench.Class // empty: requests of all classes
	Metric Metric
	Above  bool // broken above Value, else below
	// Value is in the metric's base unit; a share of the old figure if Change.
	Value  float64
	Change bool
}

// Scope is what a command can measure, and limits may therefore be on.
type Scope struct {
	// Name is what measures, as a part of a sentence: "a load test".
	Name   string
	Source Source
	// Arms are the names of the arms; nil if there are none.
	Arms []string
	// Lacks says why a metric cannot be measured; "" if it can.
	Lacks func(Metric) string
	// Classes says that credentials with classes are sent.
	Classes bool
	// Change says that limits are on how far a figure changed, in per cent.
	Change bool
}

var limitPattern = regexp.MustCompile(`^(?:([^:<>\s]+)\s*:)?\s*([A-Za-z0-9_.-]+)\s*([<>])\s*([^<>=\s].*)$`)

// Parse reads limits as users write them, and checks that the scope can judge each. Its errors
// name the flag and say what would be right.
func Parse(texts []string, s Scope) ([]Limit, error) {
	var out []Limit
	for _, text := range texts {
		l, err := s.parse(strings.TrimSpace(text))
		if err != nil {
			return nil, fmt.Errorf("--fail-on %q: %w", text, err)
		}
		out = append(out, l)
	}
	return out, nil
}

func (s Scope) parse(text string) (Limit, error) {
	parts := limitPattern.FindStringSubmatch(text)
	if parts == nil {
		return Limit{}, fmt.Errorf("write METRIC>VALUE or METRIC<VALUE, such as %s", s.examples())
	}
	l := Limit{Text: text, Arm: parts[1], Above: parts[3] == ">", Change: s.Change}
	if err := s.checkArm(l.Arm); err != nil {
		return l, err
	}
	if err := s.metric(&l, parts[2]); err != nil {
		return l, err
	}
	return l, s.value(&l, parts[4])
}

func (s Scope) examples() string {
	switch {
	case s.Change:
		return "'cpu>5%' or 'apikey:throughput<-5%'"
	case s.Arms == nil:
		return "'p99>2ms', 'errors>0' or 'status_5xx>0'"
	}
	return "'p99>2ms', 'apikey:cpu>20us' or 'errors>0'"
}

func (s Scope) checkArm(arm string) error {
	switch {
	case arm == "" || slices.Contains(s.Arms, arm):
		return nil
	case s.Arms == nil && bench.Class(arm).Index() >= 0:
		return fmt.Errorf("write a class with a dot: %s.METRIC", arm)
	case s.Arms == nil:
		return fmt.Errorf("%s has no arms: leave %q out", s.Name, arm+":")
	}
	return fmt.Errorf("there is no arm %q: %s", arm, bench.DidYouMean(arm, s.Arms))
}

// metric finds a metric, of a class if the name says so: "valid.status_401".
func (s Scope) metric(l *Limit, name string) error {
	m, known := Find(name)
	if class, rest, dotted := strings.Cut(name, "."); dotted && !known {
		l.Class = bench.Class(class)
		name = rest
		if l.Class.Index() < 0 {
			var classes []string
			for _, c := range bench.Classes {
				classes = append(classes, string(c))
			}
			return fmt.Errorf("%q is no class of credentials: %s", class, bench.DidYouMean(class, classes))
		}
		m, known = Find(name)
	}
	l.Metric = m
	switch {
	case !known:
		return fmt.Errorf("there is no metric %q: %s", name, s.suggest(name))
	case m.Source&s.Source == 0:
		return fmt.Errorf("%s has no %s: %s", s.Name, name, s.suggest(""))
	case s.Change && m.Counted:
		return fmt.Errorf("%s does not compare counts: limit %s in 'run' or 'load'", s.Name, name)
	case l.Class != "" && !m.PerClass:
		return fmt.Errorf("%s is not counted by class: only success and status_… are", name)
	case l.Class != "" && !s.Classes:
		return fmt.Errorf("%s sends no credentials, so that no answer is to one of class %s: leave %q out, or give --credentials", s.Name, l.Class, string(l.Class)+".")
	}
	if why := s.Lacks(m); why != "" {
		return fmt.Errorf("%s has no %s: %s", s.Name, name, why)
	}
	return nil
}

// suggest names the metric that was meant, or those that are used most.
func (s Scope) suggest(name string) string {
	var near, some []string
	for _, n := range Names(s.Source) {
		m, _ := Find(n)
		if s.Lacks(m) != "" || s.Change && m.Counted {
			continue
		}
		near = append(near, n)
		if n == m.Short || n == "success" || n == "errors" || n == "status_5xx" || s.Source == Load && n == "service_p99_us" {
			some = append(some, n)
		}
	}
	text := "there are " + strings.Join(some, ", ") + " and others"
	if found := bench.Nearest(name, near); found != "" {
		text = fmt.Sprintf("did you mean %q? There are %s and others", found, strings.Join(some, ", "))
	}
	return text + "; 'authbench list metrics' lists all"
}

// value reads the bound, and refuses one that no figure can break.
func (s Scope) value(l *Limit, text string) error {
	quantity := l.Metric.Unit
	if s.Change {
		quantity = unit.Share
	}
	var err error
	if l.Value, err = quantity.Parse(text); err != nil {
		return err
	}
	lowest := 0.0
	if s.Change {
		lowest = -1 // nothing can fall by more than 100 %
	}
	switch {
	case l.Value < lowest, l.Value == lowest && !l.Above:
		return fmt.Errorf("no figure can break it: %s is never below %s", l.Metric.Name, quantity.Format(lowest))
	case !s.Change && quantity == unit.Share && (l.Value > 1 || l.Value == 1 && l.Above):
		return fmt.Errorf("%s is never above 100 %%: write a lower share", l.Metric.Name)
	}
	return nil
}
