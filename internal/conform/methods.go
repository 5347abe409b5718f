package conform

import (
	"slices"
	"strings"

	"authbench/bench"
	"authbench/internal/method"
)

// Methods returns every method that can be examined, with each combination of the
// parameters that decide about its safety.
func Methods(methods method.Catalogue) []bench.Method {
	var out []bench.Method
	for _, known := range methods {
		for _, pairs := range combinations(known.MethodSpec, methods.Family(bench.Method{ID: known.ID}).Variants) {
			// A combination that cannot be parsed does not exist.
			if m, err := bench.ParseMethod(known.ID, pairs, methods); err == nil && !methods.Open(m) {
				out = append(out, m)
			}
		}
	}
	return out
}

func combinations(spec bench.MethodSpec, v method.Variants) [][]string {
	out := [][]string{nil}
	var carriers [][]string
	for _, p := range spec.Params {
		switch {
		case p.Name == v.Carrying:
			carriers = vary([][]string{nil}, p)[1:]
		case slices.Contains(v.Deciding, p.Name):
			out = vary(out, p)
		}
	}
	out = append(out, carriers...)
	for _, extra := range v.Remembering {
		remembering := [][]string{extra}
		if v.Beside != "" {
			remembering = vary(remembering, param(spec, v.Beside))
		}
		out = append(out, remembering...)
	}
	return slices.DeleteFunc(out, func(pairs []string) bool {
		return slices.ContainsFunc(v.LeftOut, func(two [2]string) bool {
			return slices.Contains(pairs, two[0]) && slices.Contains(pairs, two[1])
		})
	})
}

func param(spec bench.MethodSpec, name string) bench.ParamSpec {
	return spec.Params[slices.IndexFunc(spec.Params, func(p bench.ParamSpec) bool { return p.Name == name })]
}

// vary extends each combination by each value of a parameter. For the first value of an
// optional parameter without a default it leaves the parameter out, which means the same.
func vary(combinations [][]string, p bench.ParamSpec) [][]string {
	optional := p.Default == "" && !p.Required
	var out [][]string
	for _, c := range combinations {
		for i, value := range p.Values {
			if i == 0 && optional {
				out = append(out, c)
				continue
			}
			out = append(out, append(clip(c), p.Name+"="+value))
		}
	}
	return out
}

// Name is a method with the parameters that decide about its safety, in one line.
func Name(m bench.Method) string {
	parts := []string{m.ID}
	for _, name := range []string{"alg", "engine", "policy", "header", "hash", "store", "revocation", "filter", "answer", "concurrent", "fetcher"} {
		if value := m.Params.Text(name); value != "" {
			parts = append(parts, value)
		}
	}
	for _, name := range []string{"proof", "replays"} { // their values alone would say too little
		if value := m.Params.Text(name); value != "" {
			parts = append(parts, name+" "+value)
		}
	}
	if m.Params.Text("cache_ttl") != "" {
		parts = append(parts, "cached")
	}
	return strings.Join(parts, " ")
}

// MustPass reports whether it is a defect if the method fails the gate. The policy stock, and
// a fetcher that is not our own, show what a library lets through by default, and may fail.
func MustPass(m bench.Method) bool {
	fetcher := m.Params.Text("fetcher")
	return m.Params.Text("policy") != "stock" && (fetcher == "" || fetcher == "own")
}
