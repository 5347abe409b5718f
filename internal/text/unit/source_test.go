package unit

import (
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"
)

// powerRule finds a verb of package fmt that may print a power of ten, and a share that
// is printed without this package.
var powerRule = regexp.MustCompile(`%[-+# 0-9.*]*(\[\d+\])?[geGE]\b|%[-+0-9.]*f ?%%`)

// powersAllowed are files in which such a verb is right, each with the reason.
var powersAllowed = map[string]string{
	"internal/show/figure/figure.go":   "SVG's numbers may have powers of ten",
	"internal/show/report/benchfmt.go": "benchstat reads it: 1e+06 is a number of its format",
	"internal/show/live/frame.go":      "a share of fixed width, below one",
}

// What people read has no power of ten: it goes through this package.
func TestSourcePrintsNoPowers(t *testing.T) {
	files := 0
	root := os.DirFS("../../..")
	for _, folder := range []string{"bench", "cmd", "internal"} {
		err := fs.WalkDir(root, folder, func(path string, d fs.DirEntry, err error) error {
			switch {
			case err != nil || d.IsDir() || strings.HasPrefix(path, "internal/experiment/"): // programs of their own
				return err
			case !strings.HasSuffix(path, ".go"), strings.HasSuffix(path, "_test.go"), powersAllowed[path] != "":
				return nil
			}
			files++
			text, err := fs.ReadFile(root, path)
			for i, line := range strings.Split(string(text), "\n") {
				if found := powerRule.FindString(line); found != "" {
					t.Errorf("%s:%d: %q may print a power of ten, or rounds to 100 %%: use unit.Plain or unit.About", path, i+1, found)
				}
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if files < 100 {
		t.Errorf("only %d files were looked at", files)
	}
}
