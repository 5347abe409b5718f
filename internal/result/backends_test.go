package result

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"authbench/bench"
)

// earlier is a result of before backends had names, less what is of no matter here.
const earlier = `{"kind":"header","version":1,"scenario":{"arms":[{"name":"keys","method":{"id":"apikey","params":{"store":"postgres"}}},{"name":"asks","method":{"id":"introspection"}},{"name":"own","method":{"id":"odd"}},{"name":"none","method":{"id":"none"}}]},"arms":[{"name":"keys","store":"PostgreSQL 15, started for the run","store_server":true,"store_cpu":true},{"name":"asks","store":"the issuer, started for the run","store_cpu":true},{"name":"own","store":"Valkey 8, which ran already","store_server":true},{"name":"none"}]}
{"kind":"slice","arm":"keys","server_cpu_ns":1,"store_cpu_ns":20,"store_tail_ns":300}
{"kind":"slice","arm":"asks","store_cpu_ns":7}
{"kind":"slice","arm":"none","server_cpu_ns":5}
{"kind":"launch","arms":[{"arm":"keys","store_pss_bytes":11},{"arm":"asks","store_pss_bytes":12},{"arm":"none"}]}
{"kind":"episode","arm":"asks","load":{"store_cpu_ns":9}}
`

// TestEarlierBackendsGetNames: what an earlier result says of an arm's only backend is read
// under the name that it has now.
func TestEarlierBackendsGetNames(t *testing.T) {
	run, err := Parse("earlier", strings.NewReader(earlier))
	if err != nil {
		t.Fatal(err)
	}
	want := [][]bench.Backend{
		{{Name: "postgres", About: "PostgreSQL 15, started for the run", Awaited: true, HasCPU: true}},
		{{Name: "issuer", About: "the issuer, started for the run", HasCPU: true}},
		{{Name: "store", About: "Valkey 8, which ran already", Awaited: true}},
		nil,
	}
	for i, info := range run.Header.Arms {
		if !slices.Equal(info.Backends, want[i]) {
			t.Errorf("%s: %+v, want %+v", info.Name, info.Backends, want[i])
		}
	}
	for i, want := range []map[string]bench.BackendCPU{{"postgres": {CPU: 20, Tail: 300}}, {"issuer": {CPU: 7}}, nil} {
		if got := run.Slices[i].Backends; !maps.Equal(got, want) {
			t.Errorf("slice %d: %v, want %v", i, got, want)
		}
	}
	if got := run.Slices[0].CPU(); got != 321 {
		t.Errorf("a slice took %d ns in all", got)
	}
	for i, want := range []map[string]int64{{"postgres": 11}, {"issuer": 12}, nil} {
		if got := run.Launches[0].Arms[i].BackendPSS; !maps.Equal(got, want) {
			t.Errorf("memory of arm %d: %v, want %v", i, got, want)
		}
	}
	if got := run.Episodes[0].Load.BackendCPU; !maps.Equal(got, map[string]int64{"issuer": 9}) {
		t.Errorf("episode: %v", got)
	}
}
