package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"authbench/bench"
	"authbench/internal/auth"
	"authbench/internal/target"
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

// sly is careless where nobody examines it: the catalogue's requests name the port.
type sly struct{ careless }

func (s sly) Verify(r bench.Request) bench.Decision {
	if host := r.Values("Host"); len(host) == 1 && string(host[0]) == "127.0.0.1" {
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
		return sly{careless{verifier}}, err
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
