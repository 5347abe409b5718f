package main

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"authbench/internal/stat"
	"authbench/internal/text/unit"
)

// confidence is that of the intervals, as everywhere in authbench.
const confidence = 0.95

// markdown makes the tables. It is a pure function of the raw data.
func (r *report) markdown() string {
	var b strings.Builder
	r.facts(&b)
	r.costTables(&b)
	r.openTable(&b)
	r.freezeTable(&b)
	return b.String()
}

// facts says where, when and with what it was measured.
func (r *report) facts(b *strings.Builder) {
	h := r.Host
	machine := []string{fmt.Sprintf("%d CPUs", h.CPUs), h.CPUModel, h.OS + " " + h.Kernel, h.Virtualization}
	machine = slices.DeleteFunc(machine, func(fact string) bool { return fact == "" })
	fmt.Fprintf(b, "%s, on %s. Pinned, the client has CPU %d and the server CPU %d.\n\n",
		r.Made.Format("2006-01-02"), list(machine), h.GeneratorCPUs[0], h.ServerCPUs[0])
	versions := make([]string, len(r.Clients))
	for i, t := range r.Clients {
		versions[i] = t.Name + ": " + t.Version
	}
	fmt.Fprintf(b, "Versions: %s.\n", strings.Join(versions, "; "))
	for _, a := range r.Absent {
		fmt.Fprintf(b, "Without %s: %s.\n", a.Name, a.Why)
	}
}

// costTables makes one table of the pinned pairs and one of the others.
func (r *report) costTables(b *strings.Builder) {
	for _, kind := range []struct {
		pinned bool
		title  string
	}{{true, "client and server on a CPU each"}, {false, "client and server on any CPU"}} {
		pairs := map[string][]pair{}
		for _, p := range r.Cost {
			if p.Pinned == kind.pinned {
				pairs[p.Client.Client] = append(pairs[p.Client.Client], p)
			}
		}
		if len(pairs) > 0 {
			costTable(b, kind.title, pairs)
		}
	}
}

// costTable is sorted by the ratio, wrk's own row among the others.
func costTable(b *strings.Builder, title string, pairs map[string][]pair) {
	type row struct {
		order float64
		cells []string
	}
	var rows []row
	var references []visit
	fewest := math.MaxInt
	for name, of := range pairs {
		fewest = min(fewest, len(of))
		own := make([]visit, len(of))
		for i, p := range of {
			own[i] = p.Client
			references = append(references, p.Wrk)
		}
		cost := ratios(of, visit.clientCPU)
		rows = append(rows, row{stat.Median(cost), []string{
			name, unit.Duration(median(own, visit.clientCPU)),
			unit.Ratio(stat.Median(cost)), interval(cost), unit.Factor.Interval(slices.Min(cost), slices.Max(cost)),
			unit.Ratio(stat.Median(ratios(of, visit.throughput))),
			unit.Ratio(stat.Median(ratios(of, visit.serverCPU))),
			unit.Duration(median(own, visit.bothCPU)), unit.Ratio(stat.Median(ratios(of, visit.bothCPU))),
		}})
	}
	rows = append(rows, row{1, []string{
		"wrk -t1", unit.Duration(median(references, visit.clientCPU)), unit.Ratio(1), "", "", unit.Ratio(1), unit.Ratio(1),
		unit.Duration(median(references, visit.bothCPU)), unit.Ratio(1),
	}})
	slices.SortFunc(rows, func(x, y row) int { return cmp.Or(cmp.Compare(x.order, y.order), cmp.Compare(x.cells[0], y.cells[0])) })
	fmt.Fprintf(b, "\n**CPU per request**, %s, closed load over %d connections. ÷ wrk: median over pairs of neighbouring runs (%d per client), with its %.0f %% interval and the extremes.\n\n",
		title, references[0].Connections, fewest, 100*confidence)
	header(b, "client", "CPU/request", "÷ wrk", "interval", "min – max", "throughput ÷ wrk", "server's CPU ÷ wrk", "client + server", "÷ wrk")
	for _, r := range rows {
		line(b, r.cells...)
	}
}

// openTable shows the medians over the rounds.
func (r *report) openTable(b *strings.Builder) {
	if len(r.Open) == 0 {
		return
	}
	visits := map[string][]visit{}
	for _, v := range r.Open {
		visits[v.Client] = append(visits[v.Client], v)
	}
	names := slices.SortedFunc(maps.Keys(visits), func(x, y string) int {
		return cmp.Or(cmp.Compare(reported(visits[x], p50), reported(visits[y], p50)), cmp.Compare(x, y))
	})
	first := r.Open[0]
	fmt.Fprintf(b, "\n**Latency at %s requests per second** over %d connections, client and server on a CPU each, as the client reports it: medians of %d runs of %d s. Peers send at even intervals, as far as they can; authbench at Poisson's unless it says constant. Lag is how late it sent.\n\n",
		unit.Count(int64(first.Rate)), first.Connections, len(visits[names[0]]), first.JobSeconds)
	header(b, "client", "sent", "p50", "p99", "lag p50", "lag p99", "client's CPU")
	for _, name := range names {
		of := visits[name]
		line(b, name, unit.Rate(median(of, visit.throughput)), shown(reported(of, p50)), shown(reported(of, p99)),
			shown(lag(of, p50)), shown(lag(of, p99)), unit.Percent(median(of, visit.clientLoad)))
	}
	for _, name := range names {
		doubts(b, name, visits[name])
	}
}

