// Package internal_test holds the architecture: which wing may reach which, and which
// package owns which third-party module.
package internal_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// module is how the paths of its own packages begin.
const module = "authbench/"

// wing is a part of the house: the packages in one folder of internal, or in one beside
// it.
type wing struct {
	// reaches are the other wings that its packages may reach, themselves or through
	// what they import. Within a wing the compiler forbids circles, and that is enough.
	reaches []string
	reason  string
}

// house has all wings. What is below measure and judge is what both may know; they meet
// at result, so that a result is understood from its file alone, whoever measured it, and
// an old one can always be analysed again.
var house = map[string]wing{
	"bench":      {nil, "the vocabulary stands below everything and imports the standard library only"},
	"scenarios":  {nil, "it is files alone"},
	"examples":   {nil, "they are servers as users write them, who have nothing of this program"},
	"golden":     {nil, "it compares with files and with schemas, for tests alone"},
	"stat":       {nil, "statistics are of numbers, whatever they count"},
	"text":       {nil, "figures and users' words are written the same everywhere"},
	"scenario":   {[]string{"bench", "scenarios", "text"}, "a scenario learns methods and parameters through bench.Catalogue"},
	"credential": {[]string{"bench", "text"}, "what methods share knows none of them"},
	"method":     {[]string{"bench", "credential", "text"}, "a method knows neither who measures it nor who examines it"},
	"result":     {[]string{"bench", "stat", "text"}, "it is all that measuring and judging share"},
	"measure":    {[]string{"bench", "method", "credential", "result", "stat", "text"}, "measuring and judging meet only at the result; what judges would choose its own data"},
	"conform":    {[]string{"bench", "method", "credential", "measure", "result", "text"}, "the attack catalogue judges by answers, not by figures"},
	"judge":      {[]string{"bench", "result", "stat", "text"}, "measuring and judging meet only at the result, which is understood from its file alone"},
	"show":       {[]string{"bench", "judge", "result", "stat", "text"}, "reports and figures show what was judged, whoever measured it"},
	"experiment": {[]string{"bench", "judge", "measure", "result", "stat", "text"}, "programs that produce evidence stand beside the command"},
	"cmd":        {[]string{"bench", "scenarios", "examples", "scenario", "method", "credential", "conform", "measure", "result", "judge", "show", "stat", "text"}, "the command wires the wings, and experiments are programs of their own"},
}

// never is what the wings leave open: packages, or whole wings, that another must not
// reach, through whatever it imports. "*" is any package.
var never = []struct{ from, to, reason string }{
	{"measure/load", "method", "credentials are minted before any clock starts, and the generator sends bytes"},
	{"measure/load", "credential", "whatever the generator does besides sending shows in the latencies"},
	{"measure/agents", "method", "a client knows its issuer's endpoint, not what it gets there"},
	{"measure/runner", "method", "the runner measures any server, the user's too, through the interfaces that it declares"},
	{"measure/target", "method", "the server is the same for every method: it is handed its verifier"},
	{"experiment/calibrate", "measure", "it simulates: nothing in it is real"},
	{"experiment/replay", "measure", "it decides again over what was recorded"},
	{"experiment/peers", "measure/load", "the generator is started as its peers are, or the comparison would favour it"},
	{"*", "show/browsertest", "it is for tests alone"},
	{"*", "golden", "it is for tests alone"},
	{"*", "examples/examplestest", "it is for tests alone"},
	{"*", "credential/credentialtest", "it is for tests alone"},
	{"*", "method/methodtest", "it is for tests alone"},
}

