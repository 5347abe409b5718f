package report

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	devtools "github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"authbench/internal/analysis"
	"authbench/internal/figure"
)

// browserTimeout ends a browser that hangs; a test takes seconds.
const browserTimeout = 2 * time.Minute

// browser is a tab in a browser of its own, and what it complained about.
type browser struct {
	context.Context
	mu         sync.Mutex
	complaints []string
}

func openBrowser(t *testing.T) *browser {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("chromium is not installed: apt-get install chromium")
		}
		t.Skip("chromium is not installed: apt-get install chromium")
	}
	ctx, cancel := context.WithTimeout(context.Background(), browserTimeout)
	t.Cleanup(cancel)
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.UserDataDir(t.TempDir()))
	ctx, cancel = chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(cancel)
	b := new(browser)
	b.Context, cancel = chromedp.NewContext(ctx, chromedp.WithListener(b.listen))
	t.Cleanup(cancel)
	b.do(t, call(network.Enable, network.EnableParams{}), call(log.Enable, cdp.Empty{}), call(runtime.Enable, cdp.Empty{}))
	return b
}

// call is a command of the browser's protocol as an action.
func call[P, R any](command cdp.Command[P, R], params P) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, command, params)
		return err
	})
}

// listen notes errors, and requests for anything but the page and what is within it.
func (b *browser) listen(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		b.complaints = append(b.complaints, "exception: "+e.ExceptionDetails.Text)
	case *runtime.EventConsoleAPICalled:
		b.complaints = append(b.complaints, "console: "+string(e.Type))
	case *log.EventEntryAdded:
		b.complaints = append(b.complaints, "log: "+e.Entry.Text)
	case *devtools.EventJavascriptDialogOpening:
		b.complaints = append(b.complaints, "dialog: "+e.Message)
	case *network.EventRequestWillBeSent:
		if url := e.Request.URL; !strings.HasPrefix(url, "data:") && !(strings.HasPrefix(url, "file:") && strings.HasSuffix(url, "/report.html")) {
			b.complaints = append(b.complaints, "request: "+url)
		}
	}
}

func (b *browser) do(t *testing.T, actions ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(b, actions...); err != nil {
		t.Fatal(err)
	}
}

// show opens the report of an analysis as a file.
func (b *browser) show(t *testing.T, a *analysis.Analysis) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "report.html")
	if err := os.WriteFile(path, []byte(rendered(t, a, figure.All(a))), 0o644); err != nil {
		t.Fatal(err)
	}
	b.do(t, chromedp.Navigate("file://"+path), chromedp.WaitReady(chromedp.CSS("footer")))
}

// evaluate returns what an expression is in the page. The page's policy forbids
// scripts that are not its own; the browser's protocol stands above it.
func evaluate[T any](t *testing.T, b *browser, expression string) T {
	t.Helper()
	v, err := chromedp.Run(b, chromedp.Evaluate[T](expression))
	if err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
	return v
}

// is fails the test unless an expression is true in the page.
func (b *browser) is(t *testing.T, expression string) {
	t.Helper()
	if !evaluate[bool](t, b, expression) {
		t.Errorf("not so: %s", expression)
	}
}

// becomes waits until an expression is true, at most as long as the browser lives.
func (b *browser) becomes(t *testing.T, expression string) {
	t.Helper()
	for !evaluate[bool](t, b, expression) {
		time.Sleep(10 * time.Millisecond)
	}
}

func (b *browser) quiet(t *testing.T) {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, c := range b.complaints {
		t.Error(c)
	}
}

const (
	// inked: some pixel of every chart is drawn.
	inked = `[...document.querySelectorAll(".chart")].length > 0 && [...document.querySelectorAll(".chart")].every(c => {
		const k = c.querySelector("canvas"), copy = new OffscreenCanvas(k.width, k.height).getContext("2d", {willReadFrequently: true});
		copy.drawImage(k, 0, 0);
		return copy.getImageData(0, 0, k.width, k.height).data.some(v => v);
	})`
	// fits: the page as a whole does not scroll sideways.
	fits = `document.documentElement.scrollWidth <= innerWidth`
)

