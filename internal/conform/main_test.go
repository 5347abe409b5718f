package conform

import (
	"errors"
	"flag"
	"os"
	"runtime"
	"strconv"
	"testing"

	"go.uber.org/goleak"

	"authbench/bench"
	"authbench/internal/measure/proc"
	"authbench/internal/measure/service"
	"authbench/internal/method/all"
)

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == proc.SuperviseArg {
		os.Exit(proc.Supervise(os.Args[2:]))
	}
	// The tests that run in parallel wait for servers more than they compute.
	if err := flag.Set("test.parallel", strconv.Itoa(max(4, runtime.GOMAXPROCS(0)))); err != nil {
		panic(err)
	}
	goleak.VerifyTestMain(m,
		// fasthttp keeps the clock of its Date field going for the process's life,
		// and looks for idle workers once more after its server has stopped.
		goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.updateServerDate.func1"),
		goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.(*workerPool).Start.func2"),
		// A client's cleaner of idle connections ends a minute after the last of them.
		goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.(*HostClient).connsCleaner"),
	)
}

func builtin(t testing.TB) *Catalogue {
	t.Helper()
	c, err := Builtin()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// startedBackends keeps stores until the end of the test.
func startedBackends(t *testing.T) *service.Backends {
	t.Helper()
	starter, err := proc.NewStarter()
	if err != nil {
		t.Fatal(err)
	}
	d := service.NewBackends(starter, "", nil)
	t.Cleanup(func() {
		if err := errors.Join(d.Close(), starter.Close()); err != nil {
			t.Error(err)
		}
	})
	return d
}

// needStore skips a test whose method asks a store that is not installed; in CI
// that is a failure.
func needStore(t *testing.T, m bench.Method) {
	t.Helper()
	switch why := service.Missing(kindOf(m)); {
	case why == "":
	case os.Getenv("CI") == "true":
		t.Fatal(why)
	default:
		t.Skip(why)
	}
}

func jwtMethod(alg string) bench.Method {
	return bench.Method{ID: "jwt", Params: bench.Params{"alg": alg, "engine": "golang-jwt", "policy": "hardened"}}
}

func fixture(t testing.TB, m bench.Method) *Fixture {
	t.Helper()
	f, err := NewHarness(all.Catalogue(), builtin(t), 7).fixture(m)
	if err != nil {
		t.Fatal(err)
	}
	return f
}
