package all

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"authbench/bench"
	"authbench/internal/method"
)

// lacks says which parts of the contract a method does not have.
func lacks(m method.Method) (out []string) {
	for part, missing := range map[string]bool{
		"id": m.ID == "", "summary": m.Summary == "", "reference": m.Reference == "",
		"issuer": m.Issuer == nil, "verifier": m.Verifier == nil, "facts": m.Facts == nil, "family": m.Family == nil,
	} {
		if missing {
			out = append(out, part)
		}
	}
	return out
}

// TestEachMethodHasAllParts, with every value of every parameter.
func TestEachMethodHasAllParts(t *testing.T) {
	for _, m := range Catalogue() {
		if missing := lacks(m); len(missing) > 0 {
			t.Errorf("method %s has no %v", m.ID, missing)
			continue
		}
		for _, one := range everyValue(m) {
			if err := consistent(m, one); err != nil {
				t.Errorf("method %s, %v: %v", m.ID, one.Params, err)
			}
		}
	}
}

// TestLackingPartsAreFound shows that the test above can fail.
func TestLackingPartsAreFound(t *testing.T) {
	if got := lacks(method.Method{}); len(got) != 7 {
		t.Errorf("an empty method lacks %v", got)
	}
	for _, m := range Catalogue() {
		m.Family = nil
		if got := lacks(m); !slices.Equal(got, []string{"family"}) {
			t.Errorf("%s without a family lacks %v", m.ID, got)
		}
	}
	pretender := Catalogue()[0]
	pretender.Facts = func(bench.Params) bench.Facts { return bench.Facts{Asks: bench.AskedNobody} }
	if consistent(pretender, bench.Method{ID: pretender.ID}) == nil {
		t.Error("a method that protects says that there is nothing to examine")
	}
}

// everyValue is a method with its defaults, and with each value of each parameter beside
// them.
func everyValue(m method.Method) (out []bench.Method) {
	var needed []string
	for _, p := range m.Params {
		if p.Required {
			needed = append(needed, p.Name+"="+p.Values[0])
		}
	}
	variants := [][]string{needed}
	for _, p := range m.Params {
		for _, v := range p.Values {
			variants = append(variants, append(slices.DeleteFunc(slices.Clone(needed), func(n string) bool { return strings.HasPrefix(n, p.Name+"=") }), p.Name+"="+v))
		}
	}
	for _, pairs := range variants {
		// What cannot be parsed is a combination that there is not.
		if one, err := bench.ParseMethod(m.ID, pairs, Catalogue()); err == nil {
			out = append(out, one)
		}
	}
	return out
}

// consistent says where the parts of a method contradict each other.
func consistent(m method.Method, one bench.Method) error {
	facts, family := m.Facts(one.Params), m.Family(one.Params)
	var needs method.Needs
	if m.Needs != nil {
		needs = m.Needs(one.Params)
	}
	switch {
	case family.Open == facts.Protects():
		return errors.New("its family says that it lets everybody in, and its facts that it does not, or the other way round")
	case facts.Protects() && (facts.Asks == "" || facts.Revocation == "" || facts.Minter == ""):
		return errors.New("its facts do not say whom it asks, how a credential is taken back or who can mint")
	case (needs.Store != nil) != (facts.Asks == bench.AskedStore):
		return errors.New("its needs and its facts differ about a store")
	case needs.Tokens != (facts.Asks == bench.AskedIssuer), needs.Tokens != (facts.Revocation == bench.RevokedByIssuer):
		return errors.New("its needs and its facts differ about the issuer")
	case (needs.Feed || needs.StatusList) && facts.Revocation != bench.RevokedByList:
		return errors.New("it follows what its issuer takes back, and its facts have no list for that")
	case family.Scheme != "" && family.Cookie != "":
		return errors.New("its credential stands behind a scheme and in a cookie")
	}
	if one.Params.Text("bits") == "4096" {
		return nil // an issuer takes seconds, and is as with fewer bits
	}
	issuer, err := m.Issuer(method.Issue{Params: one.Params, Secret: [32]byte{1}, Count: 1, Now: time.Now()})
	if err != nil {
		return err
	}
	return errors.Join(provides(issuer, needs, facts), begins(issuer, facts, family), revokes(m, one, issuer, needs))
}

