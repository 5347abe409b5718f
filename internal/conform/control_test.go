package conform

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"authbench/internal/method/all"

	"github.com/golang-jwt/jwt/v5"
)

// odd is a server of HS256 tokens, which answers in its own way.
type odd struct {
	leeway time.Duration
	answer func(o *odd, w http.ResponseWriter, r *http.Request, wrong error)

	asked  atomic.Int64
	server *httptest.Server
}

// answerer answers one request, of whose credential it is told what is wrong; nil if
// nothing is.
type answerer func(o *odd, w http.ResponseWriter, r *http.Request, wrong error)

// always answers everybody with a status.
func always(status int) answerer {
	return func(_ *odd, w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(status) }
}

// refusing lets good credentials in and refuses others with a status.
func refusing(status int) answerer {
	return func(_ *odd, w http.ResponseWriter, _ *http.Request, wrong error) {
		if wrong != nil {
			w.WriteHeader(status)
		}
	}
}

// plainly refuses as the RFCs ask for.
func plainly(_ *odd, w http.ResponseWriter, _ *http.Request, wrong error) {
	if wrong != nil {
		w.Header().Set("WWW-Authenticate", "Bearer")
		w.WriteHeader(http.StatusUnauthorized)
	}
}

// after answers as at first, plainly where that is not given, and otherwise after n
// requests.
func after(n int64, then answerer, first ...answerer) answerer {
	return func(o *odd, w http.ResponseWriter, r *http.Request, wrong error) {
		f := append(first, plainly)[0]
		if o.asked.Load() > n {
			f = then
		}
		f(o, w, r, wrong)
	}
}

// every answers each nth request with f, whatever it holds, and the others plainly.
func every(n int64, f answerer) answerer {
	return func(o *odd, w http.ResponseWriter, r *http.Request, wrong error) {
		if o.asked.Load()%n == 0 {
			f(o, w, r, wrong)
			return
		}
		plainly(o, w, r, wrong)
	}
}

// when answers some requests with f, and the others plainly.
func when(is func(r *http.Request) bool, f answerer) answerer {
	return func(o *odd, w http.ResponseWriter, r *http.Request, wrong error) {
		if !is(r) {
			plainly(o, w, r, wrong)
			return
		}
		f(o, w, r, wrong)
	}
}

func isNone(r *http.Request) bool {
	_, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	parsed, _, _ := jwt.NewParser().ParseUnverified(token, jwt.MapClaims{})
	return parsed != nil && parsed.Header["alg"] == "none"
}

func isLong(r *http.Request) bool { return len(r.Header.Get("Authorization")) > 50_000 }

func isLowerCase(r *http.Request) bool { return strings.HasPrefix(r.Header.Get("Authorization"), "b") }

// telling says in words what is wrong.
func telling(_ *odd, w http.ResponseWriter, _ *http.Request, wrong error) {
	if wrong != nil {
		w.Header().Set("WWW-Authenticate", fmt.Sprintf("Bearer error=%q", wrong))
		w.WriteHeader(http.StatusUnauthorized)
	}
}

// numbering gives each answer a number of its own.
func numbering(o *odd, w http.ResponseWriter, r *http.Request, wrong error) {
	w.Header().Set("X-Trace", fmt.Sprint(o.asked.Load()))
	plainly(o, w, r, wrong)
}

// hangingUp lets good credentials in, and closes the connection to others.
func hangingUp(_ *odd, _ http.ResponseWriter, _ *http.Request, wrong error) {
	if wrong != nil {
		panic(http.ErrAbortHandler)
	}
}

// hangUp closes the connection without an answer.
func hangUp(*odd, http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) }

// end closes the connection, and the server.
func end(o *odd, _ http.ResponseWriter, _ *http.Request, _ error) {
	_ = o.server.Listener.Close() // the test closes it again
	panic(http.ErrAbortHandler)
}

// start serves until the test ends, with the key of s.
func (o *odd) start(t *testing.T, s Server) string {
	t.Helper()
	k, err := privateKey(s.Signing.Keys[0])
	if err != nil {
		t.Fatal(err)
	}
	parser := jwt.NewParser(jwt.WithValidMethods([]string{"HS256"}), jwt.WithIssuer("https://issuer.test"),
		jwt.WithAudience("https://api.test"), jwt.WithExpirationRequired(), jwt.WithLeeway(o.leeway))
	o.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		o.asked.Add(1)
		scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		_, wrong := parser.Parse(token, func(token *jwt.Token) (any, error) {
			if token.Header["kid"] != k.kid {
				return nil, errors.New("unknown key")
			}
			return k.secret(), nil
		})
		if !strings.EqualFold(scheme, "Bearer") {
			wrong = errors.New("no token")
		}
		o.answer(o, w, r, wrong)
	}))
	t.Cleanup(o.server.Close)
	return o.server.URL + "/orders"
}