// owners says which packages import a third-party module: one each, so that it
// can be replaced, except where two ends of one wire or kernel calls need it.
var owners = map[string][]string{
	"aidanwoods.dev/go-paseto":     {"method/paseto"},
	"github.com/chromedp/cdproto":  {"show/browsertest"},
	"github.com/chromedp/chromedp": {"show/browsertest"},
	"charm.land/bubbletea/v2":      {"show/live"},
	"charm.land/lipgloss/v2":       {"show/live", "show/report", "cmd/authbench"},
	// conform forges tokens with code of its own.
	"filippo.io/mldsa":                        {"credential/jose", "conform"},
	"github.com/HdrHistogram/hdrhistogram-go": {"result/hist"},
	"github.com/golang-jwt/jwt/v5":            {"credential/jose", "examples/go"},
	"github.com/invopop/jsonschema":           {"scenario", "golden"},
	"github.com/jackc/pgx/v5":                 {"credential/store"},
	"github.com/maypok86/otter/v2":            {"credential/store"},
	"github.com/prometheus/procfs":            {"measure/host", "measure/proc"},
	"github.com/redis/go-redis/v9":            {"credential/store"},
	"github.com/spf13/cobra":                  {"cmd/authbench"},
	"github.com/spf13/pflag":                  {"cmd/authbench"},
	"github.com/valyala/fasthttp":             {"measure/httpd", "measure/target", "measure/issuer", "measure/agents", "method/introspection"},
	"go.etcd.io/bbolt":                        {"credential/store"},
	"go.opentelemetry.io/otel":                {"show/export"},
	"go.yaml.in/yaml/v4":                      {"scenario"},
	"golang.org/x/crypto":                     {"credential/opaque"},
	"golang.org/x/sync":                       {"credential/store"},
	"golang.org/x/sys":                        {"measure/host", "measure/load", "measure/proc", "credential/store"},
	"golang.org/x/term":                       {"show/live", "cmd/authbench"},
	"gonum.org/v1/gonum":                      {"stat"},
	"gonum.org/v1/plot":                       {"show/figure"},

	// golden is for tests, which show differences by it.
	"github.com/google/go-cmp": {"golden"},
	// Only tests: they may import these and any of the above.
	// Other programs' readers of what is exported.
	"github.com/prometheus/common":     nil,
	"github.com/prometheus/prometheus": nil,
	"golang.org/x/perf":                nil,
	"go.opentelemetry.io/proto/otlp":   nil,
	"google.golang.org/protobuf":       nil,
	"github.com/rogpeppe/go-internal":  nil,
	"go.uber.org/goleak":               nil,
	"pgregory.net/rapid":               nil,
	"github.com/c2sp/wycheproof":       nil,
}

