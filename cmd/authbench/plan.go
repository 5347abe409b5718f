package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"authbench/bench"
	"authbench/internal/judge/analysis"
	"authbench/internal/method/all"
	"authbench/internal/text/unit"
	"authbench/internal/text/usertext"
)

// printPlan says what a run of s would do.
func printPlan(out io.Writer, s bench.Scenario) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "scenario\t%s: %s\n", s.Name, usertext.Clean(s.Question))
	fmt.Fprintf(w, "launches\t%d, after one for calibration\n", s.Launches)
	fmt.Fprintf(w, "rounds\t%d per launch and load, every arm visited once in each\n", s.Rounds)
	fmt.Fprintf(w, "slice\t%v measured, after %v to settle\n", s.Slice, s.Settle)
	for _, l := range s.Loads {
		fmt.Fprintf(w, "load\t%s\n", describeLoad(l))
	}
	for _, a := range s.Arms {
		fmt.Fprintf(w, "arm\t%s\n", describeArm(a, s.Baseline))
	}
	for _, c := range s.Contrasts {
		fmt.Fprintf(w, "contrast\t%s\n", usertext.Clean(describeContrast(c)))
	}
	for _, l := range s.Ladders {
		fmt.Fprintf(w, "ladder\t%s\n", strings.Join(l, ", then "))
	}
	for _, e := range s.Episodes {
		fmt.Fprintf(w, "episode\t%s\n", describeEpisode(e))
	}
	if found, other := s.OtherProgram(); other {
		fmt.Fprintf(w, "warning\t%s\n", found.Text)
	}
	fmt.Fprintf(w, "duration\tabout %v, and the time to mint the credentials\n", s.Duration(all.Catalogue().Facts).Round(time.Second))
	return w.Flush()
}

func describeLoad(l bench.Load) string {
	text := fmt.Sprintf("%s: %s, %d connections", l.Name, l.Kind, l.Connections)
	switch {
	case l.Kind == bench.Closed:
		return text
	case l.Kind == bench.Sweep:
		return fmt.Sprintf("%s, %s arrivals at %s of each arm's capacity", text, l.Arrivals, unit.List(l.Fractions))
	case l.Kind == bench.Ramped:
		return fmt.Sprintf("%s, %s arrivals %s, once a launch", text, l.Arrivals, analysis.RampText(l))
	case l.Kind == bench.Capacity:
		return fmt.Sprintf("%s, %s arrivals, the highest rate with %s", text, l.Arrivals, l.Objective())
	case l.Rate > 0:
		return fmt.Sprintf("%s, %s arrivals, %s requests/s", text, l.Arrivals, unit.Plain(l.Rate, 0))
	}
	return fmt.Sprintf("%s, %s arrivals at %s of the slowest arm's capacity", text, l.Arrivals, unit.Plain(l.Utilisation, 0))
}

func describeEpisode(e bench.Episode) string {
	taken := "credentials of each arm are taken back"
	if e.Event == bench.RemoveKey {
		taken = "keys are removed from the key set of each arm"
	}
	text := fmt.Sprintf("%s: %d %s within %v, beside %s requests/s; ", e.Name, e.Revocations, taken, e.Spread, unit.Plain(e.Rate, 0))
	if e.ClientRate == 0 {
		return text + "each was used just before"
	}
	return text + fmt.Sprintf("each was used %s times a second before", unit.Plain(e.ClientRate, 0))
}

func describeContrast(c bench.Contrast) string {
	text := c.Arm + " beside " + c.Versus
	if c.Says != "" {
		text += ": " + c.Says
	}
	return text
}

func describeArm(a bench.Arm, baseline string) string {
	parts := []string{fmt.Sprintf("%s: %s", a.Name, a.Method.ID)}
	if key := strings.TrimSuffix(a.Method.Params.Key(), ";"); key != "" {
		parts = append(parts, strings.ReplaceAll(key, ";", " "))
	}
	if p := a.Population; len(p.BadClasses) > 0 {
		parts = append(parts, fmt.Sprintf("%d credentials, %s bad", p.Credentials, unit.Plain(*p.BadShare, 0)))
	}
	if a.Target != nil {
		parts = append(parts, "at "+usertext.Clean(strings.TrimSpace(strings.Join(append(a.Target.Command, a.Target.URL), " "))))
	}
	if a.Servers() > 1 {
		parts = append(parts, fmt.Sprintf("%d servers", a.Servers()))
	}
	if a.Name == baseline {
		parts = append(parts, "baseline")
	}
	return strings.Join(parts, ", ")
}
