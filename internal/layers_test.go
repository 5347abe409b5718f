// Package internal_test holds the architecture: which package may import which,
// and which package owns which third-party module.
package internal_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "authbench/"

// room is a package's place in the house. Imports point to the same layer or
// down, and only to the rooms that are listed.
type room struct {
	layer int
	// imports are the packages of this module that it may import, without
	// "internal/".
	imports []string
	// whatever is below may be imported, listed or not.
	whatever bool
}

// house is the table of every package. One that is not written yet may be in it.
var house = map[string]room{
	"bench":             {layer: 0},
	"scenarios":         {layer: 0},
	"result/hist":       {layer: 0},
	"stat":              {layer: 0},
	"text/unit":         {layer: 0},
	"text/usertext":     {layer: 0},
	"measure/keyserver": {layer: 0},
	"measure/proc":      {layer: 0},
	// variant builds strangers' programs, which proc holds.
	"measure/variant": {layer: 0, imports: []string{"measure/proc"}},
	// reach finds and dials servers for all who ask one something.
	"measure/reach": {layer: 0, imports: []string{"bench"}},
	// browsertest is for tests alone.
	"show/browsertest": {layer: 0},

	"scenario":         {layer: 1, imports: []string{"bench", "scenarios", "text/usertext"}},
	"measure/control":  {layer: 1, imports: []string{"bench"}},
	"credential/store": {layer: 1, imports: []string{"bench"}},
	"measure/service":  {layer: 1, imports: []string{"measure/proc", "credential/store"}},
	"measure/target":   {layer: 1, imports: []string{"bench", "measure/control"}},
	"measure/inject":   {layer: 1, imports: []string{"bench"}},
	"measure/load":     {layer: 1, imports: []string{"bench", "result/hist", "measure/reach"}},
	"measure/host":     {layer: 1, imports: []string{"bench"}},
	"result":           {layer: 1, imports: []string{"bench", "result/hist"}},
	"result/validity":  {layer: 1, imports: []string{"bench", "result/hist", "stat", "text/unit", "result/limit"}},
	// limit reads its values and prints its figures by their quantities.
	"result/limit": {layer: 1, imports: []string{"bench", "text/unit"}},

	"auth":           {layer: 2, imports: []string{"bench", "credential/store", "text/usertext"}},
	"measure/runner": {layer: 2, imports: []string{"bench", "measure/proc", "measure/control", "measure/load", "result/hist", "measure/host", "result", "result/validity"}},
	"judge/analysis": {layer: 2, imports: []string{"bench", "result", "result/hist", "stat", "text/unit", "result/validity", "result/limit"}},

	// arms satisfies the interfaces that runner declares.
	"measure/arms": {layer: 3, imports: []string{"bench", "auth", "credential/store", "measure/service", "measure/proc", "measure/control", "measure/keyserver", "measure/load", "measure/reach", "measure/runner"}},
	// conform serves a verifier that it examines over the wire, and the stores that
	// verifiers ask.
	"conform":      {layer: 3, imports: []string{"bench", "auth", "measure/keyserver", "measure/service", "measure/target", "measure/load", "measure/reach", "text/usertext"}},
	"show/figure":  {layer: 3, imports: []string{"bench", "judge/analysis", "text/unit"}},
	"judge/advice": {layer: 3, imports: []string{"bench", "judge/analysis", "text/unit"}},
	"judge/gate":   {layer: 3, imports: []string{"bench", "judge/analysis", "stat", "text/unit"}},
	// internal/experiment/micro is benchmarks alone: only its tests import anything.
	"experiment/micro": {layer: 3},
	// Its table is made from what the benchmarks print.
	"experiment/micro/table": {layer: 3, imports: []string{"text/unit"}},

	// trial sends its credentials as arms reads them, and has verdicts as analysis
	// words them.
	"measure/trial": {layer: 3, imports: []string{"bench", "result/hist", "measure/proc", "measure/load", "measure/reach", "measure/host", "result/limit", "result/validity", "judge/analysis", "measure/arms"}},

	"show/report": {layer: 4, imports: []string{"bench", "result/hist", "judge/advice", "judge/analysis", "measure/doctor", "show/figure", "judge/gate", "measure/trial", "text/unit", "text/usertext", "result/limit"}},
	// live words warnings as reports do.
	"show/live": {layer: 4, whatever: true, imports: []string{"show/report"}},
	// serve puts reports beside each other.
	"show/serve":     {layer: 4, whatever: true, imports: []string{"show/report"}},
	"measure/doctor": {layer: 4, whatever: true},

	"cmd/authbench": {layer: 5, whatever: true},
	// internal/experiment/calibrate measures the gate's rules, with nothing real in it.
	"experiment/calibrate": {layer: 5, imports: []string{"judge/gate", "stat"}},
	// internal/experiment/replay decides again over what gates recorded.
	"experiment/replay": {layer: 5, imports: []string{"judge/analysis", "judge/gate", "result", "stat"}},
	// internal/experiment/peers measures authbench from outside, as any other program: it must not
	// import the generator.
	"experiment/peers": {layer: 5, imports: []string{"bench", "measure/control", "measure/host", "measure/proc", "stat", "text/unit"}},
}