// source is one Go file of the module.
type source struct {
	file    string // from the module's root, with slashes
	pkg     string // as the tables name it
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

// roomOf is how the tables name the package in a folder.
func roomOf(folder string) string { return strings.TrimPrefix(folder, "internal/") }

// wingOf is the wing that a package is in.
func wingOf(pkg string) string {
	name, _, _ := strings.Cut(pkg, "/")
	return name
}

// violations returns what is wrong with the imports of all files together. Imports of
// the module by tests are left out: a test may set up what its package must not know.
func violations(sources []source) []string {
	var out []string
	graph := map[string][]string{}
	for _, s := range sources {
		for _, i := range s.imports {
			if inside, ok := strings.CutPrefix(i.path, module); ok {
				if !s.isTest {
					graph[s.pkg] = append(graph[s.pkg], roomOf(inside))
				}
			} else if reason := refusedOutside(s, i.path); reason != "" {
				out = append(out, fmt.Sprintf("%s:%d: imports %s: %s", s.file, i.line, i.path, reason))
			}
		}
		if _, known := house[wingOf(s.pkg)]; !known && !s.isTest {
			out = append(out, fmt.Sprintf("%s: package %s is in no wing of the house: move it into one", s.file, s.pkg))
		}
	}
	for _, pkg := range slices.Sorted(maps.Keys(graph)) {
		out = append(out, refusedInside(graph, pkg)...)
	}
	return out
}

// refusedInside follows the imports of a package, the near ones first, and says once for
// each rule that it breaks by which way and why it must not go there.
func refusedInside(graph map[string][]string, pkg string) (out []string) {
	way := map[string]string{pkg: pkg}
	told := map[string]bool{}
	for queue := []string{pkg}; len(queue) > 0; queue = queue[1:] {
		for _, to := range graph[queue[0]] {
			if way[to] != "" {
				continue
			}
			way[to] = way[queue[0]] + " → " + to
			queue = append(queue, to)
			if reason := refused(pkg, to); reason != "" && !told[reason+wingOf(to)] {
				told[reason+wingOf(to)] = true
				out = append(out, way[to]+": "+reason)
			}
		}
	}
	return out
}

// refused says why one package must not reach another, "" if it may.
func refused(from, to string) string {
	for _, n := range never {
		if (n.from == "*" || in(from, n.from)) && in(to, n.to) {
			return n.reason
		}
	}
	if w := house[wingOf(from)]; wingOf(from) != wingOf(to) && !slices.Contains(w.reaches, wingOf(to)) {
		return w.reason
	}
	return ""
}

// in reports whether a package is another, or below it.
func in(pkg, other string) bool { return pkg == other || strings.HasPrefix(pkg, other+"/") }

// refusedOutside says why a file must not import a package from outside the module,
// "" if it may.
func refusedOutside(s source, path string) string {
	if first, _, _ := strings.Cut(path, "/"); !strings.Contains(first, ".") {
		return "" // the standard library
	}
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

// TestLayers: whatever a package imports, it reaches only what the house allows.
func TestLayers(t *testing.T) {
	sources := readModule(t)
	if len(sources) < 50 {
		t.Fatalf("found only %d Go files: the test looks in the wrong place", len(sources))
	}
	for _, v := range violations(sources) {
		t.Error(v)
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

// TestHouse: the tables speak of what is there, and arrows between wings point one way.
func TestHouse(t *testing.T) {
	packages := map[string]bool{}
	for _, s := range readModule(t) {
		packages[s.pkg], packages[wingOf(s.pkg)] = true, true
	}
	for name, w := range house {
		if !packages[name] {
			t.Errorf("the wing %s is empty", name)
		}
		for _, to := range w.reaches {
			if below, known := house[to]; !known || to == name || slices.Contains(below.reaches, name) {
				t.Errorf("%s may reach %s, which is not below it", name, to)
			}
		}
	}
	for _, n := range never {
		if n.from != "*" && !packages[n.from] || !packages[n.to] {
			t.Errorf("%s must not reach %s, and one of them is not there", n.from, n.to)
		}
	}
	for name, owned := range owners {
		for _, p := range owned {
			if !packages[p] {
				t.Errorf("%s belongs to %s, which is not there", name, p)
			}
		}
	}
}

// TestViolationsAreFound shows that the rules can fail. Each import is written "file
// imported".
func TestViolationsAreFound(t *testing.T) {
	for _, c := range []struct {
		imports []string
		want    string
	}{
		{[]string{"internal/show/report/a.go authbench/internal/judge/gate"}, ""},
		{[]string{"internal/show/report/a.go authbench/internal/measure/load"}, "show/report → measure/load: reports and figures show what was judged, whoever measured it"},
		{[]string{"internal/show/report/a_test.go authbench/internal/measure/load"}, ""},
		{[]string{"internal/measure/runner/a_other.go authbench/internal/judge/gate"}, "measure/runner → judge/gate: measuring and judging meet only at the result; what judges would choose its own data"},
		{ // What is reached through another package counts as well.
			[]string{
				"internal/show/report/a.go authbench/internal/judge/gate", "internal/judge/gate/a.go authbench/internal/result",
				"internal/result/a.go authbench/internal/measure/load", "internal/measure/load/a.go authbench/internal/measure/reach",
			},
			"judge/gate → result → measure/load: measuring and judging meet only at the result, which is understood from its file alone\n" +
				"result → measure/load: it is all that measuring and judging share\n" +
				"show/report → judge/gate → result → measure/load: reports and figures show what was judged, whoever measured it",
		},
		{ // What the wings leave open.
			[]string{"internal/measure/load/a.go authbench/internal/measure/arms", "internal/measure/arms/a.go authbench/internal/method"},
			"measure/load → measure/arms → method: credentials are minted before any clock starts, and the generator sends bytes",
		},
		{[]string{"internal/experiment/peers/a.go authbench/internal/measure/load"}, "experiment/peers → measure/load: the generator is started as its peers are, or the comparison would favour it"},
		{[]string{"internal/show/serve/a.go authbench/internal/show/browsertest"}, "show/serve → show/browsertest: it is for tests alone"},
		{[]string{"bench/a.go authbench/internal/text/unit"}, "bench → text/unit: the vocabulary stands below everything and imports the standard library only"},
		{[]string{"internal/util/a.go fmt"}, "internal/util/a.go: package util is in no wing of the house: move it into one"},
		{[]string{"internal/credential/jose/a.go github.com/golang-jwt/jwt/v5/request"}, ""},
		{[]string{"internal/credential/store/a.go github.com/golang-jwt/jwt/v5"}, "internal/credential/store/a.go:2: imports github.com/golang-jwt/jwt/v5: it belongs to credential/jose and examples/go"},
		{[]string{"internal/result/hist/a.go pgregory.net/rapid"}, "internal/result/hist/a.go:2: imports pgregory.net/rapid: only tests may"},
		{[]string{"internal/result/hist/a_test.go pgregory.net/rapid"}, ""},
		{[]string{"internal/result/hist/a_test.go example.org/x"}, "internal/result/hist/a_test.go:2: imports example.org/x: no package owns this module: add it to the table, with its owner"},
	} {
		var sources []source
		for _, i := range c.imports {
			file, imported, _ := strings.Cut(i, " ")
			s, err := readSource(file, []byte("package a\nimport "+strconv.Quote(imported)+"\n"))
			if err != nil {
				t.Fatal(err)
			}
			sources = append(sources, s)
		}
		if got := strings.Join(violations(sources), "\n"); got != c.want {
			t.Errorf("%v:\ngot  %s\nwant %s", c.imports, got, c.want)
		}
	}
}
