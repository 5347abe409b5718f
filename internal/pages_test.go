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
