package conform

import (
	"slices"
	"strings"

	"authbench/bench"
)

// deciding are the parameters of which every value is examined: those that choose
// what verifies, and how strictly. The others change what verifying costs.
var deciding = []string{"alg", "engine", "policy", carrying, "hash", "store"}

// carrying is where a credential stands in a request. Nothing behind it depends on it:
// its values are examined with the defaults of the others.
const carrying = "header"

// remembering are the caches, filters and lists that stand between a request and what
// a server knows of it. What they remember wrongly is wrong whatever verifies: they are
// examined with every store, and with one algorithm.
var remembering = map[string][][]string{
	"apikey":  {{"cache_size=100", "cache_ttl=10s"}, {"cache_size=100", "cache_ttl=10s", "filter=bloom"}, {"filter=bloom"}},
	"session": {{"cache_size=100", "cache_ttl=10s"}},
	"jwt":     {{"alg=HS256", "revocation=denylist"}, {"alg=HS256", "revocation=denylist", "cache_size=100", "cache_ttl=10s"}},
}

// beside are the parameters that those are combined with.
var beside = map[string]string{"apikey": "store", "session": "store", "jwt": "engine"}

// Methods returns every method that the catalogue is about, with each combination
// of the parameters that decide about its safety.
func Methods(c bench.Catalogue) []bench.Method {
	var out []bench.Method
	for _, spec := range c.Methods() {
		combinations := [][]string{nil}
		var carriers [][]string
		for _, p := range spec.Params {
			switch {
			case p.Name == carrying:
				carriers = vary([][]string{nil}, p)[1:]
			case slices.Contains(deciding, p.Name):
				combinations = vary(combinations, p)
			}
		}
		combinations = append(combinations, carriers...)
		for _, extra := range remembering[spec.ID] {
			combinations = append(combinations, vary([][]string{extra}, param(spec, beside[spec.ID]))...)
		}
		for _, pairs := range combinations {
			// What cannot be parsed is a combination that there is not.
			if m, err := bench.ParseMethod(spec.ID, pairs, c); err == nil && Applies(m) != "" {
				out = append(out, m)
			}
		}
	}
	return out
}

func param(spec bench.MethodSpec, name string) bench.ParamSpec {
	return spec.Params[slices.IndexFunc(spec.Params, func(p bench.ParamSpec) bool { return p.Name == name })]
}

// vary combines each combination with each value of a parameter. One that may be
// left out, and has no default, has its first value then.
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
	for _, name := range append(slices.Clone(deciding), "revocation", "filter") {
		if value := m.Params.Text(name); value != "" {
			parts = append(parts, value)
		}
	}
	if m.Params.Text("cache_ttl") != "" {
		parts = append(parts, "cached")
	}
	return strings.Join(parts, " ")
}

// MustPass reports whether a method that fails the gate is a defect. The policy
// stock is there to show what a library lets through by default.
func MustPass(m bench.Method) bool { return m.Params.Text("policy") != "stock" }
