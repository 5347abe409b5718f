package limit

import (
	"regexp"
	"slices"
	"strings"

	"authbench/bench"
	"authbench/internal/text/unit"
)

// Source is a set of the commands whose results have a figure.
type Source uint8

// The sources. A comparison has those figures of runs that are no counts.
const (
	Run Source = 1 << iota
	Load
)

// Better is the direction in which a figure gets better.
type Better int8

// The directions. Neither: the figure alone is not good or bad.
const (
	Lower Better = iota
	Higher
	Neither
)

// Metric is a figure that a limit may be on.
type Metric struct {
	// Name is the name in summary.json, Short a shorter one that users may write.
	Name, Short string
	Label       string
	Unit        unit.Quantity
	Better      Better
	Source      Source
	// Loads are the kinds of load that it is measured under in a run; none: all.
	Loads []bench.LoadKind
	// Scheduled says that a load test has it only with an open load.
	Scheduled bool
	// Counted says that it is counted from statuses and errors (see [Answers]), and thus
	// right on any noisy machine. PerClass says that it can be counted for one class of
	// credentials.
	Counted, PerClass bool
}

var (
	openLoads   = []bench.LoadKind{bench.Open, bench.Sweep}
	justOpen    = []bench.LoadKind{bench.Open}
	justClosed  = []bench.LoadKind{bench.Closed}
	closedSweep = []bench.LoadKind{bench.Closed, bench.Sweep}
	closedOpen  = []bench.LoadKind{bench.Closed, bench.Open}
	searches    = []bench.LoadKind{bench.Capacity}
	// notSearches leaves out searches for capacity, which overload the server on purpose.
	notSearches = []bench.LoadKind{bench.Closed, bench.Open, bench.Sweep}
)

// errorKinds are the reasons why a request has no answer, by their names in results.
var errorKinds = []string{"timeout", "reset", "closed", "malformed", "refused", "dial"}

// errorLabels explain the kinds of errors.
var errorLabels = map[string]string{
	"timeout": "requests without an answer in time", "reset": "connections that the server broke off",
	"closed": "connections closed before the answer was whole", "malformed": "answers that are not HTTP/1.1",
	"refused": "connections refused", "dial": "connections that failed in another way",
}

// Metrics lists all metrics in the order of display. Each single status, such as status_401,
// is a metric, too, but only the classes of statuses are listed.
func Metrics() []Metric {
	out := []Metric{
		{Name: "cpu_us_per_request", Short: "cpu", Label: "server CPU per request", Unit: unit.Microseconds, Source: Run},
	}
	for _, name := range bench.MeteredBackends {
		out = append(out, Metric{Name: BackendCPU(name), Label: "CPU of " + name + " per request", Unit: unit.Microseconds, Source: Run})
	}
	out = append(out, []Metric{
		{Name: "throughput_rps", Short: "throughput", Label: "throughput", Unit: unit.PerSecond, Better: Higher, Source: Run | Load, Loads: closedSweep},
		{Name: "capacity_rps", Short: "capacity", Label: "capacity within the objective", Unit: unit.PerSecond, Better: Higher, Source: Run, Loads: searches},
		{Name: "capacity_at_least_rps", Label: "capacity within the objective, at least", Unit: unit.PerSecond, Better: Higher, Source: Run, Loads: searches},
	}...)
	out = append(out, times()...)
	out = append(out,
		Metric{Name: "achieved_rps", Short: "achieved", Label: "rate that was sent in time", Unit: unit.PerSecond, Better: Higher, Source: Load, Scheduled: true},
		Metric{Name: "generator_cpu_us_per_request", Label: "generator CPU per request", Unit: unit.Microseconds, Source: Load},
		Metric{Name: "request_bytes", Label: "request size", Unit: unit.Octets, Source: Run, Loads: closedOpen},
		Metric{Name: "response_bytes", Label: "response size", Unit: unit.Octets, Source: Run, Loads: closedOpen},
		Metric{Name: "wrong_verdicts", Label: "wrong verdicts", Unit: unit.Bare, Source: Run, Loads: notSearches},
		Metric{Name: "allocations_per_request", Short: "allocs", Label: "allocations per request", Unit: unit.Bare, Source: Run},
		Metric{Name: "allocated_bytes_per_request", Label: "allocated per request", Unit: unit.Octets, Source: Run},
		Metric{Name: "gc_cycles_per_second", Label: "garbage collections", Unit: unit.PerSecond, Source: Run},
		Metric{Name: "memory_bytes", Short: "memory", Label: "memory of the server", Unit: unit.Octets, Source: Run},
		Metric{Name: "key_fetches_per_second", Label: "fetches of the key set", Unit: unit.PerSecond, Better: Neither, Source: Run},
		Metric{Name: "failed_key_fetches", Label: "failed fetches of the key set, in all launches", Unit: unit.Bare, Source: Run},
		Metric{Name: "key_replacements", Label: "launches in which the issuer replaced its key", Unit: unit.Bare, Better: Neither, Source: Run},
		Metric{Name: "new_key_learned_us", Label: "longest time until the server had the new key", Unit: unit.Microseconds, Source: Run},
		Metric{Name: "revoked_works_us", Label: "time that a revoked credential goes on working", Unit: unit.Microseconds, Source: Run},
		Metric{Name: "store_lookups_per_request", Label: "lookups in the store per request", Unit: unit.Bare, Source: Run},
		Metric{Name: "store_wait_share", Label: "lookups that waited for a connection", Unit: unit.Share, Source: Run},
		Metric{Name: "cache_hit_share", Label: "look-ups that the cache answered", Unit: unit.Share, Better: Neither, Source: Run},
		Metric{Name: "cache_negative_share", Label: "of all, those that it knew not to be there", Unit: unit.Share, Better: Neither, Source: Run},
		Metric{Name: "cache_miss_share", Label: "look-ups that the cache could not answer", Unit: unit.Share, Better: Neither, Source: Run},
		Metric{Name: "cache_coalesced_share", Label: "of all, those that waited for an equal one", Unit: unit.Share, Better: Neither, Source: Run},
		Metric{Name: "filtered_share", Label: "look-ups that the filter answered", Unit: unit.Share, Better: Neither, Source: Run},
	)
	for _, name := range bench.MeteredBackends {
		out = append(out, Metric{Name: BackendMemory(name), Label: "memory of " + name + ", which arms may share", Unit: unit.Octets, Source: Run})
	}
	return append(out, counts()...)
}

