package serve

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"authbench/bench"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// recorded is a result of a real run.
const recorded = "../../../results/published/2026-11-24-quick"

// copyResults puts copies of a real result, with its summary, into a new directory.
func copyResults(t testing.TB, ids ...string) string {
	t.Helper()
	dir := t.TempDir()
	for _, id := range ids {
		place := filepath.Join(dir, filepath.FromSlash(id))
		if err := os.MkdirAll(place, 0o755); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"result.jsonl", "summary.json"} { // in this order: the summary is no older
			write(t, filepath.Join(place, name), content(t, name))
		}
	}
	return dir
}

// content is that of one of the real result's files; of result.jsonl the first launch,
// which is enough for a page.
func content(t testing.TB, name string) []byte {
	t.Helper()
	if name == "result.jsonl" {
		return launches(t, 1)
	}
	return stored(t, name)
}

func stored(t testing.TB, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(recorded, name))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// launches is a result file with the first n launches, and its footer.
func launches(t testing.TB, n int) []byte {
	t.Helper()
	whole := stored(t, "result.jsonl")
	next := launchAt(whole, n)
	end := next + bytes.IndexByte(whole[next:], '\n') + 1
	footer := bytes.LastIndexByte(bytes.TrimSuffix(whole, []byte{'\n'}), '\n') + 1
	return append(bytes.Clone(whole[:end]), whole[footer:]...)
}

// launchAt is where the record of launch n stands.
func launchAt(text []byte, n int) int {
	return bytes.Index(text, fmt.Appendf(nil, `{"kind":"launch","launch":%d,`, n))
}

func write(t testing.TB, path string, text []byte) {
	t.Helper()
	if err := os.WriteFile(path, text, 0o644); err != nil {
		t.Fatal(err)
	}
}

// noMethods is the catalogue of a program without methods.
type noMethods struct{}

func (noMethods) Methods() []bench.MethodSpec { return nil }

