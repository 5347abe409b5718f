package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// TestReleaseFiles makes what archives hold beside the programs: completions, a man page
// for each command, and licences.
func TestReleaseFiles(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "release")
	if out, err := exec.Command(root+".ci/release-files", dir).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	holds := func(file string, want ...string) {
		t.Helper()
		text, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil {
			t.Error(err)
			return
		}
		for _, w := range want {
			if !strings.Contains(string(text), w) {
				t.Errorf("%s does not have %q", file, w)
			}
		}
	}
	holds("completions/authbench.bash", "__start_authbench")
	holds("completions/_authbench", "#compdef authbench")
	holds("completions/authbench.fish", "complete -c authbench")
	holds("THIRD-PARTY-LICENSES", "\n==== Go standard library go", "\n==== github.com/valyala/fasthttp ",
		"\n==== github.com/lestrrat-go/jwx/v3 ", "\n==== github.com/nats-io/nats-server/v2 ", "\n==== uplot\n")
	var pages func(*cobra.Command)
	pages = func(c *cobra.Command) {
		if c.HasParent() && !c.IsAvailableCommand() {
			return
		}
		holds("man/"+strings.ReplaceAll(c.CommandPath(), " ", "-")+".1", c.Short, "authbench "+version)
		for _, sub := range c.Commands() {
			pages(sub)
		}
	}
	pages(rootCommand())
}

// TestReleaseCheck: builds that differ are found, and where the tools cannot be loaded
// the programs are compared and the rest is said to be left out. The repository is a small
// one, whose make writes what stands for a release.
func TestReleaseCheck(t *testing.T) {
	t.Parallel()
	const (
		same        = "mkdir -p dist; cp Makefile dist/a; cd dist; sha256sum a > checksums.txt"
		differ      = "mkdir -p dist; pwd > dist/a; cd dist; sha256sum a > checksums.txt"
		built       = "mkdir -p bin; echo program > bin/authbench; cp bin/authbench bin/authbench-engines"
		placed      = "mkdir -p bin; pwd > bin/authbench; cp bin/authbench bin/authbench-engines"
		leftMessage = "cannot be loaded: the configuration is not checked"
	)
	for name, c := range map[string]struct {
		release, build, tools string
		fails                 bool
		says                  string
	}{
		"the same":                          {same, "false", "true", false, "are the same: 1 files"},
		"another in another place":          {differ, "false", "true", true, "differ"},
		"a release that breaks off":         {"false", "false", "true", true, ""},
		"no tools, the same programs":       {"false", built, "false", false, "are the same: 6 files"},
		"no tools, programs with the place": {"false", placed, "false", true, "differ"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			write := func(file, text string) {
				t.Helper()
				path := filepath.Join(dir, file)
				if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
					t.Fatal(err)
				}
			}
			script, err := os.ReadFile(root + ".ci/release-check")
			if err != nil {
				t.Fatal(err)
			}
			write("repo/.ci/release-check", string(script))
			write("repo/.ci/release-tools", "#!/bin/sh\n"+c.tools+"\n")
			write("repo/Makefile", "release:\n\t"+c.release+"\nbuild:\n\t"+c.build+"\nengines fleet:\n\ttrue\n")
			write("path/goreleaser", "#!/bin/sh\n")
			environment := append(os.Environ(), "PATH="+filepath.Join(dir, "path")+":"+os.Getenv("PATH"),
				"GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@test", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@test")
			do := func(name string, args ...string) (string, error) {
				c := exec.Command(name, args...)
				c.Dir, c.Env = filepath.Join(dir, "repo"), environment
				out, err := c.CombinedOutput()
				return string(out), err
			}
			for _, args := range [][]string{{"init", "-q"}, {"add", "."}, {"commit", "-q", "-m", "all"}} {
				if out, err := do("git", args...); err != nil {
					t.Fatalf("git %v: %v\n%s", args, err, out)
				}
			}
			out, err := do(".ci/release-check", "module@v1")
			if (err != nil) != c.fails || !strings.Contains(out, c.says) || strings.Contains(out, leftMessage) != (c.tools == "false") {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

// TestDockerfile holds what the image is made of: nothing but static programs, each of
// which 'make build', 'make engines' or 'make fleet' makes, and a command that is among them.
func TestDockerfile(t *testing.T) {
	text, err := os.ReadFile(root + "Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	var copied []string
	for line := range strings.Lines(string(text)) {
		switch words := strings.Fields(line); {
		case len(words) == 0 || words[0] == "#" || words[0] == "ENV" || words[0] == "WORKDIR":
		case words[0] == "FROM" && words[1] == "scratch":
		case words[0] == "COPY" && words[len(words)-1] == "/bin/":
			copied = append(copied, words[1:len(words)-1]...)
		case line == "ENTRYPOINT [\"/bin/authbench\"]\n" && slices.Contains(copied, "authbench"):
		default:
			t.Errorf("Dockerfile has the line %q", line)
		}
	}
	if !slices.Equal(copied, []string{"authbench", "authbench-engines", "authbench-fleet"}) {
		t.Errorf("the image has the programs %v", copied)
	}
}

// TestImage builds the container image and runs it, where buildah is there. Elsewhere
// TestDockerfile is all that is known of it.
func TestImage(t *testing.T) {
	if _, err := exec.LookPath("buildah"); err != nil {
		t.Log("the image is not built: there is no buildah ('apt-get install buildah')")
		return
	}
	bin := t.TempDir()
	store := t.TempDir()
	// A store of the test's own, and no need for namespaces that this machine may not give.
	environment := append(os.Environ(), "CGO_ENABLED=0", "STORAGE_DRIVER=vfs", "BUILDAH_ISOLATION=chroot",
		"CONTAINERS_STORAGE_CONF="+storageFile(t, store), "IMAGE_TOOL=buildah")
	do := func(name string, args ...string) string {
		t.Helper()
		c := exec.Command(name, args...)
		c.Env = environment
		out, err := c.CombinedOutput()
		if err != nil {
			t.Fatalf("%s %v: %v\n%s", name, args, err, out)
		}
		return strings.TrimSpace(string(out))
	}
	do("go", "build", "-trimpath", "-o", filepath.Join(bin, "authbench"), ".")
	for _, other := range []string{"authbench-engines", "authbench-fleet"} {
		do("cp", filepath.Join(bin, "authbench"), filepath.Join(bin, other)) // it is the image that is tested
	}
	do(root+".ci/image", bin)
	container := do("buildah", "from", "localhost/authbench")
	if out := do("buildah", "run", container, "/bin/authbench", "mint", "--method", "apikey", "-n", "1", "--out", "/work/keys"); out == "" {
		t.Error("mint says nothing")
	}
	if out := do("buildah", "run", container, "/bin/authbench", "--version"); !strings.HasPrefix(out, "authbench "+version) {
		t.Errorf("the image has %s", out)
	}
}

// storageFile configures a store of images in a directory.
func storageFile(t *testing.T, dir string) string {
	t.Helper()
	path := filepath.Join(dir, "storage.conf")
	text := "[storage]\ndriver = \"vfs\"\ngraphroot = \"" + dir + "/images\"\nrunroot = \"" + dir + "/run\"\n"
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// A version has its entry before it is released.
func TestVersionIsInTheChangelog(t *testing.T) {
	text, err := os.ReadFile(root + "CHANGELOG.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), "\n## "+version) {
		t.Errorf("CHANGELOG.md has no entry for version %s", version)
	}
}
