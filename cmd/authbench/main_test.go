package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// beMain makes the test binary be the program itself. It is set while tests run: whatever
// they start of this executable is the program, and so are the targets that a run starts.
const beMain = "AUTHBENCH_TEST_BE_MAIN"

func TestMain(m *testing.M) {
	if os.Getenv(beWitness) != "" {
		witnessForTest()
		return
	}
	if os.Getenv(beServer) != "" {
		serveForTest()
		return
	}
	if how := os.Getenv(beHostile); how != "" {
		serveBadly(how)
		return
	}
	// Who is started in a cage does not see the variable. Scripts start programs by other
	// names.
	caged := strings.HasSuffix(os.Args[0], ".test") && len(os.Args) > 1 && os.Args[1] == "target"
	if os.Getenv(beMain) != "" || caged {
		main()
		return
	}
	programs := maps.Clone(standIns)
	programs["authbench"] = main
	testscript.Main(withCache{m}, programs)
}

// withCache runs the tests with one archive of conformance for all, apart from the user's,
// and with what the programs that they start find in their environment. The programs of the
// scripts do not come here.
type withCache struct{ *testing.M }

func (m withCache) Run() int {
	user, err := os.UserCacheDir()
	if err != nil {
		panic(err)
	}
	cache, err := os.MkdirTemp("", "authbench-cache-")
	if err != nil {
		panic(err)
	}
	variables := map[string]string{cacheVariable: cache, beMain: "1", noExitSleep: noExitSleepValue}
	if os.Getenv(buildCacheVariable) == "" {
		// It follows the other: a compiler would begin with the standard library.
		variables[buildCacheVariable] = filepath.Join(user, "go-build")
	}
	for name, value := range variables {
		err = errors.Join(err, os.Setenv(name, value))
	}
	if err == nil {
		// The programs that tests start wait for most of their time: slices have their length.
		err = flag.Set("test.parallel", strconv.Itoa(max(4, runtime.GOMAXPROCS(0))))
	}
	if err != nil {
		panic(err)
	}
	code := m.M.Run()
	if err := os.RemoveAll(cache); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	return code
}

// cacheVariable is where os.UserCacheDir looks first, buildCacheVariable where the go command
// does for what was compiled before.
const (
	cacheVariable      = "XDG_CACHE_HOME"
	buildCacheVariable = "GOCACHE"
)

// packageDir is where this package's sources are: scripts run elsewhere.
var packageDir, _ = os.Getwd()

// TestScripts runs the commands as a user types them; see testdata/script.
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		Setup: func(e *testscript.Env) error {
			e.Vars = append(e.Vars, noExitSleep+"="+noExitSleepValue, cacheVariable+"="+os.Getenv(cacheVariable))
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exitcode": exitCodeCommand,
			"nightly":  nightlyCommand,
			"result":   resultCommand,
			"server":   serverCommand,
		},
	})
}

// exitCodeCommand is "exitcode CODES COMMAND ARGS…": runs a command that must end
// with one of the codes, separated by "|".
func exitCodeCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exitcode CODE[|CODE] command args...")
	}
	err := ts.Exec(args[1], args[2:]...)
	got := exitStatus(err)
	for _, code := range splitCodes(args[0]) {
		if code == got {
			return
		}
	}
	ts.Fatalf("exit code %s, want %s", got, args[0])
}

// TestInterruptedInput: standard input that never ends does not outlast Ctrl-C, which is
// no mistake of the user.
func TestInterruptedInput(t *testing.T) {
	silent, writer := io.Pipe()
	defer writer.Close()
	ctx, interrupt := context.WithCancel(t.Context())
	interrupt()
	for _, args := range [][]string{{"load", "http://127.0.0.1/", "--body", "@-"}, {"run", "-"}} {
		root := rootCommand()
		root.SetArgs(args)
		root.SetIn(untilInterrupted{ctx, silent})
		root.SetOut(io.Discard)
		root.SetErr(io.Discard)
		err := root.ExecuteContext(ctx)
		if code := exitCode(err); code != exitInterrupted || describe(err) != "interrupted" {
			t.Errorf("%v: exit code %d, %v", args, code, err)
		}
	}
	text, err := io.ReadAll(untilInterrupted{t.Context(), strings.NewReader("body")})
	if err != nil || string(text) != "body" {
		t.Errorf("read %q, %v", text, err)
	}
}
