package main

import (
	"errors"
	"fmt"
	"math"
	"strings"
)

// claim is what a client says of a run.
type claim struct {
	// Requests counts those that were answered, Failed those that were not, or not
	// with 2xx.
	Requests int64 `json:"requests"`
	Failed   int64 `json:"failed"`
	// Latency is what the client calls so; Lag is how late it sent, if it says.
	Latency quantiles `json:"latency_us"`
	Lag     quantiles `json:"lag_us,omitempty"`
	// Verdict is authbench's on its own run, and why.
	Verdict string `json:"verdict,omitempty"`
}

// quantiles are times in µs, as far as a client tells them.
type quantiles map[quantile]float64

// quantile is a share of the requests, by its usual name.
type quantile string

// The quantiles of the tables.
const (
	p50  quantile = "p50"
	p95  quantile = "p95"
	p99  quantile = "p99"
	p999 quantile = "p99.9"
)

const (
	micros  = 1.0
	millis  = 1e3
	seconds = 1e6
	nanos   = 1e-3
)

// checked returns a claim, unless reading it failed or it says nothing.
func checked(c claim, err error) (claim, error) {
	switch {
	case err != nil:
		return claim{}, err
	case c.Requests <= 0:
		return claim{}, errors.New("it counts no requests")
	}
	for q, v := range c.Latency {
		if !(v >= 0) || math.IsInf(v, 1) {
			return claim{}, fmt.Errorf("its %s is %v", q, v)
		}
	}
	return c, nil
}

// byStatus splits counts by HTTP status into all, and those that are not 2xx.
func byStatus(counts map[string]int64) (all, failed int64) {
	for status, n := range counts {
		all += n
		if !strings.HasPrefix(status, "2") || len(status) != 3 {
			failed += n
		}
	}
	return all, failed
}