// oddCases are cases of every kind, most of which gate.
var oddCases = []string{
	"HTTP-01", "NONE-03", "SIG-02", "SIG-05", "TAMP-03", "INJ-06", "INJ-08", "TIME-01", "TIME-02", "TIME-05", "TIME-08", "TIME-11",
	"CTX-01", "CTX-09", "CTX-12", "DOS-02", "DOS-03", "DOS-07", "HTTP-02", "HTTP-12", "HTTP-18", "ORA-01", "ORA-02", "ORA-03", "CACHE-01", "CACHE-07",
}

func examineOdd(t *testing.T, o *odd, ids ...string) (*Score, error) {
	t.Helper()
	catalogue, err := builtin(t).Select(ids)
	if err != nil {
		t.Fatal(err)
	}
	server, _ := minted(t, jwtMethod("HS256"))
	server.URL = o.start(t, server)
	harness := NewHarness(all.Catalogue(), catalogue, 5)
	harness.pauses = []time.Duration{0, time.Millisecond, time.Millisecond}
	return harness.ScoreServer(t.Context(), server)
}

// TestUnexaminable: where the valid credential is not let in, or every bad one breaks
// the server, nothing is examined and nobody is accused.
func TestUnexaminable(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answer answerer
		want   string
	}{
		"500":            {always(500), "the valid credential is not let in (500): check url and keys; nothing of it was examined"},
		"302":            {always(302), "not let in (302)"},
		"401":            {always(401), "not let in (401)"},
		"404":            {always(404), "not let in (404)"},
		"429":            {always(429), "not let in (429)"},
		"hangs up":       {hangUp, "not let in (no answer: the connection was closed)"},
		"no HTTP":        {func(_ *odd, w http.ResponseWriter, _ *http.Request, _ error) { babble(w) }, "not let in (no answer"},
		"bad breaks":     {refusing(500), "breaks the server (500)"},
		"bad is limited": {refusing(429), "breaks the server (429)"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, ids := range [][]string{oddCases, {"NONE-03"}} {
				score, err := examineOdd(t, &odd{answer: c.answer}, ids...)
				var why *Unexaminable
				if !errors.As(err, &why) || !strings.Contains(err.Error(), "cannot be examined: ") || !strings.Contains(err.Error(), c.want) || score != nil {
					t.Errorf("%+v, %v; want %q", score, err, c.want)
				}
			}
		})
	}
}

// babble answers with what is not HTTP.
func babble(w http.ResponseWriter) {
	conn, _, err := w.(http.Hijacker).Hijack()
	if err == nil {
		_, _ = conn.Write([]byte("hello\r\n\r\n")) // the client shows what it makes of it
		_ = conn.Close()
	}
}

// TestForeignKeys: a good server and the keys of another.
func TestForeignKeys(t *testing.T) {
	catalogue, err := builtin(t).Select([]string{"NONE-03"})
	if err != nil {
		t.Fatal(err)
	}
	server, _ := minted(t, jwtMethod("HS256"))
	server.URL = (&odd{answer: plainly}).start(t, server)
	other, err := generateKey("HS256", server.Signing.Keys[0].KeyID, 0, []byte(strings.Repeat("another ", 8)))
	if err != nil {
		t.Fatal(err)
	}
	if server.Signing.Keys[0], err = other.verification("HS256"); err != nil {
		t.Fatal(err)
	}
	_, err = NewHarness(all.Catalogue(), catalogue, 5).ScoreServer(t.Context(), server)
	if why := (*Unexaminable)(nil); !errors.As(err, &why) || !strings.Contains(err.Error(), "not let in (401)") {
		t.Errorf("got %v", err)
	}
}

