package report

import (
	"cmp"
	"fmt"
	"slices"

	"authbench/internal/result"
	"authbench/internal/text/unit"
	"authbench/internal/text/usertext"
)

// mostRows is how many workers a terminal shows: those of which something is doubtful, and
// of the others the first.
const mostRows = 20

// workerHeads are the columns of a fleet's table.
var workerHeads = []string{"worker", "verdict", "share", "answered", "failed", "p50", "p99", "lag p99", "busy", "clock ±"}

// workerRows are a load test's workers as a table; the first row holds the heads.
func workerRows(all []result.Worker) [][]string {
	rows := [][]string{workerHeads}
	for _, w := range all {
		if w.Lost {
			row := make([]string, len(workerHeads))
			for i := range row {
				row[i] = "–"
			}
			row[0], row[1], row[2] = usertext.Clean(w.Name), "lost", unit.About(w.Share)
			rows = append(rows, row)
			continue
		}
		of := func(d *result.Spread, value func(*result.Spread) float64) string {
			if d == nil {
				return "–"
			}
			return unit.Micros(value(d))
		}
		p50, p99 := func(d *result.Spread) float64 { return d.P50 }, func(d *result.Spread) float64 { return d.P99 }
		rows = append(rows, []string{
			usertext.Clean(w.Name), string(w.Validity), unit.About(w.Share), unit.Rate(w.Throughput), unit.Count(w.Failures),
			of(w.Times, p50), of(w.Times, p99), of(w.Lag, p99), unit.About(w.GeneratorBusy), unit.Micros(w.ClockError),
		})
	}
	return rows
}

// workers writes a row for each worker.
func (p *printer) workers(all []result.Worker) {
	if len(all) == 0 {
		return
	}
	shown := slices.Clone(all)
	slices.SortStableFunc(shown, func(a, b result.Worker) int { return cmp.Compare(worry(b), worry(a)) })
	shown = shown[:min(len(shown), mostRows)]
	p.blank()
	p.line(p.paint(strong, "Workers"))
	rows := workerRows(shown)
	p.grid(rows, widthsOf(rows))
	if n := len(all) - len(shown); n > 0 {
		p.text("  ", fmt.Sprintf("and %d more, in the JSON and on the page", n))
	}
	p.text("  ", workersLegend)
}

const workersLegend = "share: of the schedule, or of the connections; busy: the generator's CPUs, polling left out; clock ±: by how much the worker's clock may be off"

// worry ranks workers by how doubtful they are.
func worry(w result.Worker) int {
	return slices.Index([]result.Validity{result.Valid, result.Suspicious, result.Invalid}, w.Validity)
}

// onMachines says over how many machines a load test ran, "" if over one.
func onMachines(all []result.Worker) string {
	if len(all) == 0 {
		return ""
	}
	var hosts []string
	for _, w := range all {
		hosts = append(hosts, w.Host)
	}
	slices.Sort(hosts)
	return fmt.Sprintf(", %s on %s", plural(len(all), "worker", "workers"), plural(len(slices.Compact(hosts)), "machine", "machines"))
}

// stackLines are as many as a chart can tell apart.
var stackLines = []chartArm{
	{"", blue, nil}, {"", orange, nil}, {"", teal, nil}, {"", grey, nil},
	{"", blue, []float64{7, 2}}, {"", orange, []float64{7, 2}}, {"", teal, []float64{7, 2}}, {"", grey, []float64{7, 2}},
}

// stack adds a chart of the workers' throughput, each on top of those before. Of many workers,
// neighbours share a line.
func (d *chartData) stack(s *result.LoadTest) {
	n := len(s.Workers)
	if n < 2 || len(s.Intervals) == 0 {
		return
	}
	c := chart{Title: "Throughput by worker", X: "seconds", XLabel: "time since the test began", Y: "rate",
		Note: "Answers per second. Each line stands on those before it: the highest is the whole."}
	sums := make([]int64, len(s.Intervals))
	for _, i := range s.Intervals {
		c.At = append(c.At, i.From+i.Length/2)
	}
	lines := min(n, len(stackLines))
	for line := range lines {
		from, to := line*n/lines, (line+1)*n/lines
		arm := stackLines[line]
		if arm.Name = usertext.Clean(s.Workers[from].Name); to > from+1 {
			arm.Name += " to " + usertext.Clean(s.Workers[to-1].Name)
		}
		values := make([]*float64, len(sums))
		for k, i := range s.Intervals {
			for _, w := range s.Workers[from:to] {
				if k < len(w.Answers) {
					sums[k] += w.Answers[k]
				}
			}
			i.Answers = sums[k]
			values[k] = linear(i.Throughput())
		}
		c.Arms, c.Values = append(c.Arms, len(d.Arms)), append(c.Values, values)
		d.Arms = append(d.Arms, arm)
	}
	d.add(c)
}
