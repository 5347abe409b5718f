package crew

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/procfs"

	"authbench/bench"
	"authbench/internal/fleet/protocol"
	"authbench/internal/fleet/wire"
	"authbench/internal/measure/courier"
	"authbench/internal/measure/loadtest"
)

// coordinateVariable makes the test binary a coordinator: it names the directory with the
// charter.
const coordinateVariable = "AUTHBENCH_FLEET_TEST_COORDINATE"

// coordinateAlone coordinates the run of a charter. It prints where it listens, and why the run
// was cut off: an empty line if it was not.
func coordinateAlone(directory string) error {
	charter, err := wire.ReadCharter(filepath.Join(directory, charterFile))
	if err != nil {
		return err
	}
	news := json.NewEncoder(io.Discard) // to write them is a part of what it costs
	c, err := Open(context.Background(), CoordinatorOptions{Charter: charter, Directory: directory, Patience: time.Minute, Tell: func(n courier.News) error {
		if n.Over != nil {
			fmt.Println(n.Over.Why)
		}
		return news.Encode(n)
	}})
	if err != nil {
		return err
	}
	defer c.Close()
	fmt.Println(c.Addr())
	site, _ := bench.ParseSite("http://127.0.0.1:1/")
	request, _ := bench.NewMessage(bench.Draft{Authority: site.Authority()})
	workers := len(charter.Workers())
	jobs, err := loadtest.Split(loadtest.Spec{
		Site: site, Request: request, Connections: workers, Duration: costSeconds * time.Second, Arrivals: bench.Poisson, Rate: 1000,
		Expect: loadtest.DefaultExpect(), Timeout: time.Second,
	}, workers)
	if err != nil {
		return err
	}
	_, err = c.Run(context.Background(), courier.Order{Version: courier.Version, Jobs: jobs})
	return err
}

const (
	// costSeconds is how long a load takes of which the coordinator is told, costBytes what it is
	// told each second: the histograms of a worker with some 100,000 requests.
	costSeconds = 10
	costBytes   = 16 << 10
)

// clerk tells what a worker does, and sends nothing.
type clerk struct{ starts chan<- time.Time }

func (c clerk) do(ctx context.Context, _ string, ready func(string) (time.Time, error), delta func(int, any, protocol.Counts)) (int, string, error) {
	start, err := ready("-")
	if err != nil {
		return 0, "", err
	}
	c.starts <- start
	data := strings.Repeat("x", costBytes)
	for n := range costSeconds {
		if err := until(ctx, start.Add(time.Duration(n+1)*time.Second)); err != nil {
			return n, "{}", err
		}
		delta(n, data, protocol.Counts{})
	}
	return costSeconds, "{}", nil
}

// BenchmarkCoordinator says what workers cost their coordinator: a process of its own, to which they
// come each with its connection, its clock and its spool.
func BenchmarkCoordinator(b *testing.B) {
	for _, workers := range []int{50, 100, 300} {
		b.Run(fmt.Sprintf("workers=%d", workers), func(b *testing.B) {
			for b.Loop() {
				coordinatorCost(b, workers)
			}
		})
	}
}

// coordinatorCost reports the coordinator's CPU for a worker that joins and for each of its seconds,
// and its memory.
func coordinatorCost(b *testing.B, workers int) {
	directory := b.TempDir()
	var all []wire.Guest
	for i := range workers {
		all = append(all, wire.Guest{Name: fmt.Sprintf("w%d", i+1), Role: protocol.RoleWorker})
	}
	charter, invitations, err := wire.Mint(wire.NewRun(), "127.0.0.1:0", "", all, time.Hour)
	if err == nil {
		err = wire.WriteSecret(filepath.Join(directory, charterFile), charter)
	}
	if err != nil {
		b.Fatal(err)
	}
	c := startCoordinator(b, directory)
	url := "tls://" + c.line()
	cpu, memory := c.usage()
	starts, ended := make(chan time.Time, workers), make(chan struct{})
	var guests sync.WaitGroup
	for _, i := range invitations {
		i.URL = url
		guests.Go(func() {
			o := GuestOptions{Invitation: i, Spool: filepath.Join(directory, spoolDirectory), Patience: time.Minute, Say: func(string) {}}
			if err := attend(context.Background(), o, clerk{starts}); err != nil {
				b.Error(err)
			}
		})
	}
	go func() {
		guests.Wait()
		close(ended)
	}()
	var start time.Time
	for range workers {
		select {
		case start = <-starts:
		case <-ended:
			b.Fatalf("the run ended before it began: %s", c.line())
		}
	}
	time.Sleep(time.Until(start))
	joined, _ := c.usage()
	time.Sleep(time.Until(start.Add(costSeconds * time.Second)))
	told, most := c.usage()
	<-ended
	if why := c.line(); why != "" {
		b.Fatalf("the run was cut off: %s", why)
	}
	each := float64(workers)
	b.ReportMetric((joined-cpu)/each*1e3, "ms-CPU/join")
	b.ReportMetric((told-joined)/each/costSeconds*1e3, "ms-CPU/s/worker")
	b.ReportMetric((most-memory)/each/1024, "KB/worker")
}

// alone is a coordinator in a process of its own.
type alone struct {
	b       *testing.B
	command *exec.Cmd
	lines   *bufio.Reader
}

func startCoordinator(b *testing.B, directory string) alone {
	b.Helper()
	own, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	c := exec.Command(own)
	c.Env = append(os.Environ(), coordinateVariable+"="+directory)
	c.Stderr = os.Stderr
	out, err := c.StdoutPipe()
	if err == nil {
		err = c.Start()
	}
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = c.Process.Kill() // it may have ended
		_ = c.Wait()
	})
	return alone{b, c, bufio.NewReader(out)}
}

// line is the next that it prints.
func (a alone) line() string {
	a.b.Helper()
	text, err := a.lines.ReadString('\n')
	if err != nil {
		a.b.Fatalf("the coordinator: %v", err)
	}
	return strings.TrimSuffix(text, "\n")
}

// usage is its CPU time in seconds, and its memory in bytes.
func (a alone) usage() (cpu, memory float64) {
	a.b.Helper()
	process, err := procfs.NewProc(a.command.Process.Pid)
	if err != nil {
		a.b.Fatal(err)
	}
	stat, err := process.Stat()
	if err != nil {
		a.b.Fatal(err)
	}
	return stat.CPUTime(), float64(stat.ResidentMemory())
}