// reasons explains the bans that someone may be tempted to lift.
var reasons = []struct{ from, to, reason string }{
	{"bench", "*", "the vocabulary stands below everything and imports the standard library only"},
	{"measure/load", "auth", "credentials are minted before any clock starts, and the generator sends bytes"},
	{"measure/load", "credential/store", "whatever the generator does besides sending shows in the latencies"},
	{"measure/runner", "judge/analysis", "measuring and judging meet only at the result file, so that an old result can always be analysed again"},
	{"measure/runner", "judge/gate", "a gate loops launch and decide around the runner; a runner that judges would choose its own data"},
	{"measure/runner", "auth", "the runner measures any server, the user's too, through the interfaces that it declares"},
	{"judge/analysis", "measure/runner", "a result is understood from its file alone, whoever measured it"},
	{"judge/analysis", "measure/load", "a result is understood from its file alone, whoever measured it"},
	{"experiment/peers", "measure/load", "the generator is started as its peers are, or the comparison would favour it"},
	{"measure/target", "auth", "the server is the same for every method: it is handed its verifier"},
	{"scenario", "auth", "a scenario learns methods and parameters through bench.Catalogue"},
	{"show/figure", "result", "figures and reports draw the analysis, so that they cannot disagree with it"},
	{"show/report", "result", "figures and reports draw the analysis, so that they cannot disagree with it"},
}

// owners says which packages import a third-party module: one each, so that it
// can be replaced, except where two ends of one wire or kernel calls need it.
var owners = map[string][]string{
	"github.com/chromedp/cdproto":  {"show/browsertest"},
	"github.com/chromedp/chromedp": {"show/browsertest"},
	"charm.land/bubbletea/v2":      {"show/live"},
	"charm.land/lipgloss/v2":       {"show/live", "show/report", "cmd/authbench"},
	// conform forges tokens with code of its own.
	"filippo.io/mldsa":                        {"auth", "conform"},
	"github.com/HdrHistogram/hdrhistogram-go": {"result/hist"},
	"github.com/golang-jwt/jwt/v5":            {"auth"},
	"github.com/invopop/jsonschema":           {"scenario"},
	"github.com/jackc/pgx/v5":                 {"credential/store"},
	"github.com/maypok86/otter/v2":            {"credential/store"},
	"github.com/prometheus/procfs":            {"measure/host", "measure/proc"},
	"github.com/redis/go-redis/v9":            {"credential/store"},
	"github.com/spf13/cobra":                  {"cmd/authbench"},
	"github.com/spf13/pflag":                  {"cmd/authbench"},
	"github.com/valyala/fasthttp":             {"measure/target"},
	"go.etcd.io/bbolt":                        {"credential/store"},
	"go.yaml.in/yaml/v4":                      {"scenario"},
	"golang.org/x/crypto":                     {"auth"},
	"golang.org/x/sync":                       {"credential/store"},
	"golang.org/x/sys":                        {"measure/host", "measure/load", "measure/proc", "credential/store"},
	"golang.org/x/term":                       {"show/live", "cmd/authbench"},
	"gonum.org/v1/gonum":                      {"stat"},
	"gonum.org/v1/plot":                       {"show/figure"},

	// Only tests: they may import these and any of the above.
	"github.com/google/go-cmp":        nil,
	"github.com/rogpeppe/go-internal": nil,
	"go.uber.org/goleak":              nil,
	"pgregory.net/rapid":              nil,
	"github.com/c2sp/wycheproof":      nil,
}