// doubts says which runs a client itself does not call valid; only authbench judges
// its own.
func doubts(b *strings.Builder, name string, visits []visit) {
	verdicts := map[string]int{}
	for _, v := range visits {
		if v.Claim.Verdict != "" && v.Claim.Verdict != "valid" {
			verdicts[v.Claim.Verdict]++
		}
	}
	for _, verdict := range slices.Sorted(maps.Keys(verdicts)) {
		fmt.Fprintf(b, "\n%d of %d runs of %s are %s by its own judgement.\n", verdicts[verdict], len(visits), name, verdict)
	}
}

// freezeTable compares what is reported with what is true.
func (r *report) freezeTable(b *strings.Builder) {
	if len(r.Freeze) == 0 || r.Closed == nil || r.Paced == nil {
		return
	}
	first := r.Freeze[0]
	lengths := make([]float64, len(first.Stops))
	for i, s := range first.Stops {
		lengths[i] = float64(s.Nanos)
	}
	fmt.Fprintf(b, "\n**A server that stands still**: stopped %d times in %d s, for %s each, under %s requests per second over %d connections. "+
		"The truth follows from the stops as they were, run by run; the server then has a backlog to answer, which adds some milliseconds. "+
		"Its p50 is that of one connection without stops, which waits for each answer; one that sends at the rate, to a server that sleeps in between, sees %s.\n\n",
		len(first.Stops), first.JobSeconds, unit.Duration(stat.Median(lengths)), unit.Count(int64(r.Paced.Rate)), first.Connections, shown(r.Paced.Claim.Latency[p50]))
	columns := []quantile{p50, p95, p99, p999}
	header(b, "client", "p50", "p95", "p99", "p99.9")
	truth := []string{"**truth**", shown(r.Closed.Claim.Latency[p50])}
	for _, q := range columns[1:] {
		var all []float64
		for _, f := range r.Freeze {
			all = append(all, f.truth()[q])
		}
		truth = append(truth, span(slices.Min(all), slices.Max(all)))
	}
	line(b, truth...)
	sorted := slices.SortedFunc(slices.Values(r.Freeze), func(x, y frozen) int {
		return cmp.Or(cmp.Compare(x.error(), y.error()), cmp.Compare(x.Client, y.Client))
	})
	for _, f := range sorted {
		name := f.Client
		if f.Rate == 0 {
			name += " (has no rate)"
		}
		cells := []string{name}
		for _, q := range columns {
			cells = append(cells, shown(value(f.Claim.Latency, q)))
		}
		line(b, cells...)
	}
}

// error is how far a report is from the truth: the largest ratio between the two, as
// a logarithm, over the quantiles that it has.
func (f frozen) error() float64 {
	worst := 0.0
	for q, truth := range f.truth() {
		if v, ok := f.Claim.Latency[q]; ok {
			worst = max(worst, math.Abs(math.Log(v/truth)))
		}
	}
	return worst
}

// ratios are those of each pair's client to its wrk.
func ratios(pairs []pair, of func(visit) float64) []float64 {
	out := make([]float64, len(pairs))
	for i, p := range pairs {
		out[i] = of(p.Client) / of(p.Wrk)
	}
	return out
}

func median(visits []visit, of func(visit) float64) float64 {
	values := make([]float64, len(visits))
	for i, v := range visits {
		values[i] = of(v)
	}
	return stat.Median(values)
}

func reported(visits []visit, q quantile) float64 {
	return median(visits, func(v visit) float64 { return value(v.Claim.Latency, q) })
}

func lag(visits []visit, q quantile) float64 {
	return median(visits, func(v visit) float64 { return value(v.Claim.Lag, q) })
}

// value is NaN where a client does not tell.
func value(from quantiles, q quantile) float64 {
	if v, ok := from[q]; ok {
		return v
	}
	return math.NaN()
}

// shown prints a time in µs, "–" where there is none.
func shown(micros float64) string { return unit.Micros(micros) }

// interval is that of the median, exact whatever the distribution.
func interval(x []float64) string {
	i, ok := stat.MedianInterval(x, confidence)
	if !ok {
		return "too few pairs"
	}
	return unit.Factor.Interval(i.Lo, i.Hi)
}

// span prints two times, or one where they read the same.
func span(lo, hi float64) string {
	if shown(lo) == shown(hi) {
		return shown(lo)
	}
	return shown(lo) + " – " + shown(hi)
}

func header(b *strings.Builder, cells ...string) {
	line(b, cells...)
	rule := []string{":--"}
	for range cells[1:] {
		rule = append(rule, "--:")
	}
	line(b, rule...)
}

func line(b *strings.Builder, cells ...string) {
	fmt.Fprintf(b, "| %s |\n", strings.Join(cells, " | "))
}
