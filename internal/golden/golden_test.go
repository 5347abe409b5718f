package golden

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// failing notes with what words a test fails.
type failing struct {
	testing.TB
	words string
}

func (f *failing) Helper()                        {}
func (f *failing) Name() string                   { return "TestIt" }
func (f *failing) Errorf(format string, a ...any) { f.words += fmt.Sprintf(format, a...) }
func (f *failing) Fatalf(format string, a ...any) { f.Errorf(format, a...); panic(f) }
func (f *failing) Fatal(a ...any)                 { f.Fatalf("%v", a...) }

// wordsOf runs what may fail.
func wordsOf(check func(testing.TB)) (words string) {
	f := &failing{}
	defer func() {
		if stopped := recover(); stopped != nil && stopped != any(f) {
			panic(stopped)
		}
		words = f.words
	}()
	check(f)
	return f.words
}

const page = "Head\n<!-- published:a -->\nold\n<!-- /published:a -->\nFoot\n"

func TestChecks(t *testing.T) {
	path := filepath.Join(t.TempDir(), "page.md")
	if err := os.WriteFile(path, []byte(page), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		check func(testing.TB)
		want  string // in the words; empty if the check holds
	}{
		"the same":          {func(t testing.TB) { Equal(t, path, page) }, ""},
		"another":           {func(t testing.TB) { Equal(t, path, page+"x") }, "-run ^TestIt$ -update"},
		"no file":           {func(t testing.TB) { Equal(t, path+"x", page) }, "if the file is new"},
		"the same block":    {func(t testing.TB) { EqualBlock(t, path, "a", "old") }, ""},
		"another block":     {func(t testing.TB) { EqualBlock(t, path, "a", "new\n") }, "new"},
		"no block":          {func(t testing.TB) { EqualBlock(t, path, "b", "new") }, `no block between "<!-- published:b -->`},
		"no file of blocks": {func(t testing.TB) { EqualBlock(t, path+"x", "a", "old") }, "no such file"},
	} {
		if words := wordsOf(c.check); (c.want == "") != (words == "") || !strings.Contains(words, c.want) {
			t.Errorf("%s: %q, want %q", name, words, c.want)
		}
	}
}

// Under -update a file becomes what the test makes, and of a block only its content.
func TestUpdate(t *testing.T) {
	defer func(was bool) { *update = was }(*update)
	*update = true
	path := filepath.Join(t.TempDir(), "page.md")
	Equal(t, path, page)
	EqualBlock(t, path, "a", "new\n\n")
	got, err := os.ReadFile(path)
	if want := strings.Replace(page, "old", "new", 1); err != nil || string(got) != want {
		t.Errorf("%q (%v), want %q", got, err, want)
	}
}
