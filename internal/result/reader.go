package result

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"authbench/bench"
)

// unsealedVersion is the last format whose lines have no checksums.
const unsealedVersion = 1

// headerBegins is the beginning of each file that a [Writer] wrote.
const headerBegins = `{"kind":"header",`

// maxLine bounds one record. The largest, a slice, is some tens of kilobytes; a
// header of a scenario at its limits a few megabytes.
const maxLine = 16 << 20

// Read reads the result file of a run's directory. A torn last line is ignored:
// a run that was killed leaves one.
func Read(dir string) (*Run, error) {
	run, err := ReadFile(filepath.Join(dir, FileName))
	if info, statErr := os.Stat(dir); statErr == nil && !info.IsDir() {
		return nil, fmt.Errorf("%s is a file; name the directory that 'authbench run' printed", dir)
	}
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("%s: no %s here; name %s", dir, FileName, remedy(dir))
	}
	return run, err
}

// remedy says what to name instead of a directory without a result: one in it, if there is any.
func remedy(dir string) string {
	entries, _ := os.ReadDir(dir) // a directory that cannot be read has nothing to name
	for _, e := range slices.Backward(entries) {
		path := filepath.Join(dir, e.Name())
		if _, err := os.Stat(filepath.Join(path, FileName)); err == nil {
			return "one of the results in it, such as " + path
		}
	}
	return "the directory that 'authbench run' printed"
}

// ReadFile is [Read] for a result file that has left its directory.
func ReadFile(path string) (*Run, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read a result: %w", err)
	}
	defer f.Close()
	return Parse(path, f)
}

// Parse reads a result file. Errors call it path.
func Parse(path string, r io.Reader) (*Run, error) {
	f := Follower{path: path}
	if err := f.read(r); err != nil {
		return nil, err
	}
	if f.Run.Header.Kind == "" {
		return nil, fmt.Errorf("%s:1: %w", path, f.noHeader())
	}
	return &f.Run, nil
}

// readLine returns one line without its end. An incomplete last line gives io.EOF.
func readLine(r *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		part, err := r.ReadSlice('\n')
		line = append(line, part...)
		switch {
		case err == nil:
			return line[:len(line)-1], nil
		case len(line) > maxLine:
			return nil, fmt.Errorf("the line is longer than %d bytes: not a result file", maxLine)
		case !errors.Is(err, bufio.ErrBufferFull):
			return nil, err
		}
	}
}

// add decodes a line into the run. It returns errDamaged for a line that is not
// what was written.
func (run *Run) add(line []byte) error {
	sealed, err := unseal(line)
	if err != nil {
		return err
	}
	if !sealed && run.Header.Version > unsealedVersion {
		return errDamaged
	}
	var head struct {
		Kind    bench.Kind `json:"kind"`
		Version int        `json:"version"`
	}
	if err := json.Unmarshal(line, &head); err != nil {
		if bytes.HasPrefix(line, []byte(headerBegins)) {
			return errDamaged // in its checksum
		}
		if run.Header.Kind == "" {
			return errors.New("this is no result file; name the directory that 'authbench run' printed, or the " + FileName + " in it")
		}
		return fmt.Errorf("not a record: %w", err)
	}
	if err := run.misplaced(head.Kind, head.Version, sealed); err != nil {
		return err
	}
	if err := run.decode(head.Kind, line); err != nil {
		return err
	}
	return run.nameBackends(head.Kind, line)
}

// decode adds a record of a kind to the run.
func (run *Run) decode(kind bench.Kind, line []byte) error {
	switch kind {
	case bench.KindHeader:
		return json.Unmarshal(line, &run.Header)
	case bench.KindConformance:
		return appendRecord(line, &run.Conformance)
	case bench.KindCalibration:
		return appendRecord(line, &run.Calibrations)
	case bench.KindSlice:
		return appendRecord(line, &run.Slices)
	case bench.KindLaunch:
		return appendRecord(line, &run.Launches)
	case bench.KindEpisode:
		return appendRecord(line, &run.Episodes)
	case bench.KindRevocation:
		return run.addRevocation(line)
	case bench.KindWarning:
		return appendRecord(line, &run.Warnings)
	case bench.KindFooter:
		run.Footer = new(bench.Footer)
		return json.Unmarshal(line, run.Footer)
	}
	return fmt.Errorf("unknown kind of record %q", kind)
}

// misplaced says why a record may not stand where it does, or why its version, if it is the
// header, cannot be read.
func (run *Run) misplaced(kind bench.Kind, version int, sealed bool) error {
	first, copied := run.Header.Kind == "", sealed && run.Header.Kind != ""
	switch isHeader := kind == bench.KindHeader; {
	case first != isHeader && !(copied && isHeader):
		return fmt.Errorf("a record of kind %q where the header must stand first and once", kind)
	case first && version > bench.FormatVersion:
		return fmt.Errorf("format version %d; this authbench reads versions up to %d: use the one that wrote it, or a newer one", version, bench.FormatVersion)
	case first && !sealed && version > unsealedVersion:
		return errDamaged
	}
	return nil
}

// addRevocation takes the record of an arm's only revocation, as it was written before
// there were episodes.
func (run *Run) addRevocation(line []byte) error {
	var old struct {
		Arm string `json:"arm"`
		bench.Revocation
	}
	if err := json.Unmarshal(line, &old); err != nil {
		return err
	}
	run.Episodes = append(run.Episodes, bench.EpisodeRecord{
		Kind: bench.KindEpisode, Episode: "revocation", Arm: old.Arm, Replicas: 1, Revocations: []bench.Revocation{old.Revocation},
	})
	return nil
}

func appendRecord[T any](line []byte, list *[]T) error {
	var record T
	if err := json.Unmarshal(line, &record); err != nil {
		return err
	}
	*list = append(*list, record)
	return nil
}
