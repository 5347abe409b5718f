package main

import (
	"errors"
	"fmt"
	"io"

	"authbench/internal/analysis"
	"authbench/internal/hist"
	"authbench/internal/trial"
)

// loadFiles are the files that a trial leaves. They are opened before it, so that
// none is found impossible after an hour.
type loadFiles struct {
	newFiles
	contents []func(io.Writer, *trial.Result) error
}

// resultMode is that of files that hold figures, which are no secret.
const resultMode = 0o644

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
		file, err := createNew(o.path, resultMode)
		if err != nil {
			files.discard()
			return loadFiles{}, fmt.Errorf("%s: %w", o.flag, err)
		}
		files.newFiles, files.contents = append(files.newFiles, file), append(files.contents, o.content)
	}
	return files, nil
}

// write writes all files, or none.
func (fs loadFiles) write(r *trial.Result) error {
	var errs []error
	for i, content := range fs.contents {
		errs = append(errs, content(fs.newFiles[i], r))
	}
	return fs.publish(errors.Join(errs...))
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
