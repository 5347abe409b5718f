// Package inject makes a target worse on purpose, by known amounts, so that what is to
// notice that can be tested on real processes. What flows in: a verifier and a fault as
// text. What flows out: a verifier that decides the same, at a higher price.
//
//  1. [Parse] reads a fault in one of the [forms].
//  2. [Wrap] puts it around a verifier. A cost that is a share of what a request costs
//     follows what the process's CPU clock says of the requests before.
package inject

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Fault is one way to be worse.
type Fault struct {
	// CPU is what each request costs more; CPUShare the same as a share of what it
	// costs the process without. Burst collects the cost and pays it once per period.
	CPU      time.Duration
	CPUShare float64
	Burst    time.Duration
	// AllocBytes are allocated for each request, and dropped.
	AllocBytes int
	// TailShare of the requests are held up for Tail.
	TailShare float64
	Tail      time.Duration
	// Stall holds everybody up for so long, once in every StallEvery.
	Stall, StallEvery time.Duration
	// Lock lets in one request at a time.
	Lock bool
}

// forms are the faults as users write them.
const forms = "cpu=300ns, cpu=5%, cpu=5%/1s (in bursts), alloc=2KiB, tail=2%:10ms, stall=100ms/2s or lock"

var (
	percentForm = regexp.MustCompile(`^([0-9.]+)%$`)
	burstForm   = regexp.MustCompile(`^([0-9.]+%)/(.+)$`)
	tailForm    = regexp.MustCompile(`^([0-9.]+%):(.+)$`)
	stallForm   = regexp.MustCompile(`^(.+)/(.+)$`)
	allocForm   = regexp.MustCompile(`^([0-9]+)(B|KiB|MiB)$`)
)

// mostAlloc bounds an allocation: beyond it the machine's memory is what is tested.
const mostAlloc = 64 << 20

// Parse reads a fault in one of the [forms].
func Parse(text string) (Fault, error) {
	name, value, _ := strings.Cut(text, "=")
	f, ok := Fault{}, false
	switch name {
	case "cpu":
		f, ok = parseCPU(value)
	case "alloc":
		if m := allocForm.FindStringSubmatch(value); m != nil {
			n, err := strconv.Atoi(m[1])
			f.AllocBytes = n * map[string]int{"B": 1, "KiB": 1 << 10, "MiB": 1 << 20}[m[2]]
			ok = err == nil && n > 0 && n <= mostAlloc && f.AllocBytes <= mostAlloc
		}
	case "tail":
		if m := tailForm.FindStringSubmatch(value); m != nil {
			share, good := parseShare(m[1])
			long, positive := parseDuration(m[2])
			f, ok = Fault{TailShare: share, Tail: long}, good && positive && share <= 1
		}
	case "stall":
		if m := stallForm.FindStringSubmatch(value); m != nil {
			long, positive := parseDuration(m[1])
			every, regular := parseDuration(m[2])
			f, ok = Fault{Stall: long, StallEvery: every}, positive && regular && long < every
		}
	case "lock":
		f, ok = Fault{Lock: true}, value == "" && text == name
	}
	if !ok {
		return Fault{}, fmt.Errorf("--inject %q: write %s", text, forms)
	}
	return f, nil
}

func parseCPU(value string) (Fault, bool) {
	if m := burstForm.FindStringSubmatch(value); m != nil {
		share, good := parseShare(m[1])
		every, positive := parseDuration(m[2])
		return Fault{CPUShare: share, Burst: every}, good && positive
	}
	if share, ok := parseShare(value); ok {
		return Fault{CPUShare: share}, true
	}
	d, ok := parseDuration(value)
	return Fault{CPU: d}, ok
}

func parseShare(text string) (float64, bool) {
	m := percentForm.FindStringSubmatch(text)
	if m == nil {
		return 0, false
	}
	v, err := strconv.ParseFloat(m[1], 64)
	return v / 100, err == nil && v > 0
}

func parseDuration(text string) (time.Duration, bool) {
	d, err := time.ParseDuration(text)
	return d, err == nil && d > 0
}
