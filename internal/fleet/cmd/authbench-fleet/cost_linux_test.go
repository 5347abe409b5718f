package main

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"time"
)

// terse answers each request on a connection at once, and counts them: it takes less than what
// sends them.
func terse(b *testing.B) (url string, answered *atomic.Int64) {
	b.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { listener.Close() })
	answered = new(atomic.Int64)
	answer := func(c net.Conn) {
		defer c.Close()
		buffer, end := make([]byte, 4096), []byte("\r\n\r\n")
		for {
			n, err := c.Read(buffer)
			if err != nil {
				return
			}
			for range bytes.Count(buffer[:n], end) {
				answered.Add(1)
				if _, err := io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"); err != nil {
					return
				}
			}
		}
	}
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			go answer(c)
		}
	}()
	return "http://" + listener.Addr().String(), answered
}

// computed is the CPU time of all threads of a process, to the nanosecond.
func computed(b *testing.B, pid int) (sum int64) {
	b.Helper()
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid))
	if err != nil || len(threads) == 0 {
		b.Fatalf("process %d has no threads: %v", pid, err)
	}
	for _, path := range threads {
		var nanos int64
		text, _ := os.ReadFile(path)
		fmt.Sscan(string(text), &nanos)
		sum += nanos
	}
	return sum
}

const (
	// costRate is what one machine sends with ease, and so much that what a worker does besides
	// is a small part of it, as it is of every load that needs a fleet.
	costRate   = 20_000
	costLength = 5 * time.Second
)

// BenchmarkWorker sends the same load with 'authbench load' alone and with one worker, in turns,
// and says how much more CPU time the worker's process takes for a request than the other. Both
// are looked at while they send: what they do before and after is left out.
func BenchmarkWorker(b *testing.B) {
	program, err := authbench()
	if err != nil {
		b.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	url, answered := terse(b)
	cost := func(sender func(load int) int, args ...string) float64 {
		before := answered.Load()
		c := exec.Command(program, append([]string{"load", url, "--rate", fmt.Sprint(costRate), "-d", (costLength + 2*time.Second).String(), "-c", "8", "--poll", "never"}, args...)...)
		c.Env = append(os.Environ(), "AUTHBENCH_FLEET="+self, beMain+"=1")
		if err := c.Start(); err != nil {
			b.Fatal(err)
		}
		defer c.Wait() // its result is not looked at
		await(b, "load is sent", func() bool { return answered.Load()-before > costRate/2 || !alive(c.Process.Pid) })
		pid := sender(c.Process.Pid)
		count, cpu := answered.Load(), computed(b, pid)
		time.Sleep(costLength)
		return float64(computed(b, pid)-cpu) / float64(answered.Load()-count) / 1e3
	}
	alone := func() float64 { return cost(func(load int) int { return load }) }
	worker := func() float64 {
		return cost(func(load int) int { return childCalled(b, childCalled(b, load, "coordinate"), "worker") }, "--workers", "1")
	}
	var ratios, costs []float64
	for b.Loop() {
		var a, w float64
		if rand.IntN(2) == 0 { // the first of two may have it harder
			a, w = alone(), worker()
		} else {
			w, a = worker(), alone()
		}
		ratios, costs = append(ratios, w/a), append(costs, a)
	}
	slices.Sort(ratios)
	slices.Sort(costs)
	b.ReportMetric(100*(ratios[len(ratios)/2]-1), "%-more-CPU/request")
	b.ReportMetric(costs[len(costs)/2], "µs-CPU/request-alone")
}
