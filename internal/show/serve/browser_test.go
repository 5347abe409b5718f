package serve

import (
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"authbench/internal/show/browsertest"
)

// A person lists, opens, compares and looks back, and a page follows a run, without a
// complaint of the browser's about any policy.
func TestPagesInABrowser(t *testing.T) {
	b := browsertest.Open(t)
	dir := copyResults(t, "a", "b", "c")
	path := filepath.Join(dir, "c", "result.jsonl")
	whole := launches(t, 3)
	first := launchAt(whole, 1)
	if err := os.Remove(filepath.Join(dir, "c", "summary.json")); err != nil {
		t.Fatal(err)
	}
	write(t, path, whole[:first])
	s := open(t, dir)
	s.poll = 10 * time.Millisecond
	server := httptest.NewServer(s)
	defer server.Close()

	b.Do(t, chromedp.EmulateViewport(1280, 900))
	b.Show(t, server.URL+"/", server.URL+"/")
	b.Is(t, browsertest.Fits)
	b.Is(t, `getComputedStyle(document.querySelector(".bars rect:not(.base)")).fill === "rgb(0, 89, 168)"`)
	// On a phone the results can be chosen without scrolling sideways.
	b.Do(t, chromedp.EmulateViewport(390, 844))
	b.Show(t, server.URL+"/", server.URL+"/")
	b.Is(t, browsertest.Fits)
	b.Is(t, `[...document.querySelectorAll("td input")].every(e => { const r = e.getBoundingClientRect(); return r.left >= 0 && r.right <= innerWidth; })`)
	b.Do(t, chromedp.EmulateViewport(1280, 900))
	b.Show(t, server.URL+"/", server.URL+"/")
	// By the keyboard alone: the old one, the new one, and Compare.
	b.Do(t, chromedp.Focus(chromedp.CSS(`input[name=old][value="a"]`)), chromedp.KeyEvent(" "),
		chromedp.Focus(chromedp.CSS(`input[name=new][value="b"]`)), chromedp.KeyEvent(" "), chromedp.Focus(chromedp.CSS("button")), chromedp.KeyEvent(kb.Enter))
	b.Becomes(t, `location.pathname === "/compare" && document.querySelectorAll(".chart canvas").length === 2`)
	b.Is(t, browsertest.Inked)
	b.Is(t, `document.querySelector("h2").id === "certain" && document.querySelectorAll("details").length > 5 && !document.querySelector("details[open]")`)
	for _, page := range []string{"/results/a/", "/compare?old=a&new=b", "/history?scenario=quick", "/history?scenario=quick&arm=apikey&load=closed&metric=cpu_us_per_request"} {
		b.Do(t, chromedp.EmulateViewport(390, 844))
		b.Show(t, server.URL+page, server.URL+"/")
		b.Is(t, browsertest.Fits)
	}
	b.Is(t, `document.querySelectorAll(".trail circle").length === 2`)
	// Its texts are as large as those of the page, however wide the window is.
	b.Do(t, chromedp.EmulateViewport(1920, 900))
	b.Becomes(t, `Math.abs(document.querySelector(".trail").getBoundingClientRect().width - 760) < 2`)

	b.Show(t, server.URL+"/live/c", server.URL+"/")
	b.Becomes(t, `document.getElementById("state").textContent === "watching"`)
	b.Is(t, `document.querySelector("progress").value === 0 && document.querySelector("main").textContent.includes("Provisional") && document.querySelectorAll("tbody tr").length === 5`)
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for launch := 2; launch <= 3; launch++ {
		next := launchAt(whole, launch)
		if _, err := f.Write(whole[first:next]); err != nil {
			t.Fatal(err)
		}
		first = next
		b.Becomes(t, fmt.Sprintf(`document.querySelector("progress").value === %d && document.querySelectorAll("tbody tr").length === 5 && !document.querySelector("main").textContent.includes("Provisional")`, launch-1))
	}
	b.Is(t, browsertest.Fits)
	if _, err := f.Write(whole[first:]); err != nil {
		t.Fatal(err)
	}
	b.Becomes(t, `document.getElementById("state").textContent === "ended" && document.querySelector("main").textContent.includes("completed")`)
	b.Dark(t)
	b.Is(t, `getComputedStyle(document.body).backgroundColor === "rgb(22, 24, 27)"`)
	b.Quiet(t)
}
