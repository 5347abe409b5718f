package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"authbench/internal/analysis"
	"authbench/internal/hist"
	"authbench/internal/trial"
)

// loadFiles are the files that a trial leaves. They are opened before it, so that
// none is found impossible after an hour, and have their names only once written.
type loadFiles []*loadFile

type loadFile struct {
	path      string
	temporary *os.File
	content   func(io.Writer, *trial.Result) error
}

func (f loadFlags) openFiles() (loadFiles, error) {
	var files loadFiles
	for _, o := range []struct {
		flag, path string
		content    func(io.Writer, *trial.Result) error
	}{
		{"--hgrm", f.hgrm, func(w io.Writer, r *trial.Result) error { return r.Histogram().WriteDistribution(w) }},
		{"--hlog", f.hlog, func(w io.Writer, r *trial.Result) error { return hist.WriteLog(w, r.Intervals()) }},
	} {
		if o.path == "" {
			continue
		}
		temporary, err := os.CreateTemp(filepath.Dir(o.path), ".authbench-*")
		if err != nil {
			files.discard()
			return nil, fmt.Errorf("%s: %w", o.flag, err)
		}
		files = append(files, &loadFile{o.path, temporary, o.content})
	}
	return files, nil
}

// write writes all files.
func (fs loadFiles) write(r *trial.Result) error {
	for _, f := range fs {
		err := errors.Join(f.content(f.temporary, r), f.temporary.Chmod(0o644), f.temporary.Close())
		if err == nil {
			err = os.Rename(f.temporary.Name(), f.path)
		}
		if err != nil {
			return fmt.Errorf("write %s: %w", f.path, err)
		}
	}
	return nil
}

// discard removes what was not written.
func (fs loadFiles) discard() {
	for _, f := range fs {
		_ = f.temporary.Close()           // closed already, if it was written
		_ = os.Remove(f.temporary.Name()) // and renamed
	}
}

// figures are a trial's as limits know them: response_p99_us and the like.
func figures(s *trial.Summary) *analysis.Summary {
	metrics := map[string]analysis.Estimate{"throughput_rps": {Value: s.Throughput}}
	for name, d := range map[string]*trial.Spread{
		"response": s.Response, "service": s.Service, "first_byte": s.FirstByte, "transfer": s.Transfer,
		"queue": s.Queue, "lag": s.Lag, "connect": s.Connect, "tls": s.TLS,
	} {
		if d == nil {
			continue
		}
		for q, v := range map[string]float64{"p50": d.P50, "p90": d.P90, "p95": d.P95, "p99": d.P99, "p999": d.P999, "max": d.Max} {
			metrics[name+"_"+q+"_us"] = analysis.Estimate{Value: v}
		}
	}
	return &analysis.Summary{Arms: []analysis.Arm{{Name: "load", Status: analysis.ArmOK, Metrics: metrics}}}
}