func open(t testing.TB, dir string) *Server {
	t.Helper()
	s, err := New(dir, noMethods{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// get asks the server as a browser on this machine does.
func get(s *Server, target string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, target, nil)
	r.Host = "localhost:8250"
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

// holds fails the test unless an answer has a status and all the texts.
func holds(t *testing.T, s *Server, target string, status int, texts ...string) string {
	t.Helper()
	w := get(s, target)
	if w.Code != status {
		t.Errorf("%s: status %d, want %d\n%s", target, w.Code, status, w.Body)
	}
	body := w.Body.String()
	for _, text := range texts {
		if !strings.Contains(body, text) {
			t.Errorf("%s does not hold %q", target, text)
		}
	}
	return body
}

func TestPages(t *testing.T) {
	s := open(t, copyResults(t, "a", "published/b", "of space/and #?%", "deep/figures"))
	list := holds(t, s, "/", 200, `href="/results/a/"`, `href="/results/published/b/"`, `href="/results/of%20space/and%20%23%3F%25/"`,
		`value="published/b"`, "History", "<rect ", `<span class="valid">`)
	if strings.Count(list, "<tr>") != 1+4 {
		t.Errorf("the list has other rows than one for each result\n%s", list)
	}
	holds(t, s, "/results/a/", 200, "What it costs at your rate", `<a href="/">All results</a>`, `id="data"`)
	holds(t, s, "/results/of%20space/and%20%23%3F%25/", 200, "What it costs at your rate")
	holds(t, s, "/results/published/b/summary.json", 200, `"scenario": "quick"`)
	holds(t, s, "/results/a/figures/cpu.svg", 200, "<svg ")
	holds(t, s, "/results/deep/figures/summary.json", 200, `"scenario": "quick"`)
	if png := get(s, "/results/a/figures/cpu.png"); !bytes.HasPrefix(png.Body.Bytes(), []byte("\x89PNG")) {
		t.Errorf("no PNG: %d %s", png.Code, png.Header())
	}
	raw := get(s, "/results/a/result.jsonl")
	if !bytes.Equal(raw.Body.Bytes(), content(t, "result.jsonl")) || !strings.HasPrefix(raw.Header().Get("Content-Disposition"), "attachment") {
		t.Errorf("result.jsonl: %d, %d bytes, %v", raw.Code, raw.Body.Len(), raw.Header())
	}
	if w := get(s, "/results/published/b"); w.Code != http.StatusMovedPermanently || w.Header().Get("Location") != "/results/published/b/" {
		t.Errorf("without a slash: %d to %q", w.Code, w.Header().Get("Location"))
	}
	holds(t, s, "/compare?old=a&new=published/b", 200, "What changed", "jwt-hs256, old", "server CPU per request", `href="/results/published/b/"`)
	holds(t, s, "/advise/a", 200, "No arm certainly meets the limits", `name="rps" value="1000"`, "By what evidence")
	holds(t, s, "/advise/a?rps=5000&revocation-lag=10s&core-hour=0.04", 200, `value="10s"`, "price/month", "misses: revoked within 10s")
	holds(t, s, "/advise/a?rps=many&p99=5", 200, `Requests per second: &#34;many&#34; is not a rate: write requests per second`, "Longest p99: &#34;5&#34; has no unit: write a number with a unit")
	holds(t, s, "/advise/none", 404)
	holds(t, s, "/compare?old=a", 422, "choose an old and a new result")
	holds(t, s, "/history?scenario=quick", 200, "jwt-eddsa", "<polyline ")
	holds(t, s, "/history?scenario=quick&arm=jwt-hs256&load=closed&metric=cpu_us_per_request&ratio=1", 200, `class="interval"`, "ratio to the baseline", "Other figures")
	holds(t, s, "/history?scenario=quick&arm=x&load=closed&metric=y", 200, "No result has this figure")
	holds(t, s, "/history?scenario=none", 422, "no result of scenario")
	for _, absent := range []string{"/x", "/results/", "/results/none/", "/results/a/none.txt", "/results/a/figures/none.svg", "/live/none", "/results/a/report.html"} {
		holds(t, s, absent, 404)
	}
}

// The directory of one result is a directory of results, too.
func TestTheRootIsAResult(t *testing.T) {
	s := open(t, filepath.Join(copyResults(t, "a"), "a"))
	holds(t, s, "/", 200, `href="/results/"`)
	holds(t, s, "/results/", 200, "What it costs at your rate")
	holds(t, s, "/results/summary.json", 200, `"scenario": "quick"`)
	holds(t, s, "/compare?old=.&new=.", 200, "What changed")
	holds(t, s, "/live/", 200, `data-events="/events/"`)
	holds(t, s, "/advise/", 200, `action="/advise/"`)
}

func TestAnEmptyDirectory(t *testing.T) {
	holds(t, open(t, t.TempDir()), "/", 200, "There is no result here yet")
}

// Nothing outside the directory is reached, by no spelling and through no link.
func TestTraversal(t *testing.T) {
	outside := copyResults(t, "secret")
	dir := copyResults(t, "a")
	for link, to := range map[string]string{"link": filepath.Join(outside, "secret"), "a/figures": outside} {
		if err := os.Symlink(to, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "linked"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(outside, "secret", "result.jsonl"), filepath.Join(dir, "linked", "result.jsonl")); err != nil {
		t.Fatal(err)
	}
	s := open(t, dir)
	if list := holds(t, s, "/", 200); strings.Contains(list, "/results/link") {
		t.Errorf("the list follows links\n%s", list)
	}
	for _, path := range []string{
		"/results/../secret/", "/results/%2e%2e/secret/", "/results/..%2fsecret/", "/results/a/../../secret/", "/results/a/figures/secret/summary.json",
		"/results/link/", "/results/linked/", "/results//etc/", "/results/a/..%2f..%2fsecret/result.jsonl", `/results/..\secret/`, "/live/../secret", "/events/..%2fsecret",
	} {
		if w := get(s, path); w.Code == http.StatusOK {
			t.Errorf("%s is answered", path)
		}
	}
	for _, id := range []string{"../secret", "link", "linked", "/etc", filepath.Join(outside, "secret")} {
		holds(t, s, "/compare?old=a&new="+url.QueryEscape(id), 404)
	}
}

func TestWhoMayAsk(t *testing.T) {
	s := open(t, copyResults(t, "a"))
	ask := func(change func(*http.Request)) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Host = "127.0.0.1:8250"
		change(r)
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		return w
	}
	for host, status := range map[string]int{
		"localhost": 200, "LocalHost:1": 200, "127.0.0.1": 200, "127.9.9.9:80": 200, "[::1]:8250": 200, "[::1]": 200,
		"": 421, "evil.example": 421, "localhost.evil.example:8250": 421, "10.0.0.1": 421, "[::]:8250": 421, "127.0.0.1.evil.example": 421,
	} {
		if w := ask(func(r *http.Request) { r.Host = host }); w.Code != status {
			t.Errorf("Host %q: %d, want %d", host, w.Code, status)
		}
	}
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodPatch, http.MethodOptions, http.MethodTrace, "PROPFIND"} {
		if w := ask(func(r *http.Request) { r.Method = method }); w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != "GET, HEAD" {
			t.Errorf("%s: %d, Allow %q", method, w.Code, w.Header().Get("Allow"))
		}
	}
	if w := ask(func(r *http.Request) { r.Method = http.MethodHead }); w.Code != 200 {
		t.Errorf("HEAD: %d", w.Code)
	}
	from := func(site, mode string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", site); r.Header.Set("Sec-Fetch-Mode", mode) }
	}
	for _, c := range []struct {
		site, mode string
		status     int
	}{{"cross-site", "no-cors", 403}, {"cross-site", "navigate", 200}, {"same-origin", "cors", 200}, {"none", "navigate", 200}} {
		if w := ask(from(c.site, c.mode)); w.Code != c.status {
			t.Errorf("from %s by %s: %d, want %d", c.site, c.mode, w.Code, c.status)
		}
	}
}

// Every answer, whatever it is, forbids what it does not need.
func TestHeaders(t *testing.T) {
	s := open(t, copyResults(t, "a"))
	for _, target := range []string{"/", "/results/a/", "/results/a/result.jsonl", "/results/a/figures/cpu.svg", "/compare?old=a&new=a", "/history?scenario=quick", "/live/a", "/advise/a", "/none", "/results/none/"} {
		h := get(s, target).Header()
		policy := h.Get("Content-Security-Policy")
		if !strings.HasPrefix(policy, "default-src 'none'") || !strings.Contains(policy, "frame-ancestors 'none'") || strings.Contains(policy, "script-src 'unsafe") {
			t.Errorf("%s: policy %q", target, policy)
		}
		if h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Referrer-Policy") != "no-referrer" || h.Get("Cache-Control") != "no-store" || h.Get("Cross-Origin-Resource-Policy") != "same-origin" {
			t.Errorf("%s: headers %v", target, h)
		}
	}
}

// A stored report is of whoever wrote it.
func TestStoredPagesAreNotServed(t *testing.T) {
	dir := copyResults(t, "a")
	for _, name := range []string{"report.html", "index.html", "figures.svg"} {
		write(t, filepath.Join(dir, "a", name), []byte("<script>stored</script>"))
	}
	s := open(t, dir)
	for _, path := range []string{"/results/a/", "/results/a/report.html", "/results/a/index.html", "/results/a/figures.svg", "/index.html"} {
		if body := get(s, path).Body.String(); strings.Contains(body, "stored") {
			t.Errorf("%s holds a stored page", path)
		}
	}
}

// What stands in results cannot add elements to a page.
func TestHostileResults(t *testing.T) {
	const evil = `</title><script>alert(1)</script>`
	hostile := func(text []byte) []byte {
		encoded := strings.ReplaceAll(evil, `"`, `\"`)
		text = bytes.ReplaceAll(text, []byte(`"jwt-hs256"`), []byte(`"`+encoded+`"`))
		return bytes.ReplaceAll(text, []byte(`"quick"`), []byte(`"`+encoded+`"`))
	}
	dir := copyResults(t, "a", "b")
	for _, id := range []string{"a", "b"} {
		for _, name := range []string{"result.jsonl", "summary.json"} {
			write(t, filepath.Join(dir, id, name), hostile(content(t, name)))
		}
	}
	write(t, filepath.Join(dir, "b", "summary.json"), []byte("{")) // the result's own ends are read then
	s := open(t, dir)
	for _, target := range []string{
		"/", "/results/a/", "/compare?old=a&new=b", "/live/b", "/advise/a?rps=" + url.QueryEscape(evil), "/results/" + url.PathEscape("<script>alert(1)") + "/",
		"/history?" + url.Values{"scenario": {evil}}.Encode(),
		"/history?" + url.Values{"scenario": {evil}, "arm": {evil}, "load": {"closed"}, "metric": {cpuMetric}}.Encode(),
		"/history?" + url.Values{"scenario": {"<script>alert(1)</script>"}}.Encode(),
	} {
		if body := get(s, target).Body.String(); strings.Contains(body, "<script>alert") || !strings.Contains(body, "<title>") {
			t.Errorf("%s holds an element of the result's\n%s", target, body[:min(len(body), 3000)])
		}
	}
}

// Files that are no results are listed as such, and do not hide those that are.
func TestUnreadable(t *testing.T) {
	dir := copyResults(t, "good", "empty", "foreign", "newer", "torn", "broken")
	whole := content(t, "result.jsonl")
	for id, text := range map[string][]byte{
		"empty": nil, "foreign": []byte("hello\n"), "newer": []byte(`{"kind":"header","version":99}` + "\n"),
		"torn": whole[:len(whole)/2], "broken": []byte(`{"kind":"header","version":1}` + "\n{}\n"),
	} {
		write(t, filepath.Join(dir, id, "result.jsonl"), text)
		if err := os.Remove(filepath.Join(dir, id, "summary.json")); err != nil {
			t.Fatal(err)
		}
	}
	s := open(t, dir)
	holds(t, s, "/", 200, "Unreadable", "empty/result.jsonl:1: no header", "foreign/result.jsonl:1: this is no result file", "format version 99", `href="/results/good/"`, `href="/results/torn/"`)
	holds(t, s, "/results/torn/", 200, "from 0 of 10 launches")
	holds(t, s, "/results/broken/", 422, "broken/result.jsonl:2:")
	holds(t, s, "/results/foreign/", 422, "this is no result file")
	holds(t, s, "/compare?old=good&new=broken", 422, "broken/result.jsonl:2:")
	if w := get(s, "/events/foreign"); w.Code != 200 || !strings.Contains(w.Body.String(), "cannot be read any more") || !strings.HasSuffix(w.Body.String(), "event: end\ndata: \n\n") {
		t.Errorf("events of a file that is no result: %d %s", w.Code, w.Body)
	}
}
