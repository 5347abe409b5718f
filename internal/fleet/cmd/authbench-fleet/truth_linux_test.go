package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"
)

// desk is a server of which it is known how long each request must take: it has one clerk, who
// takes the same time for each, and now and then stands still. It is simulated on the times at
// which requests come, so that only what is late to come is measured, and answers when they are due.
type desk struct {
	service time.Duration
	// stands is how often it stands still, still for how long: 0 for never.
	stands, still time.Duration

	mu    sync.Mutex // guards what follows
	began time.Time  // the first request
	free  time.Duration
	times []time.Duration
}

// serve takes a request, and returns when its answer is due.
func (d *desk) serve() time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.began.IsZero() {
		d.began = time.Now()
	}
	came := time.Since(d.began)
	d.free = max(d.free, came) + d.service
	if d.still > 0 && d.free%d.stands < d.still && d.free > d.stands {
		d.free += d.still - d.free%d.stands
	}
	d.times = append(d.times, d.free-came)
	return d.began.Add(d.free)
}

// quantile is that of the times which requests had to take, in ms.
func (d *desk) quantile(q float64) float64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	slices.Sort(d.times)
	return d.times[int(q*float64(len(d.times)-1))].Seconds() * 1e3
}

// open serves at an address, until the end of the benchmark.
func (d *desk) open(b *testing.B) (address string) {
	b.Helper()
	listener, err := net.Listen("tcp", switchAddress+":0")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { listener.Close() })
	until := time.Now().Add(time.Hour).Format(time.RFC3339)
	consents := fmt.Sprintf(`{"version":1,"runs":["*"],"expires":%q}`, until)
	answer := func(c net.Conn) {
		defer c.Close()
		for in, asks := bufio.NewReader(c), false; ; {
			line, err := in.ReadString('\n')
			if err != nil {
				return
			}
			if len(line) > 9 && line[:9] == "GET /.wel" {
				asks = true
			}
			if line != "\r\n" {
				continue
			}
			body := ""
			if asks {
				body = consents
			} else {
				time.Sleep(time.Until(d.serve()))
			}
			asks = false
			if _, err := fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(body), body); err != nil {
				return
			}
		}
	}
	go accept(listener, answer)
	return listener.Addr().String()
}

// accept hands connections over until the listener is closed.
func accept(l net.Listener, to func(net.Conn)) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go to(c)
	}
}

// relay hands on what comes between a worker and its coordinator, each way with a delay of its
// own, and returns where it listens.
func relay(b *testing.B, to string, there, back time.Duration) (address string) {
	b.Helper()
	listener, err := net.Listen("tcp", switchAddress+":0")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { listener.Close() })
	go accept(listener, func(c net.Conn) {
		defer c.Close()
		far, err := net.Dial("tcp", to)
		if err != nil {
			return
		}
		defer far.Close()
		go carry(c, far, back)
		carry(far, c, there)
	})
	return listener.Addr().String()
}

// carry copies bytes, which are under way for so long.
func carry(to io.Writer, from io.Reader, delay time.Duration) {
	type parcel struct {
		due  time.Time
		data []byte
	}
	under := make(chan parcel, 1<<10)
	go func() {
		defer close(under)
		for {
			data := make([]byte, 32<<10)
			n, err := from.Read(data)
			if err != nil {
				return
			}
			under <- parcel{time.Now().Add(delay), data[:n]}
		}
	}()
	for p := range under {
		time.Sleep(time.Until(p.due))
		_, _ = to.Write(p.data) // the other end notices that it is gone
	}
}

// BenchmarkTruth compares what one machine and four of a fleet find of a server whose truth is
// known: a queue (M/D/1, ρ = 0.8), and one that stands still for 200 ms every two seconds. The
// workers' ways to the coordinator are so unequal that their clocks seem right and are wrong by up
// to 10 ms. It reports what the server itself knows, and what the load found.
func BenchmarkTruth(b *testing.B) {
	if !ownWorld(b) {
		return
	}
	w := newWorld(b, 4)
	for _, c := range []struct {
		name                   string
		service, stands, still time.Duration
		rate                   int
	}{
		{"queue", 250 * time.Microsecond, 0, 0, 3200},
		{"freeze", 10 * time.Microsecond, 2 * time.Second, 200 * time.Millisecond, 2000},
	} {
		b.Run(c.name, func(b *testing.B) {
			measure := func(workers bool) (known, found [2]float64) {
				d := &desk{service: c.service, stands: c.stands, still: c.still}
				w.truth(b, d, c.rate, workers, &found)
				return [2]float64{d.quantile(0.99), d.quantile(0.999)}, found
			}
			var ratios [2][]float64
			for b.Loop() {
				knownAlone, foundAlone := measure(false)
				known, found := measure(true)
				b.Logf("p99, p99.9: the server knows %.2f of one machine, %.2f of four, ms; found are %.2f, %.2f", knownAlone, known, foundAlone, found)
				ratios[0], ratios[1] = append(ratios[0], known[0]/knownAlone[0]), append(ratios[1], found[0]/foundAlone[0])
			}
			for i, what := range []string{"server", "found"} {
				slices.Sort(ratios[i])
				b.ReportMetric(100*(ratios[i][len(ratios[i])/2]-1), "%-p99-"+what)
			}
		})
	}
}

// truth measures a desk, with all workers or with the coordinator's machine alone, and notes the
// p99 and the p99.9 that were found, ms.
func (w *world) truth(b *testing.B, d *desk, rate int, workers bool, times *[2]float64) {
	b.Helper()
	address := d.open(b)
	args := []string{w.program, "load", "http://" + address, "--allow-remote", "-c", "128", "--rate", fmt.Sprint(rate), "-d", "20s", "--seed", "11", "-o", "json", "--poll", "hybrid"}
	if workers {
		w.invite()
		args = append(args, "--workers", filepath.Join(w.directory, "coordinator.json"))
		for i, m := range w.workers {
			ways := []time.Duration{21 * time.Millisecond, time.Millisecond, 5 * time.Millisecond, time.Millisecond}
			there, back := ways[i/2*2], ways[i/2*2+1]
			if i%2 == 1 {
				there, back = back, there
			}
			path := filepath.Join(w.directory, m.name+".json")
			readdress(b, path, "tls://"+relay(b, w.coordinator.address+":7422", there, back))
			c, _, _ := w.start(m, w.this, "worker", "--invitation", path, "--spool", w.spool(), "--allow-target", address)
			defer c.Wait() // the load tells how it was
		}
	}
	load, out, said := w.start(w.coordinator, args...)
	ends(b, load)
	r := found(b, out, said)
	times[0], times[1] = r.Response.P99/1e3, r.Response.P999/1e3
	b.Logf("%d workers, %d requests, %s %v", len(r.Workers), r.Requests, r.Validity, codes(r))
}

// readdress has an invitation name another address of the coordinator.
func readdress(b *testing.B, path, url string) {
	b.Helper()
	var invitation map[string]any
	text, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(text, &invitation)
	}
	invitation["url"] = url
	if err == nil {
		text, err = json.Marshal(invitation)
	}
	if err == nil {
		err = os.WriteFile(path, text, 0o600)
	}
	if err != nil {
		b.Fatal(err)
	}
}
