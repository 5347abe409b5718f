package result

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"authbench/bench"
)

// Writer appends records to a result file. It is not safe for concurrent use.
type Writer struct {
	// Veil hides in every record what only the user may know; see [bench.Veil].
	Veil   *bench.Veil
	file   *os.File
	size   int64 // of all whole records
	slices int
}

// ErrExists says that a file, or a directory with files in it, would be overwritten.
var ErrExists = errors.New("exists, and is not overwritten: remove it, or choose another name")

// Create makes dir, with its parents, and an empty result file in it, so that a
// place that cannot be written to is known before anything is measured. A result
// that is there already is never overwritten, and nor is any other file: the directory
// must be empty, or the error is [ErrExists]. [Writer.Header] comes next.
func Create(dir string, veil *bench.Veil) (*Writer, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("create the result directory: %w; choose another with --out", err)
	}
	path := filepath.Join(dir, FileName)
	if err := mustBeEmpty(dir); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return nil, fmt.Errorf("create the result file: %w; choose another directory with --out", err)
	}
	return &Writer{Veil: veil, file: f}, nil
}

// mustBeEmpty refuses a directory with files in it: the reports would replace those of
// equal names.
func mustBeEmpty(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("look into the result directory: %w; choose another with --out", err)
	}
	if len(entries) > 0 {
		return fmt.Errorf("--out: the directory %s %w", dir, ErrExists)
	}
	return nil
}

// Empty reports whether no slice was written: nothing was measured.
func (w *Writer) Empty() bool { return w.slices == 0 }

// Discard closes and removes a file that is of no use to anybody, and its
// directory if nothing else is in it.
func (w *Writer) Discard() error {
	err := errors.Join(w.file.Close(), os.Remove(w.file.Name()))
	_ = os.Remove(filepath.Dir(w.file.Name())) // fails, as it should, if not empty
	return err
}

// Header appends the header, the first record. It is written twice, with an empty line
// between: without it nothing else can be understood, and one damaged byte, the line's
// end included, is to leave one of the two.
func (w *Writer) Header(h bench.Header) error {
	h.Kind, h.Version = bench.KindHeader, bench.FormatVersion
	h = w.Veil.Header(h)
	if err := w.append(h); err != nil {
		return err
	}
	if err := w.write([]byte{'\n'}); err != nil {
		return err
	}
	return w.append(h)
}

// Conformance appends what the attack catalogue says of an arm.
func (w *Writer) Conformance(c bench.Conformance) error {
	c.Kind = bench.KindConformance
	return w.append(c)
}

// Calibration appends a calibration.
func (w *Writer) Calibration(c bench.Calibration) error {
	c.Kind = bench.KindCalibration
	return w.append(c)
}

// Slice appends a slice.
func (w *Writer) Slice(s bench.Slice) error {
	s.Kind = bench.KindSlice
	w.slices++
	return w.append(s)
}

// Launch appends the record that closes a launch, and syncs the file: what was
// measured up to here survives a crash of the machine.
func (w *Writer) Launch(l bench.Launch) error {
	l.Kind = bench.KindLaunch
	if err := w.append(l); err != nil {
		return err
	}
	if err := w.file.Sync(); err != nil {
		return fmt.Errorf("sync the result file: %w", err)
	}
	return nil
}

// Episode appends what an arm's episode brought.
func (w *Writer) Episode(r bench.EpisodeRecord) error {
	r.Kind, r.Failed = bench.KindEpisode, w.Veil.Text(r.Failed)
	for i := range r.Revocations {
		r.Revocations[i].Failed = w.Veil.Text(r.Revocations[i].Failed)
	}
	return w.append(r)
}

// Warning appends a warning.
func (w *Writer) Warning(warning bench.Warning) error {
	warning.Kind, warning.Text = bench.KindWarning, w.Veil.Text(warning.Text)
	return w.append(warning)
}

// Close appends the footer and closes the file.
func (w *Writer) Close(f bench.Footer) error {
	f.Kind, f.Reason = bench.KindFooter, w.Veil.Text(f.Reason)
	err := w.append(f)
	if syncErr := w.file.Sync(); err == nil && syncErr != nil {
		err = fmt.Errorf("sync the result file: %w", syncErr)
	}
	return errors.Join(err, w.file.Close())
}

// append writes one record.
func (w *Writer) append(record any) error {
	line, err := json.Marshal(record)
	if err != nil {
		return fmt.Errorf("encode a record of the result file: %w", err)
	}
	return w.write(append(seal(line), '\n'))
}

// write appends a line. What a failed write left of it (a full disk takes the first
// half of a line) is cut off again, so that a later record, the footer at least, does
// not continue a torn line.
func (w *Writer) write(line []byte) error {
	n, err := w.file.Write(line)
	if err != nil {
		err = fmt.Errorf("write the result file: %w; what was measured before is kept", err)
		if truncErr := w.file.Truncate(w.size); truncErr != nil {
			return errors.Join(err, truncErr)
		}
		_, seekErr := w.file.Seek(w.size, 0)
		return errors.Join(err, seekErr)
	}
	w.size += int64(n)
	return nil
}
