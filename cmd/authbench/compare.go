package main

import (
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"authbench/internal/judge/analysis"
	"authbench/internal/method/all"
	"authbench/internal/result"
	"authbench/internal/result/limit"
	"authbench/internal/show/export"
	"authbench/internal/show/report"
)

// compareFlags are the flags of 'authbench compare'.
type compareFlags struct {
	failOn []string
	output outputFlags
}

func compareCommand() *cobra.Command {
	var f compareFlags
	c := &cobra.Command{
		Use:   "compare OLD NEW",
		Short: "Puts two results side by side",
		Long: `compare reads two result directories, or result.jsonl files, and shows every
figure that both have, by how much it changed, and what else differs: machines,
programs, what was asked, what became of the arms.

Results that were taken one after the other compare badly on a shared machine,
so that nothing fails unless --fail-on says so.`,
		Example: `  authbench compare results/published/2026-11-30-quick results/20260101T120000Z-quick-1a2b3c
  authbench compare OLD NEW --fail-on 'cpu>5%' --fail-on 'jwt-rs256:throughput<-10%'
  authbench compare OLD NEW -o benchfmt > both.txt && benchstat -col side both.txt
  authbench compare OLD NEW -o csv > both.csv`,
		Args: exactArgs(2, "name two result directories, the old one first"),
		RunE: func(c *cobra.Command, args []string) error {
			return compareResults(c.OutOrStdout(), args[0], args[1], f)
		},
	}
	c.Flags().StringArrayVar(&f.failOn, "fail-on", nil, "exit 1 if a figure changed beyond a limit, such as 'cpu>5%' or 'apikey:throughput<-5%' (repeatable)")
	f.output.registerForms(c, append([]string{"text", "json", "markdown"}, exportForms...)...)
	return c
}

func compareResults(w io.Writer, oldPath, newPath string, f compareFlags) error {
	older, err := analyzeResult(oldPath)
	if err != nil {
		return err
	}
	newer, err := analyzeResult(newPath)
	if err != nil {
		return err
	}
	changes := analysis.Compare(older, newer)
	limits, err := limit.Parse(f.failOn, changes.Scope())
	if err != nil {
		return usageError(err)
	}
	changes.Limits = limit.Judge(limits, changes.Subjects())
	changes.Old.Path, changes.New.Path = oldPath, newPath
	if slices.Contains(exportForms, f.output.format) {
		err = f.output.export(w, export.Two(older, newer), changes.Changes)
	} else {
		err = f.output.printChanges(w, changes)
	}
	if err != nil {
		return err
	}
	return judgeChanges(changes)
}

func analyzeResult(path string) (*analysis.Analysis, error) {
	run, err := readResult(path)
	if err != nil {
		return nil, err
	}
	a, err := analysis.Analyze(run)
	if err != nil {
		return nil, fmt.Errorf("analyse %s: %w", path, err)
	}
	return a, nil
}

// readResult reads a result directory, or a result file in any other place. It adds the
// parameters that methods have gained since.
func readResult(path string) (*result.Run, error) {
	read := result.Read
	if info, err := os.Stat(path); err == nil && !info.IsDir() {
		read = result.ReadFile
	}
	run, err := read(path)
	if err != nil {
		return nil, usageError(err)
	}
	run.Header.Scenario = run.Header.Scenario.Completed(all.Catalogue())
	return run, nil
}

func (o outputFlags) printChanges(w io.Writer, c *analysis.Changes) error {
	switch o.format {
	case "json":
		return report.JSON(w, c)
	case "markdown":
		return report.ChangesMarkdown(w, c)
	}
	return report.Changes(w, c, o.terminal(w))
}

// judgeChanges turns broken limits into the command's error. With limits, an invalid result is
// an error, too.
func judgeChanges(c *analysis.Changes) error {
	v := commandVerdict{limits: c.Limits}
	if len(v.limits) == 0 {
		return nil
	}
	for _, side := range []analysis.Side{c.Old, c.New} {
		if side.Validity == result.Invalid {
			v.invalid = fmt.Sprintf("--fail-on: the result %s is invalid: 'authbench report' says why", side.Path)
		}
	}
	return v.err()
}
