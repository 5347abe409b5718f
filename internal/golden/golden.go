// Package golden compares what tests make with the files that hold it, and writes
// these files anew under the one flag -update of all test binaries. It is for tests
// alone.
package golden

import (
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the files that tests compare with anew")

// Equal fails the test unless the file at path, from the package's folder, holds got.
// Under -update it writes the file instead.
func Equal(t testing.TB, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v: if the file is new, write it with %s", err, command(t))
	}
	if string(want) != got {
		t.Errorf("%s is not what the test makes (-file +made): if the change is meant, run %s\n%s", path, command(t), cmp.Diff(string(want), got))
	}
}

func command(t testing.TB) string {
	return "'go test . -run ^" + t.Name() + "$ -update' in the package's folder"
}

// Block returns text with content, and one line break behind it, as all that stands
// between the lines "<!-- published:NAME -->" and "<!-- /published:NAME -->". It fails
// the test if there is no such block.
func Block(t testing.TB, text, name, content string) string {
	t.Helper()
	open, end := "<!-- published:"+name+" -->\n", "<!-- /published:"+name+" -->"
	before, rest, opened := strings.Cut(text, open)
	_, after, closed := strings.Cut(rest, end)
	if !opened || !closed {
		t.Fatalf("the text has no block between %q and %q", open, end)
	}
	return before + open + strings.TrimRight(content, "\n") + "\n" + end + after
}

// EqualBlock fails the test unless the named block of the file at path holds content.
// Under -update it writes the block instead.
func EqualBlock(t testing.TB, path, name, content string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	Equal(t, path, Block(t, string(text), name, content))
}