// source is one Go file of the module.
type source struct {
	file    string // from the module's root, with slashes
	pkg     string // as the house names it
	isTest  bool
	hasDoc  bool
	imports []imported
}

type imported struct {
	path string
	line int
}

// readModule parses the head of every Go file of the module, those for other
// systems included, which go list would leave out.
func readModule(t *testing.T) []source {
	t.Helper()
	root := os.DirFS("..")
	var sources []source
	err := fs.WalkDir(root, ".", func(file string, entry fs.DirEntry, err error) error {
		switch name := entry.Name(); {
		case err != nil:
			return err
		case entry.IsDir() && file != "." && (name[0] == '.' || name[0] == '_' || name == "testdata" || isModule(root, file)):
			return fs.SkipDir
		case entry.IsDir() || filepath.Ext(name) != ".go":
			return nil
		}
		text, err := fs.ReadFile(root, file)
		if err != nil {
			return err
		}
		s, err := readSource(file, text)
		sources = append(sources, s)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return sources
}

// isModule reports whether a folder is a module of its own.
func isModule(root fs.FS, folder string) bool {
	_, err := fs.Stat(root, path.Join(folder, "go.mod"))
	return err == nil
}

func readSource(file string, text []byte) (source, error) {
	files := token.NewFileSet()
	parsed, err := parser.ParseFile(files, file, text, parser.ImportsOnly|parser.ParseComments)
	if err != nil {
		return source{}, err
	}
	s := source{
		file: file, pkg: roomOf(path.Dir(file)),
		isTest: strings.HasSuffix(file, "_test.go"), hasDoc: isDoc(parsed.Doc),
	}
	for _, i := range parsed.Imports {
		name, err := strconv.Unquote(i.Path.Value)
		if err != nil {
			return source{}, err
		}
		s.imports = append(s.imports, imported{name, files.Position(i.Pos()).Line})
	}
	return s, nil
}

// isDoc reports whether the comment before the package clause says something; a
// build constraint does not.
func isDoc(c *ast.CommentGroup) bool { return c != nil && strings.TrimSpace(c.Text()) != "" }

func roomOf(folder string) string { return strings.TrimPrefix(folder, "internal/") }

// violations returns what is wrong with the imports of one file.
func violations(s source) []string {
	from, known := house[s.pkg]
	if !known && !s.isTest {
		return []string{fmt.Sprintf("%s: package %s is not in the house: add it to the table with its layer and its imports", s.file, s.pkg)}
	}
	var out []string
	for _, i := range s.imports {
		var reason string
		if inside, ok := strings.CutPrefix(i.path, module); ok {
			if !s.isTest { // a test may set up what its package must not know
				reason = refusedInside(s.pkg, from, roomOf(inside))
			}
		} else if first, _, _ := strings.Cut(i.path, "/"); strings.Contains(first, ".") {
			reason = refusedOutside(s, i.path)
		}
		if reason != "" {
			out = append(out, fmt.Sprintf("%s:%d: imports %s: %s", s.file, i.line, i.path, reason))
		}
	}
	return out
}

// refusedInside says why one package must not import another, "" if it may.
func refusedInside(pkg string, from room, to string) string {
	target, known := house[to]
	switch {
	case !known:
		return to + " is not in the house"
	case from.whatever && target.layer < from.layer, slices.Contains(from.imports, to):
		return ""
	}
	for _, r := range reasons {
		if r.from == pkg && (r.to == to || r.to == "*") {
			return r.reason
		}
	}
	if from.whatever {
		return fmt.Sprintf("it is not below %s", pkg)
	}
	return fmt.Sprintf("%s may import only %v", pkg, from.imports)
}

// refusedOutside says why a file must not import a third-party package, "" if it
// may.
func refusedOutside(s source, path string) string {
	for name, packages := range owners {
		if path != name && !strings.HasPrefix(path, name+"/") {
			continue
		}
		switch {
		case s.isTest, slices.Contains(packages, s.pkg):
			return ""
		case len(packages) == 0:
			return "only tests may"
		}
		return "it belongs to " + strings.Join(packages, " and ")
	}
	return "no package owns this module: add it to the table, with its owner"
}

// TestLayers: every import of the module is one that the house allows.
func TestLayers(t *testing.T) {
	sources := readModule(t)
	if len(sources) < 50 {
		t.Fatalf("found only %d Go files: the test looks in the wrong place", len(sources))
	}
	for _, s := range sources {
		for _, v := range violations(s) {
			t.Error(v)
		}
	}
}

// TestPackageComments: each package is documented, in one place.
func TestPackageComments(t *testing.T) {
	documented := map[string][]string{}
	for _, s := range readModule(t) {
		if s.isTest {
			continue
		}
		files := documented[s.pkg]
		if s.hasDoc {
			files = append(files, s.file)
		}
		documented[s.pkg] = files
	}
	for pkg, files := range documented {
		switch {
		case len(files) == 0:
			t.Errorf("package %s has no package comment", pkg)
		case len(files) > 1:
			t.Errorf("package %s has %d package comments: %s", pkg, len(files), strings.Join(files, ", "))
		}
	}
}

// TestHouse: the table itself points down only, and explains only what it
// forbids.
func TestHouse(t *testing.T) {
	for name, r := range house {
		for _, to := range r.imports {
			if below, known := house[to]; !known || below.layer > r.layer {
				t.Errorf("%s may import %s, which is not below it", name, to)
			}
		}
	}
	for _, r := range reasons {
		if slices.Contains(house[r.from].imports, r.to) {
			t.Errorf("%s may import %s, and there is a reason why not", r.from, r.to)
		}
	}
	for name, packages := range owners {
		for _, p := range packages {
			if _, known := house[p]; !known {
				t.Errorf("%s belongs to %s, which is not in the house", name, p)
			}
		}
	}
}

// TestViolationsAreFound shows that the rules can fail.
func TestViolationsAreFound(t *testing.T) {
	for _, c := range []struct{ file, imports, want string }{
		{"internal/measure/load/a.go", "authbench/internal/auth", "internal/measure/load/a.go:2: imports authbench/internal/auth: credentials are minted before any clock starts, and the generator sends bytes"},
		{"internal/measure/load/a_linux.go", "authbench/internal/result/hist", ""},
		{"internal/measure/load/a_test.go", "authbench/internal/auth", ""},
		{"internal/measure/runner/a.go", "authbench/internal/judge/gate", "internal/measure/runner/a.go:2: imports authbench/internal/judge/gate: a gate loops launch and decide around the runner; a runner that judges would choose its own data"},
		{"internal/stat/a.go", "authbench/internal/result/hist", "internal/stat/a.go:2: imports authbench/internal/result/hist: stat may import only []"},
		{"internal/measure/doctor/a.go", "authbench/internal/show/report", "internal/measure/doctor/a.go:2: imports authbench/internal/show/report: it is not below measure/doctor"},
		{"internal/measure/doctor/a.go", "authbench/internal/measure/runner", ""},
		{"bench/a.go", "authbench/internal/text/unit", "bench/a.go:2: imports authbench/internal/text/unit: the vocabulary stands below everything and imports the standard library only"},
		{"internal/util/a.go", "fmt", "internal/util/a.go: package util is not in the house: add it to the table with its layer and its imports"},
		{"internal/stat/a.go", "authbench/internal/util", "internal/stat/a.go:2: imports authbench/internal/util: util is not in the house"},
		{"internal/auth/a.go", "github.com/golang-jwt/jwt/v5/request", ""},
		{"internal/credential/store/a.go", "github.com/golang-jwt/jwt/v5", "internal/credential/store/a.go:2: imports github.com/golang-jwt/jwt/v5: it belongs to auth"},
		{"internal/result/hist/a.go", "pgregory.net/rapid", "internal/result/hist/a.go:2: imports pgregory.net/rapid: only tests may"},
		{"internal/result/hist/a_test.go", "pgregory.net/rapid", ""},
		{"internal/result/hist/a_test.go", "example.org/x", "internal/result/hist/a_test.go:2: imports example.org/x: no package owns this module: add it to the table, with its owner"},
	} {
		s, err := readSource(c.file, []byte("package a\nimport "+strconv.Quote(c.imports)+"\n"))
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(violations(s), "\n"); got != c.want {
			t.Errorf("%s imports %s:\ngot  %s\nwant %s", c.file, c.imports, got, c.want)
		}
	}
}
