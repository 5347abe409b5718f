// Package browsertest opens pages in the distribution's Chromium, for the tests of packages
// that write pages. What flows in: a page's address. What flows out: the state of the page, and
// all complaints of the browser.
package browsertest

import (
	"context"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// timeout ends a browser that hangs; a test takes seconds.
const timeout = 2 * time.Minute

// Browser is a tab in a browser of its own.
type Browser struct {
	context.Context
	// Within is the beginning of the addresses that a page may request.
	Within string

	mu         sync.Mutex // guards complaints
	complaints []string
}

// Open starts a browser, which ends with the test. Without Chromium the test is
// skipped, or fails in CI.
func Open(t *testing.T) *Browser {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("chromium is not installed: apt-get install chromium")
		}
		t.Skip("chromium is not installed: apt-get install chromium")
	}
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	t.Cleanup(cancel)
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.UserDataDir(t.TempDir()))
	ctx, cancel = chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(cancel)
	b := new(Browser)
	b.Context, cancel = chromedp.NewContext(ctx, chromedp.WithListener(b.listen))
	t.Cleanup(cancel)
	b.Do(t, call(network.Enable, network.EnableParams{}), call(log.Enable, cdp.Empty{}), call(runtime.Enable, cdp.Empty{}))
	return b
}

// call is a command of the browser's protocol as an action.
func call[P, R any](command cdp.Command[P, R], params P) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, command, params)
		return err
	})
}

// listen notes errors, and requests that a page may not make.
func (b *Browser) listen(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		b.complaints = append(b.complaints, "exception: "+e.ExceptionDetails.Text)
	case *runtime.EventConsoleAPICalled:
		b.complaints = append(b.complaints, "console: "+string(e.Type))
	case *log.EventEntryAdded:
		b.complaints = append(b.complaints, "log: "+e.Entry.Text)
	case *page.EventJavascriptDialogOpening:
		b.complaints = append(b.complaints, "dialog: "+e.Message)
	case *network.EventRequestWillBeSent:
		if url := e.Request.URL; !strings.HasPrefix(url, "data:") && !strings.HasPrefix(url, b.Within) {
			b.complaints = append(b.complaints, "request: "+url)
		}
	}
}

// Show opens a page, which may request only itself and addresses that begin with within.
func (b *Browser) Show(t *testing.T, url, within string) {
	t.Helper()
	b.mu.Lock()
	b.Within = within
	b.mu.Unlock()
	b.Do(t, chromedp.Navigate(url), chromedp.WaitReady(chromedp.CSS("footer")))
}

// Do carries actions out.
func (b *Browser) Do(t *testing.T, actions ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(b, actions...); err != nil {
		t.Fatal(err)
	}
}

// Evaluate returns the value of an expression in the page. The page's policy forbids foreign
// scripts, but not those of the browser's protocol.
func Evaluate[T any](t *testing.T, b *Browser, expression string) T {
	t.Helper()
	v, err := chromedp.Run(b, chromedp.Evaluate[T](expression))
	if err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
	return v
}

// Is fails the test if an expression is not true in the page.
func (b *Browser) Is(t *testing.T, expression string) {
	t.Helper()
	if !Evaluate[bool](t, b, expression) {
		t.Errorf("not so: %s", expression)
	}
}

// Becomes waits until an expression is true, at most until [timeout].
func (b *Browser) Becomes(t *testing.T, expression string) {
	t.Helper()
	for !Evaluate[bool](t, b, expression) {
		time.Sleep(10 * time.Millisecond)
	}
}

// Dark makes the page use its dark colours.
func (b *Browser) Dark(t *testing.T) {
	t.Helper()
	b.Do(t, call(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: "dark"}}}))
}

// pdfPage matches the beginning of a page in Chromium's PDF.
var pdfPage = regexp.MustCompile(`/Type\s*/Page\b`)

// Printed is how many sheets of A4 the page takes when it is printed.
func (b *Browser) Printed(t *testing.T) int {
	t.Helper()
	pdf, err := chromedp.Run(b, chromedp.PrintToPDF(chromedp.PDFPaper(chromedp.PaperA4), chromedp.PDFPreferCSSPageSize()))
	if err != nil {
		t.Fatal(err)
	}
	return len(pdfPage.FindAll(pdf, -1))
}

// Quiet fails the test for everything that the browser complained about.
func (b *Browser) Quiet(t *testing.T) {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, c := range b.complaints {
		t.Error(c)
	}
}

const (
	// Inked: some pixel of every chart is drawn.
	Inked = `[...document.querySelectorAll(".chart")].length > 0 && [...document.querySelectorAll(".chart")].every(c => {
		const k = c.querySelector("canvas"), copy = new OffscreenCanvas(k.width, k.height).getContext("2d", {willReadFrequently: true});
		copy.drawImage(k, 0, 0);
		return copy.getImageData(0, 0, k.width, k.height).data.some(v => v);
	})`
	// Fits: the page as a whole does not scroll sideways.
	Fits = `document.documentElement.scrollWidth <= innerWidth`
	// Whole: every name, mark and number of a drawing is within the window, and every
	// text of a figure within the figure.
	Whole = `[...document.querySelectorAll(".rows > *, .rows svg *, figure:not(.drawn) svg text")].filter(e => e.getClientRects().length).every(e => {
		const own = e.getBoundingClientRect(), around = e.closest(".rows") ? {left: 0, right: innerWidth} : e.closest("svg").getBoundingClientRect();
		return own.left >= around.left - 1 && own.right <= around.right + 1;
	})`
	// Wide: no table needs to scroll sideways.
	Wide = `[...document.querySelectorAll(".scroll")].every(e => e.scrollWidth <= e.clientWidth)`
)
