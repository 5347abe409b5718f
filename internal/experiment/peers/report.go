package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"authbench/bench"
	"authbench/internal/measure/host"
)

// reportVersion is the version of the raw data's form.
const reportVersion = 1

// report is the raw data of a comparison. The tables are made of nothing else.
type report struct {
	Version int       `json:"version"`
	Made    time.Time `json:"made"`
	// Host's GeneratorCPUs are the clients' where they were pinned.
	Host    bench.Host `json:"host"`
	Clients []tool     `json:"clients"`
	// Absent are clients that could not take part.
	Absent []absence `json:"absent,omitempty"`
	Cost   []pair    `json:"cost,omitempty"`
	Open   []visit   `json:"open,omitempty"`
	Freeze []frozen  `json:"freeze,omitempty"`
	// Closed and Paced are one connection without stops: what a request takes from a
	// server that is awake, and from one that sleeps between two of them.
	Closed *visit `json:"one_closed,omitempty"`
	Paced  *visit `json:"one_paced,omitempty"`
}

// tool is a program that took part.
type tool struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// absence is a client that did not, and why.
type absence struct {
	Name string `json:"name"`
	Why  string `json:"why"`
}

func newReport(made time.Time) *report {
	return &report{Version: reportVersion, Made: made.UTC().Truncate(time.Second), Host: host.Describe()}
}

// empty reports whether nothing was measured.
func (r *report) empty() bool { return len(r.Cost) == 0 && len(r.Open) == 0 && len(r.Freeze) == 0 }

// addAbsent notes that a client cannot take part, once.
func (r *report) addAbsent(name, why string) {
	if !slices.ContainsFunc(r.Absent, func(a absence) bool { return a.Name == name }) {
		r.Absent = append(r.Absent, absence{name, why})
	}
}

// readReport reads the raw data of an earlier comparison.
func readReport(path string) (*report, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var r report
	if err := json.Unmarshal(content, &r); err != nil {
		return nil, fmt.Errorf("%s: %w; it must be what peers -o json prints", path, err)
	}
	if r.Version != reportVersion {
		return nil, fmt.Errorf("%s: version %d; this program knows version %d", path, r.Version, reportVersion)
	}
	return &r, nil
}

// write prints the report in one of its forms.
func (r *report) write(w io.Writer, format string) error {
	if format == "json" {
		e := json.NewEncoder(w)
		e.SetIndent("", " ")
		return e.Encode(r)
	}
	_, err := io.WriteString(w, r.markdown())
	return err
}
