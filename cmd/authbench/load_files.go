package main

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"authbench/internal/measure/loadtest"
	"authbench/internal/result/hist"
	"authbench/internal/show/report"
)

// loadFiles are the files that a load test writes. They are opened before the test, so that a
// wrong path does not show only after an hour.
type loadFiles struct {
	newFiles
	contents []func(io.Writer, *loadtest.Result) error
}

// resultMode is the mode of files with figures, which are not secret.
const resultMode = 0o644

func (f loadFlags) openFiles() (loadFiles, error) {
	var files loadFiles
	flags := map[string]string{} // by the path that they name
	for _, o := range []struct {
		flag, path string
		content    func(io.Writer, *loadtest.Result) error
	}{
		{"--html", f.html, func(w io.Writer, r *loadtest.Result) error {
			return report.LoadTestHTML(w, &r.Summary, r.Histogram(), r.Began, version)
		}},
		{"--hgrm", f.hgrm, func(w io.Writer, r *loadtest.Result) error { return r.Histogram().WriteDistribution(w) }},
		{"--hlog", f.hlog, func(w io.Writer, r *loadtest.Result) error { return hist.WriteLog(w, r.Intervals()) }},
	} {
		if o.path == "" {
			continue
		}
		if other := flags[filepath.Clean(o.path)]; other != "" {
			files.discard()
			return loadFiles{}, usageError(fmt.Errorf("%s and %s name the same file: choose another name for one of them", other, o.flag))
		}
		flags[filepath.Clean(o.path)] = o.flag
		file, err := createNew(o.path, resultMode)
		if err != nil {
			files.discard()
			return loadFiles{}, pathError(fmt.Errorf("%s: %w", o.flag, err))
		}
		files.newFiles, files.contents = append(files.newFiles, file), append(files.contents, o.content)
	}
	return files, nil
}

// write writes all files, or none.
func (fs loadFiles) write(r *loadtest.Result) error {
	var errs []error
	for i, content := range fs.contents {
		errs = append(errs, content(fs.newFiles[i], r))
	}
	return fs.publish(errors.Join(errs...))
}