// BackendCPU and BackendMemory name the metrics of a backend.
func BackendCPU(name string) string    { return name + "_cpu_us_per_request" }
func BackendMemory(name string) string { return name + "_memory_bytes" }

// times are the quantiles of the parts of a request.
func times() []Metric {
	var out []Metric
	add := func(part, quantile, label string, m Metric) {
		m.Name, m.Label, m.Unit = part+"_"+quantile+"_us", label+" "+strings.Replace(quantile, "p999", "p99.9", 1), unit.Microseconds
		out = append(out, m)
	}
	for _, q := range []string{"p50", "p90", "p95", "p99", "p999", "max"} {
		m := Metric{Short: q, Source: Load, Scheduled: true}
		switch q {
		case "p50", "p90", "p99":
			m.Source, m.Loads = Run|Load, openLoads
		case "p999":
			m.Source, m.Loads = Run|Load, justOpen
		case "max":
			m.Short = ""
		}
		add("response", q, "response time", m)
	}
	for _, q := range []string{"p50", "p90", "p95", "p99", "p999", "max"} {
		m, label := Metric{Source: Load}, "service time"
		if q == "p50" || q == "p90" || q == "p99" {
			m, label = Metric{Source: Run | Load, Loads: justClosed}, "service time under saturation"
		}
		add("service", q, label, m)
	}
	for _, part := range []struct {
		name, label string
		scheduled   bool
	}{
		{"first_byte", "time to the first byte", false}, {"transfer", "time from first to last byte", false},
		{"queue", "wait for a free connection", true}, {"lag", "the generator's own delay", true},
		{"connect", "time to connect", false}, {"tls", "time of the TLS handshake", false},
	} {
		for _, q := range []string{"p50", "p90", "p95", "p99", "p999", "max"} {
			add(part.name, q, part.label, Metric{Source: Load, Scheduled: part.scheduled})
		}
	}
	return out
}

// counts are the metrics of [Answers].
func counts() []Metric {
	counted := Metric{Unit: unit.Bare, Source: Run | Load, Loads: notSearches, Counted: true}
	var out []Metric
	add := func(name, short, label string, perClass bool) {
		m := counted
		m.Name, m.Short, m.Label, m.PerClass = name, short, label, perClass
		switch {
		case name == "success":
			m.Unit, m.Better = unit.Share, Higher
		case name == "requests" || strings.HasPrefix(name, "status_"):
			m.Better = Neither
		}
		out = append(out, m)
	}
	add("success", "", "requests with an expected status (of one class: answers)", true)
	add("requests", "", "requests that came to an end", false)
	add("errors", "", "requests without an answer", false)
	for _, kind := range errorKinds {
		short := ""
		if kind == "malformed" {
			short = kind
		}
		add("errors_"+kind, short, errorLabels[kind], false)
	}
	add("unsolicited", "", "connections dropped for bytes that nobody asked for", false)
	for _, class := range []string{"2xx", "3xx", "4xx", "5xx"} { // an interim answer (1xx) is none
		add("status_"+class, "", "answers with a status of "+class, true)
	}
	return out
}

// statusForm matches the metric of a single status, and of classes that no RFC defines.
var statusForm = regexp.MustCompile(`^status_([2-9][0-9]{2}|[6-9]xx)$`)

// Find returns the metric with a name, or a short name.
func Find(name string) (Metric, bool) {
	name = strings.Replace(name, "p99.9", "p999", 1)
	all := Metrics()
	if statusForm.MatchString(name) {
		m := all[len(all)-1]
		m.Name, m.Label = name, "answers with a status of "+strings.TrimPrefix(name, "status_")
		return m, true
	}
	i := slices.IndexFunc(all, func(m Metric) bool { return m.Name == name || m.Short == name && name != "" })
	if i < 0 {
		return Metric{}, false
	}
	return all[i], true
}

// Names lists what a user may write for the metrics of some sources, the short names
// first.
func Names(of Source) []string {
	var short, long []string
	for _, m := range Metrics() {
		if m.Source&of == 0 {
			continue
		}
		if m.Short != "" {
			short = append(short, m.Short)
		}
		long = append(long, m.Name)
	}
	return append(short, long...)
}
