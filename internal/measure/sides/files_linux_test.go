package sides

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// shell runs a line in the working directory.
func shell(t *testing.T, line string) { t.Helper(); call(t, "sh", "-e", "-c", line) }

// The files as they are become a worktree of their own, whatever happened to them since
// the last commit.
func TestCopyFiles(t *testing.T) {
	outside := t.TempDir()
	for name, c := range map[string]struct{ change, holds string }{
		"changed":                {`echo x > program.sh`, `grep -q x program.sh`},
		"executable no more":     {`chmod 644 program.sh`, `! test -x program.sh`},
		"added":                  {`mkdir -p "a b" && echo x > "a b/ü"`, `grep -q x "a b/ü"`},
		"staged":                 {`echo x > new && git add new`, `grep -q x new`},
		"removed":                {`rm program.sh`, `! test -e program.sh`},
		"removed for git":        {`git rm -q program.sh`, `! test -e program.sh`},
		"removed for git alone":  {`git rm -q --cached program.sh`, `test -e program.sh`},
		"renamed":                {`git mv program.sh other.sh`, `test -e other.sh && ! test -e program.sh`},
		"ignored":                {`echo secret > .gitignore && echo x > secret`, `test -e .gitignore && ! test -e secret`},
		"a link":                 {`ln -s program.sh link`, `test -L link && test "$(readlink link)" = program.sh`},
		"a link for a file":      {`rm program.sh && ln -s /etc/passwd program.sh`, `test -L program.sh`},
		"a directory for a file": {`rm program.sh && mkdir program.sh && echo x > program.sh/x`, `grep -q x program.sh/x`},
		"a file for a directory": {`mkdir d && echo x > d/x && git add d && rm -r d && echo y > d`, `grep -q y d`},
		"a repository in it":     {`git init -q inner && echo x > inner/x`, `test -e program.sh`},
		"below the root":         {`mkdir deep && cd deep && echo x > y`, `grep -q x deep/y`},
	} {
		t.Run(name, func(t *testing.T) {
			tmp := repository(t)
			shell(t, c.change)
			s, err := Resolve(t.Context(), "", copyBuild)
			if err != nil {
				t.Fatal(err)
			}
			before := call(t, "git", "status", "--porcelain")
			call(t, "sh", "-e", "-c", `cd "$0" && `+c.holds, s.source)
			if after := call(t, "git", "status", "--porcelain"); after != before {
				t.Errorf("the tree was changed:\n%s\n%s", before, after)
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
			checkNothingLeft(t, tmp)
		})
	}
	t.Run("through a link that leads out", func(t *testing.T) {
		tmp := repository(t)
		shell(t, `mkdir d && echo x > d/x && git add d && rm -r d && ln -s `+outside+` d && echo y > d/x`)
		s, err := Resolve(t.Context(), "", copyBuild)
		if err == nil {
			err = s.Close()
		}
		if text, readErr := os.ReadFile(filepath.Join(outside, "x")); readErr != nil || string(text) != "y\n" {
			t.Errorf("outside there is now %q, %v; resolved with %v", text, readErr, err)
		}
		checkNothingLeft(t, tmp)
	})
	t.Run("no commit", func(t *testing.T) {
		tmp := repository(t)
		t.Chdir(t.TempDir())
		shell(t, `git init -q`)
		if _, err := Resolve(t.Context(), "", copyBuild); err == nil || !strings.Contains(err.Error(), "check out") {
			t.Errorf("got %v, want an error", err)
		}
		checkNothingLeft(t, tmp)
	})
}

// A build writes neither to the user's files nor to the repository, whose settings name
// programs that git runs, for the other side's build as well.
func TestBuildKeepsOut(t *testing.T) {
	for name, asked := range map[string]string{"files": "", "ref": "HEAD"} {
		t.Run(name, func(t *testing.T) {
			tmp := repository(t)
			root, err := os.Getwd()
			if err != nil {
				t.Fatal(err)
			}
			write(t, "kept", "kept")
			s, err := Resolve(t.Context(), asked, []string{"sh", "-c", `cp program.sh "$0"
for file in program.sh kept new .git/config .git/new .git/info/attributes .git/hooks/post-checkout; do echo forged >> "$1/$file"; done 2>/dev/null
rm -f "$1/kept" "$1/.git/HEAD" 2>/dev/null
git config core.fsmonitor "$PWD/evil" 2>/dev/null
exit 0`, "{output}", root})
			if err != nil {
				t.Fatal(err)
			}
			before := contents(t, root)
			if err := s.Prepare(t.Context(), starter(t), 1); err != nil {
				t.Error(err)
			}
			if after := contents(t, root); after != before {
				t.Errorf("the build changed the tree or the repository:\n%s\nwas\n%s", after, before)
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
			checkNothingLeft(t, tmp)
		})
	}
}

// contents are the files of a tree and of its repository, but those of git's worktrees.
func contents(t *testing.T, root string) string {
	t.Helper()
	return call(t, "sh", "-c", `cd "$0" && find . -path ./.git/worktrees -prune -o -type f -exec cksum {} + | sort`, root)
}
