package report

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"authbench/internal/judge/analysis"
	"authbench/internal/show/browsertest"
	"authbench/internal/show/figure"
)

// show opens the report of an analysis as a file, which needs no other.
func show(t *testing.T, b *browsertest.Browser, a *analysis.Analysis) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "report.html")
	if err := os.WriteFile(path, []byte(rendered(t, a, figure.All(a))), 0o644); err != nil {
		t.Fatal(err)
	}
	b.Show(t, "file://"+path, "file://"+path)
}

func TestPageInABrowser(t *testing.T) {
	b := browsertest.Open(t)
	b.Do(t, chromedp.EmulateViewport(1280, 900))
	show(t, b, sample())
	b.Is(t, browsertest.Inked)
	b.Is(t, browsertest.Fits)
	b.Is(t, browsertest.Whole)
	b.Is(t, unbroken)
	b.Is(t, ruled)
	b.Is(t, `document.querySelector(".chart").getAttribute("aria-label").startsWith("Response time ")`)
	b.Do(t, chromedp.EmulateViewport(1920, 900))
	b.Becomes(t, browsertest.Wide)
	b.Do(t, chromedp.EmulateViewport(1280, 900))

	// The reader's rate: another one, and back to what the page was written with.
	written := browsertest.Evaluate[string](t, b, `document.querySelector(".rate table").innerText + document.getElementById("worth").textContent`)
	rate := func(v string) string {
		return `(() => { const e = document.getElementById("rps"); e.value = "` + v + `"; e.dispatchEvent(new Event("input")); return true; })()`
	}
	b.Is(t, rate("2e6"))
	b.Is(t, `!document.getElementById("worth").textContent.includes("does not decide")`)
	b.Is(t, rate("1000"))
	b.Is(t, `document.querySelector(".rate table").innerText + document.getElementById("worth").textContent === `+strconv.Quote(written))

	// Hover: the legend shows the values under the pointer.
	value := `document.querySelector(".chart .u-series:nth-child(2) .u-value").textContent`
	b.Is(t, value+` === "–" || `+value+` === "--"`)
	b.Do(t, chromedp.ScrollIntoView(chromedp.CSS(".chart")))
	at := browsertest.Evaluate[struct{ X, Y float64 }](t, b, `(() => { const r = document.querySelector(".chart .u-over").getBoundingClientRect(); return {X: r.x + r.width / 3, Y: r.y + r.height / 2}; })()`)
	b.Do(t, chromedp.MouseEvent(input.DispatchMouseEventTypeMouseMoved, at.X-5, at.Y), chromedp.MouseEvent(input.DispatchMouseEventTypeMouseMoved, at.X, at.Y))
	b.Becomes(t, value+`.endsWith(" µs")`)

	// Keyboard: a chart can be reached and read, an arm hidden, and details opened.
	b.Do(t, chromedp.Focus(chromedp.CSS(".chart")), chromedp.KeyEvent(kb.ArrowRight), chromedp.KeyEvent(kb.ArrowRight))
	b.Becomes(t, `document.querySelector(".chart + p").textContent.includes("µs")`)
	b.Do(t, chromedp.Focus(chromedp.CSS(".chart .u-series:nth-child(2) th")), chromedp.KeyEvent(kb.Enter))
	b.Is(t, `document.querySelector(".chart .u-series:nth-child(2)").classList.contains("u-off")`)
	b.Do(t, chromedp.Focus(chromedp.CSS("summary")), chromedp.KeyEvent(kb.Enter))
	b.Is(t, `document.querySelector("details").open && getComputedStyle(document.activeElement).outlineStyle === "solid"`)

	b.Dark(t)
	b.Is(t, `getComputedStyle(document.body).backgroundColor === "rgb(22, 24, 27)"`)
	b.Is(t, browsertest.Inked)
	b.Do(t, chromedp.EmulateViewport(390, 844, chromedp.EmulateMobile))
	b.Becomes(t, browsertest.Fits)
	b.Is(t, browsertest.Inked)
	b.Is(t, browsertest.Whole)
	b.Is(t, unbroken)
	b.Is(t, ruled)
	// A table that goes on beyond the edge shows that it does.
	b.Is(t, `[...document.querySelectorAll(".scroll")].some(s => s.scrollWidth > s.clientWidth && getComputedStyle(s).backgroundImage.includes("gradient"))`)
	b.Is(t, marked)
	b.Quiet(t)
}

// unbroken says that the intervals in sentences, of which there are some, each stand on one line.
const unbroken = `[...document.querySelectorAll(".whole")].length > 0 && [...document.querySelectorAll(".whole")].every(e => e.getClientRects().length === 1)`

// ruled says that the line below each row is one line from the first cell to the last.
const ruled = `[...document.querySelectorAll("tbody tr:not(.u-series)")].filter(r => r.getClientRects().length).every(r =>
	[...r.cells].every(c => Math.abs(c.getBoundingClientRect().bottom - r.cells[0].getBoundingClientRect().bottom) < 0.5 && getComputedStyle(c).borderBottomWidth === "1px"))`

// marked says that the marker of each line of a legend stands before the line's name.
const marked = `[...document.querySelectorAll(".u-series .u-marker")].every(m => {
	const mark = m.getBoundingClientRect(), name = m.nextSibling.getBoundingClientRect()
	return mark.width === 0 || name.left >= mark.right && name.top < mark.bottom
})`

// On paper a page is short, its charts are as wide as there is room, and what is folded
// stays so; afterwards the screen is as it was.
func TestPageOnPaper(t *testing.T) {
	b := browsertest.Open(t)
	b.Do(t, chromedp.EmulateViewport(1280, 900))
	b.Dark(t)
	show(t, b, sample())
	const widths = `[...document.querySelectorAll(".chart")].map(c => c.querySelector("canvas").clientWidth).join()`
	before := browsertest.Evaluate[string](t, b, widths)
	if n := b.Printed(t); n < 1 || n > 5 {
		t.Errorf("the page takes %d sheets of paper", n)
	}
	b.Becomes(t, widths+` === `+strconv.Quote(before))
	b.Is(t, `![...document.querySelectorAll("details.more")].some(d => d.open)`)
	b.Do(t, chromedp.Click(chromedp.CSS("details.more summary")))
	b.Is(t, `(() => { dispatchEvent(new Event("beforeprint")); return [...document.querySelectorAll(".chart")].every(c => c.querySelector(".uplot").offsetWidth <= 3 * 340); })()`)
	b.Is(t, browsertest.Inked)
	b.Is(t, marked)
	b.Is(t, `(() => { dispatchEvent(new Event("afterprint")); return true; })()`)
	b.Becomes(t, widths+` === `+strconv.Quote(before))
	b.Quiet(t)
}

func TestPagesOfAwkwardRunsInABrowser(t *testing.T) {
	b := browsertest.Open(t)
	b.Do(t, chromedp.EmulateViewport(390, 844))
	for name, a := range awkward() {
		show(t, b, a)
		b.Is(t, browsertest.Fits)
		b.Is(t, browsertest.Whole)
		if name == "searched" {
			b.Is(t, browsertest.Inked)
		}
	}
	// What stands in a result cannot add elements to the page, nor run.
	show(t, b, hostileAnalysis())
	b.Is(t, `document.scripts.length === 2 && document.querySelectorAll("meta, base, iframe, object").length === 4`)
	b.Is(t, browsertest.Inked)
	b.Is(t, `[...document.querySelectorAll(".u-series th")].some(e => e.textContent.includes("<script>"))`)
	b.Is(t, browsertest.Fits)
	b.Quiet(t)
}
