// Table shows what one verification costs, engine beside engine and the bare
// cryptography before them. What flows in, on standard input, is the output of the
// Go benchmarks in internal/experiment/micro and internal/credential/jose/engines, in any number of rounds; what
// flows out is a table in Markdown with the fastest of the rounds.
//
//	make micro
package main

import (
	"fmt"
	"io"
	"os"
)

func main() {
	os.Exit(run(os.Stdin, os.Stdout, os.Stderr))
}

// run returns the exit code: 0, or 2 if the input is no such output.
func run(stdin io.Reader, stdout, stderr io.Writer) int {
	m, err := read(stdin)
	if err != nil {
		fmt.Fprintf(stderr, "table: %v\n", err)
		return 2
	}
	fmt.Fprint(stdout, m.markdown())
	return 0
}
