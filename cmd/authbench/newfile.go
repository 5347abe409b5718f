package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"authbench/internal/result"
)

// newFile is a file that does not exist yet. It gets its name only after it was written whole:
// nothing is overwritten, and nothing is left half-written.
type newFile struct {
	*os.File // the temporary one beside it
	path     string
	mode     fs.FileMode
}

// createNew opens a file that will be at path. If the path exists, the error is
// [result.ErrExists].
func createNew(path string, mode fs.FileMode) (*newFile, error) {
	if _, err := os.Lstat(path); err == nil {
		return nil, fmt.Errorf("%s %w", path, result.ErrExists)
	}
	temporary, err := os.CreateTemp(filepath.Dir(path), ".authbench-*")
	if err != nil {
		var system *fs.PathError // which names the temporary file
		if errors.As(err, &system) {
			err = system.Err
		}
		return nil, fmt.Errorf("%s: %w: choose a directory that exists and may be written to", path, err)
	}
	return &newFile{temporary, path, mode}, nil
}

// publish gives the file its name, unless writing it failed. It does not replace a file that
// was created there meanwhile.
func (f *newFile) publish(written error) error {
	err := errors.Join(written, f.Chmod(f.mode), f.Close())
	if err == nil {
		err = os.Link(f.Name(), f.path)
		if errors.Is(err, fs.ErrExist) {
			err = result.ErrExists
		} else if err != nil { // a file system without links
			err = os.Rename(f.Name(), f.path)
		}
	}
	f.discard()
	if err != nil {
		return fmt.Errorf("write %s: %w", f.path, err)
	}
	return nil
}

// discard removes a file that was not published. It may also be called after publish.
func (f *newFile) discard() {
	_ = f.Close()           // closed already, if it was published
	_ = os.Remove(f.Name()) // gone, if it was renamed
}

// newFiles are published together or not at all.
type newFiles []*newFile

func (fs newFiles) discard() {
	for _, f := range fs {
		f.discard()
	}
}

// publish gives all files their names, or none.
func (fs newFiles) publish(written error) error {
	defer fs.discard()
	for i, f := range fs {
		if err := f.publish(written); err != nil {
			for _, done := range fs[:i] {
				err = errors.Join(err, os.Remove(done.path))
			}
			return err
		}
	}
	return nil
}
