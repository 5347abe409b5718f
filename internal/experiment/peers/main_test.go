package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"authbench/internal/measure/control"
	"authbench/internal/measure/target"
	"authbench/internal/method/all"
)

// behave names the environment variable that tells the stand-ins how to behave.
const behave = "AUTHBENCH_PEERS_TEST"

// The test binary plays authbench and wrk, by the name that it is started under: no
// peer is needed here, and the tests see what each was told.
func TestMain(m *testing.M) {
	switch filepath.Base(os.Args[0]) {
	case "authbench":
		os.Exit(playAuthbench(os.Args[1:]))
	case "wrk":
		os.Exit(playWrk(os.Args[1:]))
	}
	// The race detector makes every child sleep a second at its end.
	must(os.Setenv("GORACE", "atexit_sleep_ms=0"))
	goleak.VerifyTestMain(m)
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

// playAuthbench is a real target, and a client that has authbench's flags.
func playAuthbench(args []string) int {
	switch {
	case args[0] == "version":
		fmt.Println("authbench 9.8.7")
		return 0
	case args[0] == "target":
		ctx, release := signal.NotifyContext(context.Background(), syscall.SIGTERM)
		defer release()
		must(control.Serve(ctx, func(s control.Spec, _ func(int, int)) (control.Target, error) {
			verifier, err := all.Catalogue().NewVerifier(s.Method, nil, nil)
			must(err)
			return target.Listen(s.Listen, verifier)
		}))
		return 0
	case has(args, "--engine", uring):
		fmt.Fprintln(os.Stderr, "this kernel has no io_uring")
		return 2
	}
	rate, _ := strconv.Atoi(option(args, "--rate"))
	n, latency := send(args[1], option(args, "-c"), option(args, "-d"), rate)
	key := "service_us"
	if rate > 0 {
		key = "response_us"
	}
	times := map[string]float64{"p50": latency, "p95": latency, "p99": latency, "p999": latency}
	must(json.NewEncoder(os.Stdout).Encode(map[string]any{
		"requests": n, "verdict": "invalid", "status": map[string]int64{"200": n}, "errors": map[string]int64{}, key: times, "lag_us": times,
	}))
	return invalid
}

// playWrk is a client with wrk's flags.
func playWrk(args []string) int {
	if args[0] == "-v" {
		fmt.Println("wrk 1.2.3-test [none]")
		return 1 // as wrk does
	}
	switch os.Getenv(behave) {
	case "wrk fails":
		fmt.Fprintln(os.Stderr, "unable to connect")
		return 1
	case "wrk babbles":
		send(args[len(args)-1], "2", "1s", 0)
		fmt.Println("52272 requests")
		return 0
	case "wrk lies":
		send(args[len(args)-1], "2", "1s", 0)
		fmt.Print(wrkOutput(1, 1e9))
		return 0
	}
	n, latency := send(args[len(args)-1], args[1][2:], args[2][2:], 0)
	fmt.Print(wrkOutput(latency, n))
	return 0
}

func wrkOutput(latency float64, n int64) string {
	return fmt.Sprintf("     50%% %9.2fus\n     99%% %9.2fus\n  %d requests in 1.00s, 1.00MB read\n", latency, latency, n)
}

func has(args []string, name, value string) bool { return option(args, name) == value }

// option returns the value after a flag.
func option(args []string, name string) string {
	for i, a := range args {
		if a == name {
			return args[i+1]
		}
	}
	return ""
}

// send sends requests for some time from so many connections, at a rate if there is
// one, and returns how many were answered, and their mean latency in µs.
func send(url, connections, duration string, rate int) (int64, float64) {
	c, err := strconv.Atoi(connections)
	must(err)
	d, err := time.ParseDuration(duration)
	must(err)
	transport := &http.Transport{MaxConnsPerHost: c, MaxIdleConnsPerHost: c}
	// It goes on a little longer: on a busy machine it is looked at late.
	end := time.Now().Add(d + time.Second)
	var n, nanos atomic.Int64
	var senders sync.WaitGroup
	for range c {
		senders.Go(func() {
			for time.Now().Before(end) {
				began := time.Now()
				response, err := (&http.Client{Transport: transport}).Get(url)
				must(err)
				must(response.Body.Close())
				n.Add(1)
				nanos.Add(int64(time.Since(began)))
				if rate > 0 {
					time.Sleep(time.Duration(c) * time.Second / time.Duration(rate))
				}
			}
		})
	}
	senders.Wait()
	return n.Load(), float64(nanos.Load()) / float64(n.Load()) / 1e3
}

// standIns makes a directory with authbench and wrk in it the PATH, and returns the
// path of authbench.
func standIns(t *testing.T, behaviour string) string {
	t.Helper()
	executable, err := os.Executable()
	must(err)
	dir := t.TempDir()
	for _, name := range []string{"authbench", "wrk"} {
		must(os.Symlink(executable, filepath.Join(dir, name)))
	}
	t.Setenv("PATH", dir)
	t.Setenv(behave, behaviour)
	return filepath.Join(dir, "authbench")
}