func TestPageInABrowser(t *testing.T) {
	b := openBrowser(t)
	b.do(t, chromedp.EmulateViewport(1280, 900))
	b.show(t, sample())
	b.is(t, inked)
	b.is(t, fits)

	// The reader's rate: another one, and back to what the page was written with.
	written := evaluate[string](t, b, `document.querySelector(".rate table").innerText + document.getElementById("worth").textContent`)
	rate := func(v string) string {
		return `(() => { const e = document.getElementById("rps"); e.value = "` + v + `"; e.dispatchEvent(new Event("input")); return true; })()`
	}
	b.is(t, rate("2e6"))
	b.is(t, `!document.getElementById("worth").textContent.includes("does not decide")`)
	b.is(t, rate("1000"))
	b.is(t, `document.querySelector(".rate table").innerText + document.getElementById("worth").textContent === `+strconv.Quote(written))

	// Hover: the legend shows the values under the pointer.
	value := `document.querySelector(".chart .u-series:nth-child(2) .u-value").textContent`
	b.is(t, value+` === "–" || `+value+` === "--"`)
	b.do(t, chromedp.ScrollIntoView(chromedp.CSS(".chart")))
	at := evaluate[struct{ X, Y float64 }](t, b, `(() => { const r = document.querySelector(".chart .u-over").getBoundingClientRect(); return {X: r.x + r.width / 3, Y: r.y + r.height / 2}; })()`)
	b.do(t, chromedp.MouseEvent(input.DispatchMouseEventTypeMouseMoved, at.X-5, at.Y), chromedp.MouseEvent(input.DispatchMouseEventTypeMouseMoved, at.X, at.Y))
	b.becomes(t, value+`.endsWith(" µs")`)

	// Keyboard: a chart can be reached and read, an arm hidden, and details opened.
	b.do(t, chromedp.Focus(chromedp.CSS(".chart")), chromedp.KeyEvent(kb.ArrowRight), chromedp.KeyEvent(kb.ArrowRight))
	b.becomes(t, `document.querySelector(".chart + p").textContent.includes("µs")`)
	b.do(t, chromedp.Focus(chromedp.CSS(".chart .u-series:nth-child(2) th")), chromedp.KeyEvent(kb.Enter))
	b.is(t, `document.querySelector(".chart .u-series:nth-child(2)").classList.contains("u-off")`)
	b.do(t, chromedp.Focus(chromedp.CSS("summary")), chromedp.KeyEvent(kb.Enter))
	b.is(t, `document.querySelector("details").open && getComputedStyle(document.activeElement).outlineStyle === "solid"`)

	b.do(t, call(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: "dark"}}}))
	b.is(t, `getComputedStyle(document.body).backgroundColor === "rgb(22, 24, 27)"`)
	b.is(t, inked)
	b.do(t, chromedp.EmulateViewport(390, 844, chromedp.EmulateMobile))
	b.becomes(t, fits)
	b.is(t, inked)
	b.quiet(t)
}

func TestPagesOfAwkwardRunsInABrowser(t *testing.T) {
	b := openBrowser(t)
	b.do(t, chromedp.EmulateViewport(390, 844))
	for name, a := range awkward() {
		b.show(t, a)
		b.is(t, fits)
		if name == "searched" {
			b.is(t, inked)
		}
	}
	// What stands in a result cannot add elements to the page, nor run.
	b.show(t, hostileAnalysis())
	b.is(t, `document.scripts.length === 2 && document.querySelectorAll("meta, base, iframe, object").length === 4`)
	b.is(t, inked)
	b.is(t, `[...document.querySelectorAll(".u-series th")].some(e => e.textContent.includes("<script>"))`)
	b.is(t, fits)
	b.quiet(t)
}
