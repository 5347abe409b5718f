// Command authbench-engines is the built-in target with the JWT libraries that the
// main program does not carry. authbench starts it, with the arguments of its own
// target, for the arms that name one. What flows in: the launch spec, over the
// control socket. What flows out: answers to requests, and counters.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"authbench/bench"
	"authbench/internal/credential/jose/engines"
	"authbench/internal/measure/target"
	"authbench/internal/method"
)

func main() {
	ctx, release := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer release()
	newVerifier := func(m bench.Method, v json.RawMessage, loading func(done, total int)) (method.Verifier, error) {
		verifier, err := engines.NewVerifier(m, v, loading)
		if err == nil {
			method.OnNotice(verifier, func(text string) { fmt.Fprintln(os.Stderr, "authbench-engines:", text) })
		}
		return verifier, err
	}
	if err := target.Controlled(ctx, newVerifier); err != nil {
		fmt.Fprintln(os.Stderr, "authbench-engines:", err)
		os.Exit(1)
	}
}