// provides says what an issuer lacks of what its method's needs promise.
func provides(issuer method.Issuer, needs method.Needs, facts bench.Facts) error {
	if _, records := issuer.(method.Recorder); needs.Store != nil && !records {
		return errors.New("it needs a store, and its issuer has no records")
	}
	if _, knows := issuer.(method.TokenIssuer); needs.Tokens && !knows {
		return errors.New("it asks its issuer about tokens, and that has none")
	}
	if names, named := issuer.(method.Identifier); facts.Revocation == bench.RevokedByList {
		if !named || names.ID(0) == "" || names.ID(0) == names.ID(1) || len(names.Denied()) == 0 {
			return errors.New("its credentials are put on a list, and have no ids")
		}
	}
	if _, publishes := issuer.(method.KeyPublisher); needs.KeySet != nil && !publishes {
		return errors.New("it needs a key set, and its issuer has no public keys")
	}
	return nil
}

// begins says whether minted credentials stand where the family has them.
func begins(issuer method.Issuer, facts bench.Facts, family method.Family) error {
	if !facts.Protects() {
		return nil
	}
	before := ""
	switch {
	case family.Scheme != "":
		before = family.Scheme + " "
	case family.Cookie != "":
		before = family.Cookie + "="
	}
	value, err := issuer.Append(nil, bench.Valid, 0)
	if err != nil || !strings.HasPrefix(string(value), before) {
		return fmt.Errorf("its credentials do not begin with %q: %w", before, err)
	}
	return nil
}

// revokes says whether a verifier takes credentials back as the facts have it.
func revokes(m method.Method, one bench.Method, issuer method.Issuer, needs method.Needs) error {
	if needs.Store != nil || needs.KeySet != nil || needs.AsksIssuer() || needs.Program.Name != "" {
		return nil // there is no verifier without them
	}
	verification, err := issuer.Verification(method.Places{})
	if err != nil {
		return err
	}
	verifier, err := m.Verifier(one.Params, verification, nil)
	if err != nil {
		return err
	}
	facts := m.Facts(one.Params)
	if _, can := verifier.(method.Revoker); can != (facts.Revocation == bench.RevokedByRecord) {
		return fmt.Errorf("its facts say that a server can take a record back: %v, and its verifier: %v", !can, can)
	}
	denier, can := verifier.(method.Denier)
	if can = can && denier.Deny("an id") == nil; can != (facts.Revocation == bench.RevokedByList) {
		return fmt.Errorf("its facts say that a server has a denylist: %v, and its verifier: %v", !can, can)
	}
	return nil
}

// idsElsewhere are the files outside a method's folder that may name methods: those that
// read what was written before methods wrote their facts, and those that are about
// particular methods on purpose.
var idsElsewhere = []string{
	"internal/result/facts.go",             // results of before
	"internal/experiment/",                 // programs about particular methods
	"internal/conform/recipe.go",           // what recipes of the catalogue start from
	"internal/conform/testdata/",           // servers of other people
	"examples/go/",                         // which are as users write them
	"cmd/authbench/doctor.go",              // the baseline that a checkup measures
	"internal/credential/jose/engines/cmd", // a program of its own
}

// TestNobodyAsksForAMethod: no code outside the folder of a method has its name as a text.
// Whoever wants to know something of methods asks their facts, needs or family.
func TestNobodyAsksForAMethod(t *testing.T) {
	root := os.DirFS("../../..")
	read := 0
	err := fs.WalkDir(root, ".", func(file string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && file != "." && strings.HasPrefix(entry.Name(), "."):
			return fs.SkipDir
		case entry.IsDir() || path.Ext(file) != ".go" || strings.HasSuffix(file, "_test.go"):
			return nil
		}
		text, err := fs.ReadFile(root, file)
		if err != nil {
			return err
		}
		read++
		for _, found := range named(t, file, text) {
			t.Error(found)
		}
		return nil
	})
	if err != nil || read < 100 {
		t.Fatalf("%d files, %v", read, err)
	}
}

