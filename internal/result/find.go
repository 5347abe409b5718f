package result

import (
	"fmt"
	"io/fs"
	"path"
)

// deepest is how many directories below the root are searched for results: the project's
// own directory of results has published/ in it.
const deepest = 3

// Find returns the directories that hold a result, the root itself as ".". Below a
// result's directory there are none, and symbolic links are not followed. A directory that
// cannot be read has none, unless it is the root.
func Find(root fs.FS) ([]string, error) {
	inside, err := fs.ReadDir(root, ".")
	if err != nil {
		return nil, fmt.Errorf("list the results: %w", err)
	}
	return find(root, ".", inside, deepest), nil
}

func find(root fs.FS, dir string, inside []fs.DirEntry, levels int) []string {
	for _, f := range inside {
		if f.Name() == FileName && f.Type().IsRegular() {
			return []string{dir}
		}
	}
	if levels == 0 {
		return nil
	}
	var out []string
	for _, f := range inside {
		if !f.IsDir() {
			continue
		}
		below := path.Join(dir, f.Name())
		if inside, err := fs.ReadDir(root, below); err == nil { // else it went away, or is not ours to read
			out = append(out, find(root, below, inside, levels-1)...)
		}
	}
	return out
}
