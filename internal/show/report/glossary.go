package report

import (
	"slices"
	"strings"

	"authbench/bench"
	"authbench/internal/result/limit"
)

// term says what numbers mean. The page links each column and each line to its term.
type term struct {
	// ID is the term's anchor, less "def-".
	ID, Name, Text string
	// metrics are the metrics that the term defines, heads the heads of columns. A head that
	// ends in a blank is the beginning of several heads.
	metrics, heads []string
}

// ofIt is the head of the column with a backend's part of the CPU per request.
func ofIt(backend string) string { return "of it " + backend }

// backendNames has a name for each backend that can be metered.
func backendNames(of func(string) string) []string {
	var out []string
	for _, name := range bench.MeteredBackends {
		out = append(out, of(name))
	}
	return out
}

// glossary is in the order of the decision table's columns.
var glossary = []term{
	{ID: "interval", Name: "95 % interval", Text: "It is over the launches in this run, each of which starts every server afresh. As long as the machine stays as it was in this run, and launches do not depend on one another, 95 of 100 such intervals hold the value that more and more launches would settle at. Machines do not stay so: another run, even an hour later, may give a value outside. authbench pool says how far runs lie apart."},
	{ID: "ties", Name: "Letters", Text: "This run does not tell apart arms that share a letter: no direct comparison of their paired launches separates them (Holm's procedure: the chance that it separates any arms that are equal is at most 5 %). Where the launches are too few for all pairs, each arm is compared with the first of its group alone. That does not make them equal, and which of them stands first has no meaning."},
	{ID: "safety", Name: "Safety", Text: "How many cases of the attack catalogue the arm passed, of those that could be put to it. The catalogue finds the holes that it knows. An arm that lets a forged, expired or foreign credential in is unsafe, and its figures are void unless the scenario shows them apart.", heads: []string{"safety"}},
	{ID: "cpu", Name: "CPU per request", Text: "CPU time of the server's processes, and of those of the stores and the issuer that it asks, over the requests that they answered: at saturation, and beside that under the open load where there is one. A request costs more on a server that sleeps between requests, most of all where another process must be woken; so the order of two arms may depend on the load.",
		metrics: []string{cpuMetric.name}, heads: []string{"CPU/request", cpuBeside, "server", "transport", "parsing", "verification", "further step", "CPU beside it"}},
	{ID: "backend-cpu", Name: "CPU of a backend", Text: "The part of the CPU time per request that the store or the issuer took, which the arm's server asks.",
		metrics: backendNames(limit.BackendCPU), heads: backendNames(ofIt)},
	{ID: "rate", Name: "Costs at a rate", Text: "CPU per request times the rate gives the CPUs that it keeps busy (that of the load whose rate is the nearest in proportion), and a million requests take as many seconds of CPU as one takes microseconds. The price is that of the CPUs kept busy, for a month of 730 hours, and of nothing else."},
	{ID: "tax", Name: "Auth tax", Text: "How much more CPU time the arm takes than the baseline: the Hodges–Lehmann estimate of the difference within each launch, with its exact signed-rank interval. It may differ a little from the difference of the two values shown, each of which is the median of its own launches.", heads: []string{"auth tax"}},
	{ID: "contrasts", Name: "Contrasts", Text: "The pairs of arms that the scenario's question is about, compared within each launch: the Hodges–Lehmann estimate of what the first adds to the other, with its exact signed-rank interval. A tie is marked where this run does not tell the two apart: the interval holds zero, or Holm's procedure over all pairs in the column does not separate them (the chance that it separates any that are equal is at most 5 %)."},
	{ID: "ratio", Name: "Ratio", Text: "The arm's value over the baseline's: the Hodges–Lehmann estimate of the ratio within each launch. A launch's percentile is that of all its requests together. The ratio may differ from the quotient of the two values shown, each of which is the median of its own launches. A p99 varies much from launch to launch, so that the two may lie far apart.", heads: []string{"ratio", "of baseline's"}},
	{ID: "throughput", Name: "Throughput", Text: "Requests that were answered, per second. Per core: under closed load, over the number of the server's CPUs. It is one over the CPU per request only if the server kept its CPUs busy, which a check watches.", metrics: []string{throughputMetric.name}, heads: []string{"throughput/core"}},
	{ID: "capacity", Name: "Capacity", Text: "The highest rate at which a search found the arm to meet the objective: the median of one search in every launch. At least so much: the generator was the limit.",
		metrics: []string{capacityMetric.name, capacityAtLeastMetric.name}, heads: []string{"capacity, "}},
	{ID: "response", Name: "Response time p50, p90, p99, p99.9", Text: "The time that 50, 90, 99 or 99.9 of 100 requests with a valid credential do not exceed, from the moment a request was due to the last byte of its answer, under open load.",
		metrics: []string{p50Metric.name, p90Metric.name, p99Metric.name, "response_p999_us"}, heads: []string{"p50", "p90", "p99", "equal p50 at a round trip of", "so it answers sooner"}},
	{ID: "service", Name: "Service time under saturation", Text: "The time from the moment a request was sent to the last byte of its answer, under closed load: the price of saturation, and nobody's latency.",
		metrics: []string{"service_p50_us", "service_p90_us", "service_p99_us"}},
	{ID: "bytes", Name: "Request and response size", Text: "Bytes on the wire per request, head and credential included.", metrics: []string{requestMetric.name, "response_bytes"}, heads: []string{"request"}},
	{ID: "allocations", Name: "Allocations", Text: "What the built-in server's Go runtime allocated, per request over all loads, and how often it collected garbage while it was under load.",
		metrics: []string{allocsMetric.name, "allocated_bytes_per_request", "gc_cycles_per_second"}, heads: []string{"allocs"}},
	{ID: "memory", Name: "Memory", Text: "Memory of the server's processes, or of those that it asks, at the end of a launch; pages that processes share count in parts (PSS).",
		metrics: append(backendNames(limit.BackendMemory), "memory_bytes"), heads: []string{"memory"}},
	{ID: "verdicts", Name: "Wrong verdicts", Text: "Requests that were let in with a bad credential, or refused with a valid one.", metrics: []string{"wrong_verdicts"}},
	{ID: "keys", Name: "Key sets", Text: "How often the server fetched its issuer's keys, what failed, how often the issuer replaced its key, and the longest time until the server had the new one.",
		metrics: []string{fetchesMetric.name, failedMetric.name, replacements.name, learnedMetric.name}},
	{ID: "revocation", Name: "How long a revoked credential works", Text: "From the acknowledgement of a revocation to the last request that was let in, on the last of the arm's servers. At once: the next request was refused; where all were, the exact one-sided 95 % bound says how many may not be. 95 % within: of that part of the credentials, with the 95 % interval of its order statistics; at least, or more: too few were taken back for an upper end. By law: the time within which 95 % should stop by the design. As a metric of the arm: the longest time seen, from the last request that was let in to the first that was not.",
		metrics: []string{revokedMetric.name}, heads: []string{"refused at once", "half within", "95 % within", "longest", "by law"}},
	{ID: "exchange", Name: "Requests per token", Text: "How many requests shared one exchange of a key for a token. Clients exchange by the clock, so that at a higher rate, or with fewer clients, more requests share one, and each costs less. Where two are given, the first belongs to the costs at saturation, the other to those under the open load.", heads: []string{perTokenHead}},
	{ID: "store", Name: "Backend", Text: "Questions to the store, or to the issuer, per request of the arm, and the part of them that waited for a connection. Against: the arm whose store is moved farther and farther away.",
		metrics: []string{"store_lookups_per_request", "store_wait_share"}, heads: []string{"against"}},
	{ID: "cache", Name: "Cache and filter", Text: "Which parts of all questions to the store were answered before they reached it, or waited for an equal question.",
		metrics: []string{hitsMetric.name, "cache_negative_share", "cache_miss_share", "cache_coalesced_share", "filtered_share"}, heads: []string{"from the cache"}},
}

// metricTerm returns the id of a metric's definition, "" for an unknown metric.
func metricTerm(metric string) string {
	i := slices.IndexFunc(glossary, func(t term) bool { return slices.Contains(t.metrics, metric) })
	if i < 0 {
		return ""
	}
	return glossary[i].ID
}

// headTerm returns the id of the definition of a column's numbers.
func headTerm(head string) string {
	i := slices.IndexFunc(glossary, func(t term) bool {
		return slices.ContainsFunc(t.heads, func(h string) bool {
			return h == head || strings.HasSuffix(h, " ") && strings.HasPrefix(head, h)
		})
	})
	if i < 0 {
		return ""
	}
	return glossary[i].ID
}
