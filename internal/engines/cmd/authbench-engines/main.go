// Command authbench-engines is the built-in target with the JWT libraries that the
// main program does not carry. authbench starts it, with the arguments of its own
// target, for the arms that name one. What flows in: the launch spec, over the
// control socket. What flows out: answers to requests, and counters.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"authbench/internal/engines"
	"authbench/internal/target"
)

func main() {
	ctx, release := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer release()
	if err := target.Controlled(ctx, engines.NewVerifier); err != nil {
		fmt.Fprintln(os.Stderr, "authbench-engines:", err)
		os.Exit(1)
	}
}
