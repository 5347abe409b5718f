package loadtest

import (
	"authbench/internal/result"
	"authbench/internal/result/limit"
)

// Scope is what limits may be on.
func (s Spec) Scope() limit.Scope {
	return limit.Scope{Name: "a load test", Source: limit.Load, Classes: s.Credentials != nil, Lacks: func(m limit.Metric) string {
		if m.Scheduled && s.Arrivals == "" {
			return "a closed load has no response time, and no schedule; limit service_p99_us or the like, or give a --rate"
		}
		return ""
	}}
}

// Subject is what was found as limits see it.
func (r *Result) Subject() limit.Subject {
	s, out := r.Summary, limit.Subject{Answers: r.answers}
	add := func(metric string, v float64) {
		out.Figures = append(out.Figures, limit.Figure{Metric: metric, Value: v})
	}
	add("throughput_rps", s.Throughput)
	if s.Rate != nil {
		add("achieved_rps", s.Rate.Achieved)
	}
	if s.GeneratorCPU > 0 {
		add("generator_cpu_us_per_request", s.GeneratorCPU)
	}
	for part, d := range map[string]*result.Spread{
		"response": s.Response, "service": s.Service, "first_byte": s.FirstByte, "transfer": s.Transfer,
		"queue": s.Queue, "lag": s.Lag, "connect": s.Connect, "tls": s.TLS,
	} {
		if d == nil {
			continue
		}
		for quantile, v := range map[string]float64{"p50": d.P50, "p90": d.P90, "p95": d.P95, "p99": d.P99, "p999": d.P999, "max": d.Max} {
			add(part+"_"+quantile+"_us", v)
		}
	}
	return out
}
