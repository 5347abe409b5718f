package analysis

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"authbench/bench"
	"authbench/internal/result/limit"
)

// places say where records are, by the kind of store.
var places = map[string]string{"redis": "in Redis", "postgres": "in Postgres", "bbolt": "in a file"}

// kindOf says of an arm whose credentials have records where these are, and for how long
// a cache believes them: an API key in memory is another thing than one in a store. It is
// empty for other arms, and for servers of the user's, whose records are theirs.
func kindOf(a bench.Arm, f bench.Facts) string {
	if f.Revocation != bench.RevokedByRecord || a.Target != nil {
		return ""
	}
	text := "in memory"
	if f.Asks == bench.AskedStore {
		known := false
		if text, known = places[a.Method.Params.Text("store")]; !known {
			text = "in a store"
		}
	}
	if lag := time.Duration(f.RevocationLag); lag > 0 {
		text += ", cached for " + plainly(lag)
	}
	return text
}

// plainly writes a time of whole seconds in them, as people do: 60s, and not 1m0s.
func plainly(d time.Duration) string {
	if d%time.Second == 0 && d <= 10*time.Minute {
		return strconv.Itoa(int(d/time.Second)) + "s"
	}
	return d.String()
}

// Label is the arm as people are shown it: its name and, as far as that does not say it
// already, its kind. Each part of a kind is in its last word.
func (a *Arm) Label() string {
	var untold []string
	for _, part := range strings.Split(a.Kind, ", ") {
		last := part[strings.LastIndexByte(part, ' ')+1:]
		if !strings.Contains(strings.ToLower(a.Name), strings.ToLower(last)) {
			untold = append(untold, part)
		}
	}
	if a.Kind == "" || len(untold) == 0 {
		return a.Name
	}
	return a.Name + " (" + strings.Join(untold, ", ") + ")"
}

// Labelled returns a copy in which all arms have their labels for names. It is for
// reading: what addresses an arm, such as a command, needs its name.
func (s *Summary) Labelled() *Summary {
	labels := map[string]string{}
	for i := range s.Arms {
		labels[s.Arms[i].Name] = s.Arms[i].Label()
	}
	out := *s
	named := func(name string) string {
		if label, known := labels[name]; known {
			return label
		}
		return name
	}
	out.Baseline = named(s.Baseline)
	out.Arms = renamed(s.Arms, func(a *Arm) { a.Name = named(a.Name) })
	out.Warnings = renamed(s.Warnings, func(w *bench.Warning) { w.Arm = named(w.Arm) })
	out.Limits = renamed(s.Limits, func(j *limit.Judged) { j.Arm = named(j.Arm) })
	out.Contrasts = renamed(s.Contrasts, func(c *Contrast) { c.Arm, c.Versus = named(c.Arm), named(c.Versus) })
	out.Staleness = renamed(s.Staleness, func(one *Staleness) { one.Arm = named(one.Arm) })
	out.Fronts = renamed(s.Fronts, func(f *Front) {
		f.Choices = renamed(f.Choices, func(name *string) { *name = named(*name) })
		f.Told = renamed(f.Told, func(name *string) { *name = named(*name) })
		beaten := map[string]string{}
		for arm, by := range f.Beaten {
			beaten[named(arm)] = named(by)
		}
		f.Beaten = beaten
	})
	out.Reversals = renamed(s.Reversals, func(r *Reversal) { r.Arm, r.Versus = named(r.Arm), named(r.Versus) })
	out.Ladders = renamed(s.Ladders, func(l *Ladder) {
		l.Arm = named(l.Arm)
		l.Steps = renamed(l.Steps, func(step *Step) { step.Arm = named(step.Arm) })
	})
	out.Exchanges = renamed(s.Exchanges, func(e *Exchange) {
		e.Verify, e.Part = named(e.Verify), named(e.Part)
		e.Coupled = renamed(e.Coupled, func(c *Coupled) { c.Arm = named(c.Arm) })
		e.Against = renamed(e.Against, func(p *ExchangePays) { p.Arm = named(p.Arm) })
	})
	out.BreakEvens = renamed(s.BreakEvens, func(b *BreakEven) {
		b.Arm = named(b.Arm)
		b.Series = renamed(b.Series, func(name *string) { *name = named(*name) })
	})
	return &out
}

// Labelled is [Summary.Labelled] with what the figures draw.
func (a *Analysis) Labelled() *Analysis {
	labels := map[string]string{}
	for i := range a.Summary.Arms {
		labels[a.Summary.Arms[i].Name] = a.Summary.Arms[i].Label()
	}
	return &Analysis{
		Summary:       *a.Summary.Labelled(),
		Distributions: renamed(a.Distributions, func(d *Distribution) { d.Arm = labels[d.Arm] }),
		Points:        renamed(a.Points, func(p *Point) { p.Arm = labels[p.Arm] }),
	}
}

// renamed returns a copy of a list whose entries were changed.
func renamed[T any](list []T, change func(*T)) []T {
	out := slices.Clone(list)
	for i := range out {
		change(&out[i])
	}
	return out
}
