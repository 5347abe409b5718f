package internal_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestModuleCanMove gives a copy of the repository another module path, with the command
// that CONTRIBUTING.md names, and builds it.
func TestModuleCanMove(t *testing.T) {
	const path = "example.org/somebody/authbench"
	dir := copyOfRepository(t)
	in := func(folder, name string, args ...string) string {
		t.Helper()
		c := exec.Command(name, args...)
		c.Dir = filepath.Join(dir, folder)
		out, err := c.CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %s %v: %v\n%s", folder, name, args, err, out)
		}
		return string(out)
	}
	guide, err := os.ReadFile("../CONTRIBUTING.md")
	if err != nil {
		t.Fatal(err)
	}
	command := regexp.MustCompile(`(?m)^(\.ci/module) github\.com/OWNER/authbench$`).FindSubmatch(guide)
	if command == nil {
		t.Fatal("CONTRIBUTING.md does not name the command")
	}
	in(".", string(command[1]), path)
	for _, module := range []string{".", "internal/credential/jose/engines", "internal/conform/vectors", "internal/fleet"} {
		if got := strings.TrimSpace(in(module, "go", "list", "-m")); got != strings.TrimSuffix(path+"/"+module, "/.") {
			t.Errorf("the module in %s is %s", module, got)
		}
		in(module, "go", "list", "-deps", "-test", "./...") // every import leads somewhere, those of tests too
	}
	if left := in(".", "gofmt", "-l", "."); left != "" {
		t.Errorf("gofmt would change\n%s", left)
	}
	in("internal", "go", "test", "-run", "^(TestLayers|TestViolationsAreFound)$", ".")
}

// TestModuleNeedsAHost: a path that others could not fetch is refused, and changes nothing.
func TestModuleNeedsAHost(t *testing.T) {
	dir := copyOfRepository(t)
	for _, path := range []string{"authbench2", "somebody/authbench", "https://example.org/authbench", "example.org"} {
		c := exec.Command(".ci/module", path)
		c.Dir = dir
		if out, err := c.CombinedOutput(); err == nil || !strings.Contains(string(out), "begins with a host") {
			t.Errorf("%s: %v\n%s", path, err, out)
		}
	}
	text, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	if err != nil || !strings.HasPrefix(string(text), "module "+strings.TrimSuffix(module, "/")+"\n") {
		t.Errorf("go.mod changed (%v):\n%s", err, text)
	}
}

// copyOfRepository copies what git does not ignore.
func copyOfRepository(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("git", "-C", "..", "ls-files", "-z", "--cached", "--others", "--exclude-standard").Output()
	if err != nil {
		t.Skipf("not in a checkout of git: %v", err)
	}
	dir := t.TempDir()
	for _, file := range strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00") {
		if strings.HasPrefix(file, "results/") {
			continue
		}
		text, err := os.ReadFile(filepath.Join("..", file))
		if os.IsNotExist(err) {
			continue // it was removed, and that is not committed yet
		}
		info, statErr := os.Stat(filepath.Join("..", file))
		if err != nil || statErr != nil {
			t.Fatal(err, statErr)
		}
		to := filepath.Join(dir, file)
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(to, text, info.Mode()); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
