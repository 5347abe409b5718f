package result

import (
	"fmt"
	"io/fs"
	"path"
)

// maxDepth is how many levels of directories below the root are searched for results. The
// project's own results are below results/published.
const maxDepth = 3

// Find returns the directories that hold a result, the root itself as ".". It does not look
// below a result's directory, does not follow symbolic links, and skips directories that
// cannot be read, except for the root.
func Find(root fs.FS) ([]string, error) {
	inside, err := fs.ReadDir(root, ".")
	if err != nil {
		return nil, fmt.Errorf("list the results: %w", err)
	}
	return find(root, ".", inside, maxDepth), nil
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
		if inside, err := fs.ReadDir(root, below); err == nil { // else it is gone, or we may not read it
			out = append(out, find(root, below, inside, levels-1)...)
		}
	}
	return out
}
