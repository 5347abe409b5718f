package conform

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"unicode"
)

// Table writes one line per method: whether it is safe, and how many of the cases that do
// not gate it passed.
func Table(w io.Writer, scores []*Score) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprint(t, "method\tgate\tcases\tfalse accepts\tfalse rejects\tskipped")
	for _, i := range scored {
		fmt.Fprintf(t, "\t%s", i)
	}
	fmt.Fprintln(t)
	for _, s := range scores {
		all := s.Count(All)
		fmt.Fprintf(t, "%s\t%s\t%s\t%d\t%d\t%d", s.Name(), s.gateText(), ratio(all), all.FalseAccepts, all.FalseRejects, all.Skipped)
		for _, i := range scored {
			fmt.Fprintf(t, "\t%s", ratio(s.Count(Of(i))))
		}
		fmt.Fprintln(t)
	}
	return t.Flush()
}

// Legend says what the failures of a table mean that make no method unsafe; nothing where
// there are none.
func Legend(w io.Writer, scores []*Score) error {
	var out strings.Builder
	for _, i := range scored {
		if slices.ContainsFunc(scores, func(s *Score) bool { return s.Count(Of(i)).Failed > 0 }) {
			fmt.Fprintf(&out, "  %-14s %s\n", i, i.meaning())
		}
	}
	if out.Len() == 0 {
		return nil
	}
	_, err := fmt.Fprintf(w, "\nThese cases are failed, too, and make no method unsafe:\n%s", out.String())
	return err
}

// gateText is how many of the gating cases passed. If none was judged it does not say
// "safe": a subject that met no attack has resisted none.
func (s *Score) gateText() string {
	switch c := s.gating(); {
	case c.Failed > 0:
		return "UNSAFE " + ratio(c)
	case c.Undecided > 0:
		return fmt.Sprintf("unknown, %d undecided", c.Undecided)
	case c.judged() == 0:
		return ratio(c)
	default:
		return "safe " + ratio(c)
	}
}

func ratio(c Count) string {
	if c.judged() == 0 {
		return "-"
	}
	return fmt.Sprintf("%d/%d", c.Passed, c.judged())
}

// Detail writes a score by impact and class, then each case that failed or was skipped,
// and what could not be judged.
func Detail(w io.Writer, s *Score) error {
	var out strings.Builder
	fmt.Fprintf(&out, "%s\n", s.Name())
	out.WriteString(groups("by impact", impacts(), func(i Impact) Count { return s.Count(Of(i)) }))
	out.WriteString(groups("by class", s.classes(), func(class string) Count {
		return s.Count(func(c *Case) bool { return c.Class == class })
	}))
	for _, v := range s.Failed() {
		v.describe(&out)
	}
	for _, v := range s.Skipped() {
		fmt.Fprintf(&out, "  skipped  %s  %s\n             %s\n", v.Case.ID, printable(v.Case.Title), printable(strings.Join(v.Skips, "; ")))
	}
	s.undecided(&out)
	s.notes(&out)
	_, err := io.WriteString(w, out.String())
	return err
}

// groups writes counts in one line. It leaves out groups without a judged case.
func groups[T ~string](title string, names []T, count func(T) Count) string {
	var parts []string
	for _, name := range names {
		c := count(name)
		if c.judged() == 0 {
			continue
		}
		text := fmt.Sprintf("%s %s", name, ratio(c))
		if c.FalseAccepts+c.FalseRejects > 0 {
			text += fmt.Sprintf(" (%d let in, %d locked out)", c.FalseAccepts, c.FalseRejects)
		}
		parts = append(parts, printable(text))
	}
	return fmt.Sprintf("  %-9s  %s\n", title, strings.Join(parts, ", "))
}

// Name names what was examined: an arm, or a method.
func (s *Score) Name() string {
	if s.Arm != "" {
		return fmt.Sprintf("%s (%s)", s.Arm, Name(s.Method))
	}
	return Name(s.Method)
}