// TestOddServers: servers that refuse in their own way are safe, those that let somebody
// in are not, with the case named, and nothing is known of those that stop judging.
func TestOddServers(t *testing.T) {
	t.Parallel()
	limitOthers := func(r *http.Request) bool { return r.Method != http.MethodGet }
	for name, c := range map[string]struct {
		answer  answerer
		leeway  time.Duration
		verdict string
		failed  string // the cases that fail, in their order
	}{
		"as RFCs ask":         {plainly, 0, "safe", ""},
		"no challenge":        {refusing(401), 0, "safe", "CHALLENGE"},
		"400":                 {refusing(400), 0, "safe", ""},
		"403":                 {refusing(403), 0, "safe", ""},
		"404":                 {refusing(404), 0, "safe", ""},
		"405":                 {refusing(405), 0, "safe", ""},
		"408":                 {refusing(408), 0, "safe", ""},
		"413":                 {refusing(413), 0, "safe", ""},
		"414":                 {refusing(414), 0, "safe", ""},
		"431":                 {refusing(431), 0, "safe", ""},
		"302 to a log-in":     {refusing(302), 0, "safe", ""},
		"hangs up on bad":     {hangingUp, 0, "safe", ""},
		"tells what is wrong": {telling, 0, "safe", "ORA-02"},
		"numbers answers":     {numbering, 0, "safe", ""},
		"a minute's leeway":   {plainly, 61 * time.Second, "safe", ""},
		"five minutes":        {plainly, 301 * time.Second, "safe", ""},
		"hours of leeway":     {plainly, 5 * time.Hour, "unsafe", "TIME-01 TIME-02 TIME-08 TIME-11"},
		"knows Bearer only":   {when(isLowerCase, always(401)), 0, "safe", "HTTP-02"},
		"501 to methods":      {when(limitOthers, always(501)), 0, "safe", ""},
		"500 to alg none":     {when(isNone, always(500)), 0, "safe", "NONE-03 ORA-02"},
		"500 to long ones":    {when(isLong, always(500)), 0, "unsafe", ""},
		"500 now and then":    {every(17, always(500)), 0, "safe", ""},
		"429 now and then":    {every(17, always(429)), 0, "safe", ""},
		"alg none":            {when(isNone, always(200)), 0, "unsafe", "NONE-03 ORA-02"},
		"lets all in":         {always(200), 0, "unsafe", ""},
		"limits all":          {after(40, always(429)), 0, "undecided", ""},
		"is overloaded":       {after(40, always(503)), 0, "undecided", ""},
		"locks out":           {after(40, always(403)), 0, "undecided", ""},
		"breaks":              {after(40, hangUp), 0, "undecided", ""},
		"ends":                {after(40, end), 0, "undecided", ""},
		"ends by long ones":   {when(isLong, end), 0, "undecided", ""},
		"limits bad ones":     {after(3, refusing(429)), 0, "undecided", ""},
		"a hole, then a ban":  {after(60, always(403), when(isNone, always(200))), 0, "unsafe", "NONE-03"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			score, err := examineOdd(t, &odd{answer: c.answer, leeway: c.leeway}, oddCases...)
			if err != nil {
				t.Fatal(err)
			}
			verdict := "safe"
			switch {
			case score.Unsafe():
				verdict = "unsafe"
			case score.Undecided() != "":
				verdict = "undecided"
			}
			var failed []string
			for _, v := range score.Failed() {
				failed = append(failed, v.Case.ID)
			}
			if verdict != c.verdict || c.failed != "" && strings.Join(failed, " ") != c.failed || score.gate() != (verdict == "safe") {
				t.Errorf("%s, failed %v; want %s, %s", verdict, failed, c.verdict, c.failed)
			}
			if verdict == "undecided" && (len(failed) > 0 || score.Conformance().Tested()) {
				t.Errorf("failed %v, %+v", score.Failed(), score.Conformance())
			}
		})
	}
}

// ending is a server that ends whenever it is sent a long credential, and is started
// again soon after.
type ending struct{ asked, down int }

func (*ending) Surface() Surface { return Wire }
func (*ending) Host() string     { return "" }

func (e *ending) Ask(_ context.Context, r Request) (Answer, error) {
	if e.down > 0 {
		e.down--
		return Answer{}, fmt.Errorf("dial: %w", syscall.ECONNREFUSED)
	}
	switch e.asked++; {
	case len(r.Fields) > 0 && len(r.Fields[0].Value) > 50_000:
		e.down = 1
		return Answer{Closed: errors.New("closed")}, nil
	case e.asked == 2 || e.asked == 3:
		return Answer{Status: 401, Challenged: true}, nil
	}
	return Answer{Status: 200}, nil
}

// TestEndsAgain: a server that ends at the same case each time is accused, as one that
// ended once is not.
func TestEndsAgain(t *testing.T) {
	catalogue, err := builtin(t).Select([]string{"CTX-09", "DOS-07", "CTX-12"})
	if err != nil {
		t.Fatal(err)
	}
	f, err := NewHarness(all.Catalogue(), catalogue, 7).fixture(jwtMethod("HS256"))
	if err != nil {
		t.Fatal(err)
	}
	score, err := (&examiner{Catalogue: catalogue, Fixture: f, Foreign: true, Subjects: []Subject{&ending{}}}).Examine(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if c := score.Count(All); c.Passed != 2 || c.Failed != 1 || !score.Unsafe() || score.Failed()[0].Case.ID != "DOS-07" {
		t.Errorf("%+v: %+v", c, score.Verdicts)
	}
}
