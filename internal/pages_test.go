package internal_test

import (
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

var (
	// linkRule matches the target of an inline link or of an image.
	linkRule = regexp.MustCompile(`\]\(([^()\s]+)\)`)
	// elsewhereRule matches what begins with a scheme, and so leads out of the tree.
	elsewhereRule = regexp.MustCompile(`^[a-z][a-z0-9+.-]*:`)
	// codeRule matches what shows no link: a block of code, and a word of it.
	codeRule = regexp.MustCompile("(?s)\n```.*?\n```|`[^`\n]*`")
	// headingRule matches a heading, anchorRule what its anchor does without.
	headingRule = regexp.MustCompile(`(?m)^#+ +(.+)$`)
	anchorRule  = regexp.MustCompile(`[^\p{L}\p{N} _-]`)
	// packageRule matches a package that a page names by its path.
	packageRule = regexp.MustCompile("`((?:internal|cmd)/[a-z0-9/_-]+)`")
	// wingRule matches a row of the table of wings, insideRule the paragraph about what
	// stands in one, memberRule a package there.
	wingRule   = regexp.MustCompile("(?m)^\\| \\[?`internal/([a-z]+)`")
	insideRule = regexp.MustCompile(`(?m)^\*\*([a-z]+)\*\*: (.*)$`)
	memberRule = regexp.MustCompile("`([a-z0-9]+)` \\(")
)

// readPages returns the Markdown files of the repository by their paths. What tests
// hold their own output against is none of them.
func readPages(t *testing.T, root fs.FS) map[string]string {
	t.Helper()
	pages := map[string]string{}
	err := fs.WalkDir(root, ".", func(file string, entry fs.DirEntry, err error) error {
		switch name := entry.Name(); {
		case err != nil:
			return err
		case entry.IsDir() && (name == "testdata" || name == "bin" || name == ".git"):
			return fs.SkipDir
		case entry.IsDir() || path.Ext(name) != ".md":
			return nil
		}
		text, err := fs.ReadFile(root, file)
		pages[file] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return pages
}

// deadLinks returns the relative links of a page that lead nowhere: to no file or
// folder, or to no heading of a page.
func deadLinks(root fs.FS, pages map[string]string, page string) []string {
	var out []string
	for _, found := range linkRule.FindAllStringSubmatch(codeRule.ReplaceAllString(pages[page], ""), -1) {
		link := found[1]
		if elsewhereRule.MatchString(link) {
			continue
		}
		file, anchor, _ := strings.Cut(link, "#")
		target := page
		if file != "" {
			target = path.Join(path.Dir(page), file)
		}
		if _, err := fs.Stat(root, target); err != nil {
			out = append(out, link)
			continue
		}
		if text, isPage := pages[target]; isPage && anchor != "" && !slices.Contains(anchors(text), anchor) {
			out = append(out, link)
		}
	}
	return out
}

// anchors are the names of a page's headings in links, as GitHub makes them.
func anchors(text string) []string {
	var out []string
	for _, h := range headingRule.FindAllStringSubmatch(text, -1) {
		out = append(out, strings.ReplaceAll(anchorRule.ReplaceAllString(strings.ToLower(h[1]), ""), " ", "-"))
	}
	return out
}

// TestLinks: every relative link of every page leads to something that there is.
func TestLinks(t *testing.T) {
	root := os.DirFS("..")
	pages := readPages(t, root)
	if len(pages) < 20 {
		t.Fatalf("found only %d pages: the test looks in the wrong place", len(pages))
	}
	for page := range pages {
		for _, link := range deadLinks(root, pages, page) {
			t.Errorf("%s: the link to %s leads nowhere", page, link)
		}
	}
}

// TestDocs: the index of docs leads to every page there, and the pages name packages
// that there are.
func TestDocs(t *testing.T) {
	root := os.DirFS("..")
	pages := readPages(t, root)
	for page, text := range pages {
		folder, name := path.Split(page)
		if folder == "docs/" && name != "README.md" && !strings.Contains(pages["docs/README.md"], "]("+name+")") {
			t.Errorf("%s is not in docs/README.md", page)
		}
		if folder != "docs/" && folder != "" || name == "CHANGELOG.md" {
			continue
		}
		for _, found := range packageRule.FindAllStringSubmatch(text, -1) {
			if info, err := fs.Stat(root, found[1]); err != nil || !info.IsDir() {
				t.Errorf("%s names the package %s, which there is not", page, found[1])
			}
		}
	}
}

// TestLayersPage: docs/layers.md names every wing and what stands in it, and nothing
// that there is not. Of methods there are more and more: it need not name each.
func TestLayersPage(t *testing.T) {
	root := os.DirFS("..")
	page := readPages(t, root)["docs/layers.md"]
	there := map[string]bool{}
	for _, s := range readModule(t) {
		if wing, rest, inside := strings.Cut(s.pkg, "/"); !s.isTest && strings.HasPrefix(s.file, "internal/") {
			there[wing] = true
			if name, _, _ := strings.Cut(rest, "/"); inside {
				there[wing+"/"+name] = true
			}
		}
	}
	named := map[string]bool{}
	for _, found := range wingRule.FindAllStringSubmatch(page, -1) {
		named[found[1]] = true
	}
	for _, found := range insideRule.FindAllStringSubmatch(page, -1) {
		for _, one := range memberRule.FindAllStringSubmatch(found[2], -1) {
			named[found[1]+"/"+one[1]] = true
		}
	}
	for pkg := range there {
		if !named[pkg] && !strings.HasPrefix(pkg, "method/") {
			t.Errorf("docs/layers.md does not name internal/%s", pkg)
		}
	}
	for pkg := range named {
		if !there[pkg] {
			t.Errorf("docs/layers.md names internal/%s, which there is not", pkg)
		}
	}
}

// TestPagesNameAll: pages that list something list all of it.
func TestPagesNameAll(t *testing.T) {
	root := os.DirFS("..")
	for _, c := range []struct {
		page, folder, rule string
		least              int
	}{
		{"docs/validity.md", "internal/result/validity", `(?m)^\tCode\w+ += "(\w+)"`, 20},
		{"docs/result-file.md", "bench", `(?m)^\tKind\w+ +Kind = "(\w+)"`, 8},
		{"docs/terms.md", "bench", `(?m)^\t\w+ Class = "(\w+)"`, 8},
		{"docs/load.md", "bench", `(?m)^\t\w+ LoadKind = "(\w+)"`, 4},
		{"docs/stores.md", "internal/credential/store", `(?m)^\t\w+ +Kind = "(\w+)"`, 4},
	} {
		page, err := fs.ReadFile(root, c.page)
		if err != nil {
			t.Fatal(err)
		}
		found := 0
		for _, text := range readFolder(t, root, c.folder) {
			for _, name := range regexp.MustCompile(c.rule).FindAllStringSubmatch(text, -1) {
				found++
				if !strings.Contains(string(page), "`"+name[1]+"`") {
					t.Errorf("%s does not name %s of %s", c.page, name[1], c.folder)
				}
			}
		}
		if found < c.least {
			t.Errorf("%s: found %d names, at least %d are there: the test looks in the wrong place", c.folder, found, c.least)
		}
	}
}

// readFolder returns the texts of a package's Go files.
func readFolder(t *testing.T, root fs.FS, folder string) (texts []string) {
	t.Helper()
	files, err := fs.Glob(root, folder+"/*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := fs.ReadFile(root, file)
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, string(text))
	}
	return texts
}

// TestDeadLinksAreFound shows that the rules can fail.
func TestDeadLinksAreFound(t *testing.T) {
	root := fstest.MapFS{
		"bench/doc.go": {}, "README.md": {Data: []byte("## Methods\n")},
		"docs/a.md": {Data: []byte("# One thing: `x`, and more\n" +
			"[good](a.md#one-thing-x-and-more) [good](../bench) [good](../README.md#methods) [good](https://example.org/x)\n" +
			"`[code](nowhere)` [bad](nowhere.md) ![bad](../nowhere.svg) [bad](a.md#two) [bad](#two)\n" +
			"```text\n[code](nowhere)\n```\n")},
	}
	got := strings.Join(deadLinks(root, readPages(t, root), "docs/a.md"), " ")
	if want := "nowhere.md ../nowhere.svg a.md#two #two"; got != want {
		t.Errorf("dead links %q, want %q", got, want)
	}
}