// undecided writes which cases are undecided, for each reason.
func (s *Score) undecided(out *strings.Builder) {
	var reasons []string
	ids := map[string][]string{}
	for _, v := range s.Verdicts {
		for _, why := range v.Undecided {
			reasons = appendNew(reasons, why)
			ids[why] = append(ids[why], v.Case.ID)
		}
	}
	for _, why := range reasons {
		fmt.Fprintf(out, "  undecided  %s\n             %s\n", printable(why), strings.Join(ids[why], ", "))
	}
}

// describe writes a case that failed: its title, what came back, its recipe and the
// specifications that demand it.
func (v *CaseResult) describe(out *strings.Builder) {
	fmt.Fprintf(out, "  failed   %s  %s: %s\n", v.Case.ID, v.impactText(), printable(v.Case.Title))
	for _, f := range mergeSurfaces(v.Failures) {
		fmt.Fprintf(out, "             %s\n", printable(f.text()))
	}
	if v.Case.Recipe.tree != nil {
		fmt.Fprintf(out, "             recipe: %s\n", printable(v.Case.Summary()))
	}
	if len(v.Case.Source) > 0 {
		fmt.Fprintf(out, "             source: %s\n", printable(strings.Join(v.Case.Source, "; ")))
	}
}

// impactText is the impact. It marks a gating impact that does not gate here because all
// failures are mild.
func (v *CaseResult) impactText() string {
	if v.Case.Impact.gating() && !v.Gating() {
		return string(v.Case.Impact) + " (does not gate here)"
	}
	return string(v.Case.Impact)
}

// mergedFailure is one failure, with all surfaces that showed the same.
type mergedFailure struct {
	Failure
	surfaces string
}

// text says what happened, and where.
func (f mergedFailure) text() string {
	where := f.surfaces
	if f.SubCase != "" {
		where += ", sub-case " + f.SubCase
	}
	return fmt.Sprintf("%s: %s (%s)", f.Fault, f.Got, where)
}

// maxHappened is how many failed sub-cases the line of a case lists.
const maxHappened = 3

// failureLine lists a case's failures in one line.
func failureLine(failures []Failure) string {
	all := mergeSurfaces(failures)
	var texts []string
	for _, f := range all[:min(len(all), maxHappened)] {
		texts = append(texts, f.text())
	}
	text := printable(strings.Join(texts, "; "))
	if more := len(all) - len(texts); more > 0 {
		text += fmt.Sprintf("; and %d more sub-cases", more)
	}
	return text
}

func mergeSurfaces(failures []Failure) []mergedFailure {
	var out []mergedFailure
next:
	for _, f := range failures {
		for i := range out {
			if o := &out[i]; o.SubCase == f.SubCase && o.Fault == f.Fault && o.Got == f.Got {
				o.surfaces += " and " + string(f.Surface)
				continue next
			}
		}
		out = append(out, mergedFailure{f, string(f.Surface)})
	}
	return out
}

// notes writes how the subject decides what specifications leave open, and what was not
// judged.
func (s *Score) notes(out *strings.Builder) {
	for _, v := range s.Verdicts {
		if len(v.Choices) > 0 {
			fmt.Fprintf(out, "  choice   %s  %s: %s\n", v.Case.ID, printable(v.Case.Title), strings.Join(v.Choices, " and "))
		}
		if len(v.Unjudged) > 0 {
			fmt.Fprintf(out, "  unjudged %s  %s\n", v.Case.ID, strings.Join(v.Unjudged, ", "))
		}
	}
}

// summaryBytes is how much of a recipe is shown: one or two lines of a terminal.
const summaryBytes = 200

// Summary is a case's recipe in one line.
func (c *Case) Summary() string {
	text, err := encodeTree(c.Recipe.tree)
	if err != nil {
		return err.Error()
	}
	if len(text) > summaryBytes {
		return strings.ToValidUTF8(string(text[:summaryBytes]), "") + "…"
	}
	return string(text)
}

// printable makes text safe for a terminal: catalogues and servers' answers may hold anything.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return unicode.ReplacementChar
	}, text)
}
