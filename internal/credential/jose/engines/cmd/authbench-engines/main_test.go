package main

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"authbench/bench"
	"authbench/internal/measure/arms"
	"authbench/internal/measure/load"
	"authbench/internal/measure/proc"
	"authbench/internal/method"
	"authbench/internal/method/all"
)

// beMain makes the test binary be the program itself.
const beMain = "AUTHBENCH_ENGINES_TEST_BE_MAIN"

func TestMain(m *testing.M) {
	if os.Getenv(beMain) != "" {
		main()
		return
	}
	goleak.VerifyTestMain(m)
}

// TestArms: arms whose engine is here are started from this program, and let in and
// refuse as they should.
func TestArms(t *testing.T) {
	t.Setenv(beMain, "1")
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	starter, err := proc.NewStarter()
	if err != nil {
		t.Fatal(err)
	}
	defer starter.Close()
	zero, share := 0.0, 0.5
	s := bench.Scenario{}
	for _, engine := range []string{"jwx", "go-jose"} {
		s.Arms = append(s.Arms, bench.Arm{
			Name: engine, Method: bench.Method{ID: "jwt", Params: bench.Params{"alg": "ES256", "engine": engine}},
			Population: &bench.Population{Credentials: 1, Zipf: &zero, BadShare: &share, BadClasses: []bench.Class{bench.Forged}},
			Request:    bench.RequestShape{Method: "GET", Path: "/"},
		})
	}
	set, err := arms.Make(t.Context(), s, arms.Config{
		Methods: all.Catalogue(), Starter: starter, Executable: "not this one", Engines: self, ServerCPUs: []int{0}, Secret: [32]byte{1}, Progress: func(string, int, int) {},
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(set.Arms) != 2 {
		t.Fatalf("%d arms, want 2; warnings %v", len(set.Arms), set.Warnings)
	}
	issuer, err := all.Catalogue().NewIssuer(all.Catalogue().Minted(s.Arms[0].Method), [32]byte{1}, 1, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	for _, arm := range set.Arms {
		server, err := arm.Start(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for class, want := range map[bench.Class]int{bench.Valid: 200, bench.Forged: 401, bench.Expired: 401} {
			if got := ask(t, server.Addrs()[0], issuer, class); got != want {
				t.Errorf("%s: a %s token gets %d, want %d", arm.Info().Name, class, got, want)
			}
		}
		counters, err := server.Counters()
		if err != nil || counters.Requests != 3 || counters.Reasons["bad_signature"] != 1 {
			t.Errorf("%s: %+v, %v", arm.Info().Name, counters, err)
		}
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
	}
}

func ask(t *testing.T, addr bench.Address, issuer method.Issuer, class bench.Class) int {
	t.Helper()
	value, err := issuer.Append(nil, class, 0)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	answer, err := load.Exchange(ctx, addr, []byte("GET / HTTP/1.1\r\nHost: test\r\nAuthorization: "+string(value)+"\r\n\r\n"), time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	return answer.Status
}

// TestByHand: only the harness starts it, and whoever tries is told.
func TestByHand(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	starter, err := proc.NewStarter()
	if err != nil {
		t.Fatal(err)
	}
	defer starter.Close()
	p, err := starter.Start(t.Context(), proc.Spec{Path: self, CPUs: []int{0}, Env: []string{beMain + "=1"}})
	if err != nil {
		t.Fatal(err)
	}
	<-p.Done()
	if err := p.Err(); err == nil || !strings.Contains(err.Error(), "only the harness") {
		t.Errorf("it ends with %v", err)
	}
}