// TestNamesAreFound shows that the test above can fail.
func TestNamesAreFound(t *testing.T) {
	const code = "package a\nfunc f(id string) bool { switch id { case \"apikey\": return true }; return id == \"jwt\" }\n"
	for file, want := range map[string]int{
		"internal/judge/a.go": 2, "internal/method/jwt/a.go": 1, "internal/method/apikey/attack/a.go": 1, "internal/result/facts.go": 0,
	} {
		if got := named(t, file, []byte(code)); len(got) != want {
			t.Errorf("%s: found %q, want %d", file, got, want)
		}
	}
}

// named lists the comparisons of a file with the names of methods whose folder it is not in.
func named(t *testing.T, file string, text []byte) (out []string) {
	t.Helper()
	if slices.ContainsFunc(idsElsewhere, func(p string) bool { return strings.HasPrefix(file, p) }) {
		return nil
	}
	files := token.NewFileSet()
	parsed, err := parser.ParseFile(files, file, text, 0)
	if err != nil {
		t.Fatal(err)
	}
	check := func(e ast.Expr) {
		literal, ok := e.(*ast.BasicLit)
		if !ok || literal.Kind != token.STRING {
			return
		}
		id, err := strconv.Unquote(literal.Value)
		known := slices.ContainsFunc(Catalogue(), func(m method.Method) bool { return m.ID == id })
		if err == nil && known && !strings.HasPrefix(file, "internal/method/"+id+"/") {
			out = append(out, fmt.Sprintf("%v: asks for method %s by its name: ask its facts, needs or family", files.Position(e.Pos()), id))
		}
	}
	ast.Inspect(parsed, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BinaryExpr:
			if n.Op == token.EQL || n.Op == token.NEQ {
				check(n.X)
				check(n.Y)
			}
		case *ast.CaseClause:
			for _, e := range n.List {
				check(e)
			}
		case *ast.KeyValueExpr: // tables by method
			check(n.Key)
		}
		return true
	})
	return out
}

// TestEachMethodHasAFolder of its name, with a benchmark.
func TestEachMethodHasAFolder(t *testing.T) {
	for _, m := range Catalogue() {
		tests, err := fs.Glob(os.DirFS("../"+m.ID), "*_test.go")
		if err != nil {
			t.Fatal(err)
		}
		if !slices.ContainsFunc(tests, func(file string) bool {
			text, err := os.ReadFile(path.Join("..", m.ID, file))
			return err == nil && strings.Contains(string(text), "\nfunc Benchmark")
		}) {
			t.Errorf("internal/method/%s has no benchmark", m.ID)
		}
	}
}

// TestForgersAreIndependent: the folder attack of a method imports neither the method nor
// what methods share.
func TestForgersAreIndependent(t *testing.T) {
	root := os.DirFS("..")
	found := 0
	err := fs.WalkDir(root, ".", func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || path.Base(path.Dir(file)) != "attack" || path.Ext(file) != ".go" || strings.HasSuffix(file, "_test.go") {
			return err
		}
		found++
		text, err := fs.ReadFile(root, file)
		if err != nil {
			return err
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, text, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, i := range parsed.Imports {
			name, err := strconv.Unquote(i.Path.Value)
			if err != nil {
				return err
			}
			inside := strings.HasPrefix(name, "authbench/internal/")
			if inside && name != "authbench/internal/method" && path.Base(name) != "attack" {
				t.Errorf("%s imports %s: a fault that both have would not be found", file, name)
			}
		}
		return nil
	})
	if err != nil || found < 3 {
		t.Fatalf("%d forgers, %v", found, err)
	}
}
