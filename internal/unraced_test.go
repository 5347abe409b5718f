package internal_test

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestUnracedPackagesAreAlone: a package that is tested without the race detector because
// nothing in it runs at the same time starts no goroutine, in its tests neither.
func TestUnracedPackagesAreAlone(t *testing.T) {
	makefile, err := os.ReadFile("../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	joined := string(bytes.ReplaceAll(makefile, []byte("\\\n"), nil))
	list := func(name string) []string {
		found := regexp.MustCompile(`(?m)^` + name + `\s*:=(.*)$`).FindStringSubmatch(joined)
		if found == nil {
			t.Fatalf("the Makefile has no list %s", name)
		}
		return strings.Fields(found[1])
	}
	folders := list("ALONE")
	for _, module := range list("STILL") { // with all folders below
		if module == "$(ENGINES)" {
			module = list("ENGINES")[0]
		}
		files, err := fs.Glob(os.DirFS(".."), module+"/cmd/*")
		if err != nil {
			t.Fatal(err)
		}
		folders = append(append(folders, module), files...)
	}
	for _, folder := range folders {
		files, err := filepath.Glob(filepath.Join("..", folder, "*.go"))
		if err != nil || len(files) == 0 {
			t.Errorf("%s: %d files, %v", folder, len(files), err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, at := range starts(t, file, text) {
				t.Errorf("%v: this starts a goroutine: take the package out of its list, and test it with the race detector", at)
			}
		}
	}
}

// TestStartsAreSeen shows that the test above can fail.
func TestStartsAreSeen(t *testing.T) {
	for text, want := range map[string]int{
		"func f() { go f() }":                   1,
		"func f(w sync.WaitGroup) { w.Go(f) }":  1,
		"func f(t *testing.T) { t.Parallel() }": 1,
		"func f() { defer f(); goAway() }":      0,
	} {
		if got := len(starts(t, "a.go", []byte("package a\n"+text))); got != want {
			t.Errorf("%s: %d starts, want %d", text, got, want)
		}
	}
}

// starts are the places of a file where a goroutine is started, or a test goes on beside
// others.
func starts(t *testing.T, file string, text []byte) (out []token.Position) {
	t.Helper()
	files := token.NewFileSet()
	parsed, err := parser.ParseFile(files, file, text, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(parsed, func(n ast.Node) bool {
		call, isCall := n.(*ast.CallExpr)
		if isCall {
			method, named := call.Fun.(*ast.SelectorExpr)
			isCall = named && slices.Contains([]string{"Go", "Parallel", "AfterFunc"}, method.Sel.Name)
		}
		if _, isGo := n.(*ast.GoStmt); isGo || isCall {
			out = append(out, files.Position(n.Pos()))
		}
		return true
	})
	return out
}
