package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// cell is what one benchmark measured, round by round.
type cell struct{ nanos, allocations []float64 }

// measured are the cells of a run: of a row, which is an algorithm with its key
// size, and a column, which is what verified.
type measured struct {
	rows  []string // in the order of their first appearance
	cells map[[2]string]*cell
	// cpu is the processor's name.
	cpu string
}

// columns are what verifies, with their headings.
var columns = []struct{ key, heading string }{
	{"primitive", "cryptography alone"},
	{"lean", "lean"},
	{"golang-jwt", "golang-jwt"},
	{"stock", "golang-jwt, stock"},
	{"jwx", "jwx"},
	{"go-jose", "go-jose"},
}

var errNothing = errors.New("no benchmark of a JWT's verification on standard input; 'make micro' writes and reads them")

// read reads the output of go test -bench.
func read(r io.Reader) (*measured, error) {
	m := &measured{cells: map[[2]string]*cell{}}
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		line := lines.Text()
		if name, ok := strings.CutPrefix(line, "cpu: "); ok {
			m.cpu = strings.TrimSpace(name)
		}
		if err := m.add(line); err != nil {
			return nil, fmt.Errorf("line %d: %w:\n%s", n, err, line)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	if len(m.rows) == 0 {
		return nil, errNothing
	}
	return m, nil
}

// add adds the figures of a benchmark's line, such as
//
//	BenchmarkVerify/method=jwt/alg=RS256/bits=2048/engine=lean/policy=hardened-2  100  31000 ns/op  0 B/op  0 allocs/op
//
// Other lines it passes over.
func (m *measured) add(line string) error {
	fields := strings.Fields(line)
	if len(fields) < 4 || !strings.HasPrefix(fields[0], "Benchmark") {
		return nil
	}
	row, column := place(fields[0])
	if row == "" {
		return nil
	}
	nanos, err := figure(fields, "ns/op")
	if err != nil {
		return err
	}
	allocations, err := figure(fields, "allocs/op")
	if err != nil {
		return err
	}
	if !slices.Contains(m.rows, row) {
		m.rows = append(m.rows, row)
	}
	c := m.cells[[2]string{row, column}]
	if c == nil {
		c = &cell{}
		m.cells[[2]string{row, column}] = c
	}
	c.nanos, c.allocations = append(c.nanos, nanos), append(c.allocations, allocations)
	return nil
}

// place returns the row and the column of a benchmark, nothing for one that
// verifies no JWT, or with another library as its README shows it.
func place(name string) (row, column string) {
	if dash := strings.LastIndexByte(name, '-'); dash > strings.LastIndexByte(name, '/') {
		if _, err := strconv.Atoi(name[dash+1:]); err == nil { // GOMAXPROCS
			name = name[:dash]
		}
	}
	parts := strings.Split(name, "/")
	value := map[string]string{}
	for _, p := range parts[1:] {
		key, v, _ := strings.Cut(p, "=")
		value[key] = v
	}
	row = value["alg"]
	if bits := value["bits"]; bits != "" {
		row += ", " + bits + " bits"
	}
	switch {
	case row == "":
		return "", ""
	case parts[0] == "BenchmarkPrimitive":
		return row, "primitive"
	case parts[0] != "BenchmarkVerify" || value["method"] != "jwt":
		return "", ""
	case value["policy"] == "hardened":
		return row, value["engine"]
	case value["engine"] == "golang-jwt":
		return row, "stock"
	}
	return "", ""
}

// figure returns the figure before a unit.
func figure(fields []string, unit string) (float64, error) {
	at := slices.Index(fields, unit)
	if at < 1 {
		return 0, fmt.Errorf("there is no figure in %s", unit)
	}
	return strconv.ParseFloat(fields[at-1], 64)
}
