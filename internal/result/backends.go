package result

import (
	"encoding/json"
	"strings"

	"authbench/bench"
)

// oneBackendVersion is the last format in which an arm had one backend, without a name: its
// store, or the issuer.
const oneBackendVersion = 2

// nameBackends books what a record of such a format says of its arm's one backend under a
// name. line is the record that was decoded last.
func (run *Run) nameBackends(kind bench.Kind, line []byte) error {
	if run.Header.Version > oneBackendVersion {
		return nil
	}
	switch kind {
	case bench.KindHeader:
		return run.nameHeaderBackends(line)
	case bench.KindSlice:
		var old struct {
			CPU  int64 `json:"store_cpu_ns"`
			Tail int64 `json:"store_tail_ns"`
		}
		err := json.Unmarshal(line, &old)
		if s := &run.Slices[len(run.Slices)-1]; old.CPU != 0 || old.Tail != 0 {
			s.Backends = map[string]bench.BackendCPU{run.onlyBackend(s.Arm): {CPU: old.CPU, Tail: old.Tail}}
		}
		return err
	case bench.KindLaunch:
		var old struct {
			Arms []struct {
				PSS int64 `json:"store_pss_bytes"`
			} `json:"arms"`
		}
		err := json.Unmarshal(line, &old)
		l := &run.Launches[len(run.Launches)-1]
		for i, was := range old.Arms {
			if a := &l.Arms[i]; was.PSS != 0 {
				a.BackendPSS = map[string]int64{run.onlyBackend(a.Arm): was.PSS}
			}
		}
		return err
	case bench.KindEpisode:
		var old struct {
			Load struct {
				CPU int64 `json:"store_cpu_ns"`
			} `json:"load"`
		}
		err := json.Unmarshal(line, &old)
		if e := &run.Episodes[len(run.Episodes)-1]; old.Load.CPU != 0 {
			e.Load.BackendCPU = map[string]int64{run.onlyBackend(e.Arm): old.Load.CPU}
		}
		return err
	}
	return nil
}

// nameHeaderBackends names the backends of the arms: the issuer is called so, and a store by
// its kind, which the arm's method has as its parameter.
func (run *Run) nameHeaderBackends(line []byte) error {
	var old struct {
		Arms []struct {
			About   string `json:"store"`
			Awaited bool   `json:"store_server"`
			HasCPU  bool   `json:"store_cpu"`
		} `json:"arms"`
	}
	if err := json.Unmarshal(line, &old); err != nil {
		return err
	}
	for i, was := range old.Arms {
		if was.About == "" {
			continue
		}
		info, name := &run.Header.Arms[i], bench.IssuerBackend
		if !strings.HasPrefix(was.About, "the issuer") {
			name = run.storeKind(info.Name)
		}
		info.Backends = []bench.Backend{{Name: name, About: was.About, Awaited: was.Awaited, HasCPU: was.HasCPU}}
	}
	return nil
}

// storeKind is the kind of store that an arm's method names, "store" if it names none.
func (run *Run) storeKind(arm string) string {
	for _, a := range run.Header.Scenario.Arms {
		if kind := a.Method.Params.Text("store"); a.Name == arm && kind != "" {
			return kind
		}
	}
	return "store"
}

// onlyBackend is the name of an arm's backend.
func (run *Run) onlyBackend(arm string) string {
	for _, info := range run.Header.Arms {
		if info.Name == arm && len(info.Backends) > 0 {
			return info.Backends[0].Name
		}
	}
	return "store"
}
