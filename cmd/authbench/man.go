//go:build man

package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra/doc"
)

// main writes the man pages of all commands into a directory. It is a program of its own, so
// that authbench does not contain the library that makes them.
func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: go run -tags man ./cmd/authbench DIRECTORY")
		os.Exit(exitUsage)
	}
	if err := doc.GenManTree(rootCommand(), &doc.GenManHeader{Section: "1", Source: "authbench " + version}, os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(exitRuntime)
	}
}
