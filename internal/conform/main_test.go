package conform

import (
	"flag"
	"testing"

	"go.uber.org/goleak"

	"authbench/bench"
)

var update = flag.Bool("update", false, "write the golden files")

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m,
		// fasthttp keeps the clock of its Date field going for the process's life,
		// and looks for idle workers once more after its server has stopped.
		goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.updateServerDate.func1"),
		goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.(*workerPool).Start.func2"),
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

func jwtMethod(alg string) bench.Method {
	return bench.Method{ID: "jwt", Params: bench.Params{"alg": alg, "engine": "golang-jwt", "policy": "hardened"}}
}

func fixture(t testing.TB, m bench.Method) *Fixture {
	t.Helper()
	f, err := NewWorkshop(builtin(t), 7).fixture(m)
	if err != nil {
		t.Fatal(err)
	}
	return f
}
