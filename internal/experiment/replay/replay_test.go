package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"authbench/internal/judge/gate"
)

// made is a recording of gates whose launches vary by sd around effect, in one arm.
func made(kind string, gates int, sd, effect float64) *recording {
	random := rand.New(rand.NewPCG(1, 2))
	r := &recording{Version: recordingVersion}
	for range gates {
		g := recorded{Kind: kind, Verdict: gate.Pass, Seconds: 150, Launches: 10, Host: "a machine"}
		for _, arm := range []string{"apikey", slowerArm} {
			for _, metric := range gate.Metrics() {
				c := cell{Arm: arm, Metric: metric}
				for range gate.FirstLook {
					target := gate.Aims[metric].Target
					v := sd * target * random.NormFloat64()
					if arm == slowerArm {
						v += math.Log1p(effect * target)
					}
					base := 100 * math.Exp(0.1*random.NormFloat64())
					c.Changes, c.Base, c.Head = append(c.Changes, v), append(c.Base, base), append(c.Head, base*math.Exp(v))
				}
				g.Cells = append(g.Cells, c)
			}
		}
		r.Gates = append(r.Gates, g)
	}
	return r
}

func TestReplay(t *testing.T) {
	if o := made(same, 8, 0.5, 0).replay(planted{}, "", same); o.fail != 0 || o.pass < orders*99/100 {
		t.Errorf("equal programs: %+v", o)
	}
	if o := made(slow5, 8, 0.5, 2).replay(planted{}, slowerArm, slow5); o.fail < orders*99/100 || o.right != o.fail {
		t.Errorf("an arm that is slow5 by twice the targets: %+v", o)
	}
	// A planted slow-down is found in its arm; one in no launch is none.
	if o := made(same, 8, 2, 0).replay(planted{gate.MetricP99, 2, 1}, "apikey", same); o.fail < plantedOrders*99/100 || o.right != o.fail {
		t.Errorf("a p99 that doubles: %+v", o)
	}
	if o := made(same, 8, 0.5, 0).replay(planted{gate.MetricP99, 2, 0}, "apikey", same); o.fail != 0 {
		t.Errorf("nothing planted: %+v", o)
	}
	// As many launches as there are decide, however few.
	if o := made(same, 1, 5, 0).replay(planted{}, "", same); o.fail != 0 || o.launches > orders*gate.FirstLook {
		t.Errorf("one gate on a noisy machine: %+v", o)
	}
	withheld := made(same, 2, 0.5, 0)
	withheld.Gates[1].Cells[2].Withheld = "spoilt"
	if all, cells, whole := withheld.launchesOf(same); len(all) != gate.FirstLook || whole != 1 || len(cells) != 2*len(gate.Metrics()) {
		t.Errorf("%d launches of %d gates, %d cells", len(all), whole, len(cells))
	}
}

// Within a launch the sides' own values move together, between gates they do not.
func TestFlagged(t *testing.T) {
	r := made(same, 20, 0.5, 0)
	for i := range r.Gates { // the machine has another speed in every gate
		for k := range r.Gates[i].Cells {
			c := &r.Gates[i].Cells[k]
			for n := range c.Base {
				c.Base[n] *= 1 + 0.5*float64(i%2)
				c.Head[n] *= 1 + 0.5*float64(i%2)
			}
		}
	}
	within, apart := r.flagged(false), r.flagged(true)
	if within.any != 0 || within.comparisons != 20 || apart.any < 15 || apart.comparisons != 19 {
		t.Errorf("within %+v, apart %+v", within, apart)
	}
}

// The published page is what the published recording says.
func TestPublishedPage(t *testing.T) {
	dir := filepath.Join("../../..", published)
	text, err := os.ReadFile(filepath.Join(dir, "recording.json"))
	if err != nil {
		t.Fatal(err)
	}
	var r recording
	if err := json.Unmarshal(text, &r); err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(filepath.Join(dir, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	if string(page) != r.page() {
		t.Errorf("%s/README.md is not of its recording: go run ./internal/experiment/replay", published)
	}
	var lines bytes.Buffer
	if err := r.benchfmt(&lines); err != nil || !strings.Contains(lines.String(), "BenchmarkGate/kind=same/gate=1/arm=apikey/side=head 1 ") {
		t.Errorf("benchmark lines (%v)", err)
	}
}

func TestUsage(t *testing.T) {
	var r recording
	if err := r.add([]string{"odd=x"}); !errors.Is(err, errUsage) {
		t.Errorf("an unknown kind: %v", err)
	}
	if err := r.add([]string{"same=" + t.TempDir()}); err == nil || !strings.Contains(err.Error(), "no result.jsonl here") {
		t.Errorf("an empty directory: %v", err)
	}
	var out, log bytes.Buffer
	if code := run([]string{"-nonsense"}, &out, &log); code != exitUsage {
		t.Errorf("an unknown flag: exit %d", code)
	}
	if code := run([]string{"-dir", t.TempDir()}, &out, &log); code != exitRuntime {
		t.Errorf("no recording: exit %d", code)
	}
	if code := run([]string{"-dir", t.TempDir(), "-add", "same=x"}, &out, &log); code != exitRuntime {
		t.Errorf("nothing to add to: exit %d", code)
	}
}
