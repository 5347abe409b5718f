package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"sync/atomic"

	"authbench/bench"
	"authbench/internal/auth"
	"authbench/internal/measure/target"
)

// standIn is a program that a gate can be given instead of authbench: a target that
// does something wrong.
func standIn(newVerifier func(bench.Method, json.RawMessage, func(done, total int)) (auth.Verifier, error)) func() {
	return func() {
		if len(os.Args) < 2 || os.Args[1] != "target" {
			fmt.Fprintln(os.Stderr, "a target, and nothing else")
			os.Exit(exitUsage)
		}
		if err := target.Controlled(context.Background(), newVerifier); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(exitRuntime)
		}
	}
}

// careless lets every forged credential in.
type careless struct{ auth.Verifier }

func (c careless) Verify(r bench.Request) bench.Decision {
	d := c.Verifier.Verify(r)
	if d.Outcome == bench.Deny {
		d = bench.Decision{Outcome: bench.Allow, Subject: "anybody"}
	}
	return d
}

// sly is careless once it is used as no examiner does: the catalogue sends some
// thousand requests.
type sly struct {
	careless
	asked *atomic.Int64
}

func (s sly) Verify(r bench.Request) bench.Decision {
	const examined = 4000
	if s.asked.Add(1) > examined {
		return s.careless.Verify(r)
	}
	return s.Verifier.Verify(r)
}

// standIns are the programs by their names in scripts.
var standIns = map[string]func(){
	"careless": standIn(func(m bench.Method, v json.RawMessage, loading func(done, total int)) (auth.Verifier, error) {
		verifier, err := auth.NewVerifier(m, v, loading)
		return careless{verifier}, err
	}),
	"sly": standIn(func(m bench.Method, v json.RawMessage, loading func(done, total int)) (auth.Verifier, error) {
		verifier, err := auth.NewVerifier(m, v, loading)
		return sly{careless{verifier}, new(atomic.Int64)}, err
	}),
	// older knows no JWT yet.
	"older": standIn(func(m bench.Method, v json.RawMessage, loading func(done, total int)) (auth.Verifier, error) {
		if m.ID == "jwt" {
			return nil, errors.New("unknown method jwt")
		}
		return auth.NewVerifier(m, v, loading)
	}),
	"broken": standIn(func(bench.Method, json.RawMessage, func(done, total int)) (auth.Verifier, error) {
		return nil, errors.New("out of order")
	}),
}
