// Package examplestest finds the languages of users' servers, for tests alone. What flows
// in: the folder of a server, or the modules that it needs. What flows out: what starts it.
// Where something is missing the test is skipped by name; in CI it fails.
package examplestest

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// missing skips a test for something that is not installed; in CI that is a failure.
func missing(t testing.TB, why string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(why + ": .ci/prepare installs it")
	}
	t.Skip(why)
}

// Node returns the program node, and installs the packages that the server in a folder
// asks for, there.
func Node(t testing.TB, dir string) string {
	t.Helper()
	node, nodeErr := exec.LookPath("node")
	npm, npmErr := exec.LookPath("npm")
	if err := errors.Join(nodeErr, npmErr); err != nil {
		missing(t, "no Node.js with npm: "+err.Error())
	}
	install := exec.CommandContext(t.Context(), npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline")
	install.Dir = dir
	if out, err := install.CombinedOutput(); err != nil {
		missing(t, "npm cannot install what the server needs: "+err.Error()+"\n"+string(out))
	}
	return node
}

// Python returns a Python that has the modules: the first on the path may be one that the
// system's packages are not for.
func Python(t testing.TB, modules ...string) string {
	t.Helper()
	for _, name := range []string{"python3", "/usr/bin/python3"} {
		python, err := exec.LookPath(name)
		if err != nil {
			continue
		}
		if exec.CommandContext(t.Context(), python, "-c", "import "+strings.Join(modules, ", ")).Run() == nil {
			return python
		}
	}
	missing(t, "no python3 with the modules "+strings.Join(modules, ", "))
	return ""
}
