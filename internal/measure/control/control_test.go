package control

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"authbench/bench"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fake is a target that serves nobody.
type fake struct{ fails error }

var address = netip.MustParseAddrPort("127.0.0.1:4123")

func (fake) Addr() netip.AddrPort { return address }

func (f fake) Serve(ctx context.Context) error {
	if f.fails != nil {
		return f.fails
	}
	<-ctx.Done()
	return nil
}

func (fake) Revoke(index int) error {
	if index == 0 {
		return errors.New("there is no credential 0")
	}
	return nil
}

func (fake) Deny(id string) error {
	if id == "" {
		return errors.New("there is no such id")
	}
	return nil
}

func (fake) Counters() bench.Counters {
	return bench.Counters{Requests: 7, Reasons: map[string]int64{"expired": 2}}
}

// unheard is for targets that have nothing to load.
func unheard(Loading) {}

// targetEnd runs the target's end of a connection.
func targetEnd(ctx context.Context, start Start) (harness net.Conn, ended chan error) {
	harness, target := net.Pipe()
	ended = make(chan error, 1)
	go func() { ended <- serve(ctx, target, start) }()
	return harness, ended
}

func TestConversation(t *testing.T) {
	want := Spec{
		Version: Version, Method: bench.Method{ID: "jwt", Params: bench.Params{"alg": "HS256"}},
		Verification: []byte(`{"keys":[1,2]}`), Listen: netip.MustParseAddrPort("127.0.0.1:0"), Procs: 2,
	}
	var got Spec
	conn, ended := targetEnd(t.Context(), func(s Spec, _ func(int, int)) (Target, error) { got = s; return fake{}, nil })
	session, err := Dial(conn, want)
	if err != nil {
		t.Fatal(err)
	}
	ready, err := session.Ready(t.Context(), unheard)
	if err != nil || ready.Addr != address || ready.PID == 0 {
		t.Fatalf("ready: %+v, %v", ready, err)
	}
	if err := session.Revoke(4); err != nil {
		t.Errorf("revoke: %v", err)
	}
	if err := session.Revoke(0); err == nil || err.Error() != "there is no credential 0" {
		t.Errorf("revoke what there is not: %v", err)
	}
	if err := session.Deny("x"); err != nil {
		t.Errorf("deny: %v", err)
	}
	if err := session.Deny(""); err == nil || err.Error() != "there is no such id" {
		t.Errorf("deny what there is not: %v", err)
	}
	for range 3 {
		counters, err := session.Counters()
		if err != nil || !reflect.DeepEqual(counters, fake{}.Counters()) {
			t.Fatalf("counters: %+v, %v", counters, err)
		}
	}
	session.Close()
	session.Close()
	if err := <-ended; err != nil {
		t.Errorf("the target ends with %v", err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("spec: got %+v, want %+v", got, want)
	}
	if _, err := session.Counters(); err == nil {
		t.Error("counters after the end")
	}
}

func TestTargetCannotStart(t *testing.T) {
	refused := errors.New("the port is taken")
	conn, ended := targetEnd(t.Context(), func(Spec, func(int, int)) (Target, error) { return nil, refused })
	session, err := Dial(conn, Spec{Version: Version})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := session.Ready(t.Context(), unheard); err == nil || !strings.Contains(err.Error(), refused.Error()) {
		t.Errorf("ready: %v", err)
	}
	if err := <-ended; !errors.Is(err, refused) {
		t.Errorf("the target ends with %v", err)
	}
	session.Close()
}

// TestLoading: a target tells how its loading goes on, now and then, before it is
// ready.
func TestLoading(t *testing.T) {
	conn, ended := targetEnd(t.Context(), func(_ Spec, loading func(done, total int)) (Target, error) {
		for done := range 5 {
			loading(done, 4) // at once: that is too often to be told
		}
		return fake{}, nil
	})
	session, err := Dial(conn, Spec{Version: Version})
	if err != nil {
		t.Fatal(err)
	}
	var heard []Loading
	if _, err := session.Ready(t.Context(), func(l Loading) { heard = append(heard, l) }); err != nil || len(heard) > 1 {
		t.Errorf("told %v, %v", heard, err)
	}
	session.Close()
	if err := <-ended; err != nil {
		t.Error(err)
	}

	harness, target := net.Pipe()
	defer harness.Close()
	go func() {
		at := time.Unix(0, 0)
		loading := newLink(target).loading(func() time.Time {
			at = at.Add(loadingInterval / 2)
			return at
		})
		for done := range 5 {
			loading(done, 4)
		}
		target.Close()
	}()
	session = &Session{newLink(harness)}
	heard = nil
	if _, err := session.Ready(t.Context(), func(l Loading) { heard = append(heard, l) }); err == nil {
		t.Error("a target that is gone is ready")
	}
	if want := []Loading{{1, 4}, {3, 4}}; !reflect.DeepEqual(heard, want) {
		t.Errorf("told %v, want %v", heard, want)
	}
}

func TestTargetRefusesOtherVersions(t *testing.T) {
	conn, ended := targetEnd(t.Context(), func(Spec, func(int, int)) (Target, error) { return fake{}, nil })
	session, err := Dial(conn, Spec{Version: Version + 1})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := session.Ready(t.Context(), unheard); err == nil || !strings.Contains(err.Error(), "version") {
		t.Errorf("ready: %v", err)
	}
	if err := <-ended; err == nil {
		t.Error("the target ends without an error")
	}
	session.Close()
}

// TestTargetRefusesGarbage sends raw bytes; none of them may show in the error.
func TestTargetRefusesGarbage(t *testing.T) {
	spec := `{"version":1,"method":{"id":"none"},"listen":"127.0.0.1:0"}` + "\n"
	cases := []struct{ name, sent, want string }{
		{"not JSON", "s3cret\n", errNotJSON.Error()},
		{"cut off", `{"version":1,"verification":"s3cret`, errNotJSON.Error()},
		{"wrong type", `{"version":"s3cret"}` + "\n", errWrongType.Error()},
		{"two values", `{"version":1}{"s3cret":1}` + "\n", errNotJSON.Error()},
		{"too long", strings.Repeat("s3cret", maxLine/6+1) + "\n", "exceeds the limit"},
		{"nothing", "", errGone.Error()},
		{"a query that is none", spec + "s3cret\n", errNotJSON.Error()},
		{"a query for nothing", spec + "{}\n", "asks for nothing"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			conn, ended := targetEnd(t.Context(), func(Spec, func(int, int)) (Target, error) { return fake{}, nil })
			go func() {
				_, _ = io.WriteString(conn, c.sent) // the target may close before it has read all
				if !strings.HasSuffix(c.sent, "\n") {
					conn.Close()
				}
			}()
			_, _ = io.Copy(io.Discard, conn)
			err := <-ended
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "s3cret") {
				t.Errorf("the target ends with %v", err)
			}
		})
	}
}

func TestTargetEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	conn, ended := targetEnd(ctx, func(Spec, func(int, int)) (Target, error) { return fake{}, nil })
	session, err := Dial(conn, Spec{Version: Version})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := session.Ready(t.Context(), unheard); err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("the target ends with %v", err)
	}
	session.Close()
}

func TestTargetThatStopsServingEnds(t *testing.T) {
	broken := errors.New("accept failed")
	conn, ended := targetEnd(t.Context(), func(Spec, func(int, int)) (Target, error) { return fake{broken}, nil })
	session, err := Dial(conn, Spec{Version: Version})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := session.Ready(t.Context(), unheard); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; !errors.Is(err, broken) {
		t.Errorf("the target ends with %v", err)
	}
	session.Close()
}

// TestReadyGivesUp: the other end reads the spec and says nothing.
func TestReadyGivesUp(t *testing.T) {
	conn, silent := net.Pipe()
	defer silent.Close()
	go func() { _, _ = bufio.NewReader(silent).ReadString('\n') }()
	session, err := Dial(conn, Spec{Version: Version})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := session.Ready(ctx, unheard); !errors.Is(err, context.Canceled) {
		t.Errorf("ready: %v", err)
	}
}

func TestReadyRefuses(t *testing.T) {
	for _, line := range []string{"", "garbage\n", "{}\n", `{"addr":"nowhere"}` + "\n", `{"error":"no"}` + "\n"} {
		conn, target := net.Pipe()
		go func() {
			_, _ = bufio.NewReader(target).ReadString('\n')
			_, _ = fmt.Fprint(target, line)
			target.Close()
		}()
		session, err := Dial(conn, Spec{Version: Version})
		if err != nil {
			t.Fatal(err)
		}
		if ready, err := session.Ready(t.Context(), unheard); err == nil {
			t.Errorf("%q: %+v", line, ready)
		}
		session.Close()
	}
}

// A reason is quoted in reports: a long one is cut.
func TestReadyShortensReasons(t *testing.T) {
	conn, target := net.Pipe()
	go func() {
		_, _ = bufio.NewReader(target).ReadString('\n')
		_, _ = fmt.Fprintf(target, `{"error":%q}`+"\n", strings.Repeat("ß", 1<<20))
		target.Close()
	}()
	session, err := Dial(conn, Spec{Version: Version})
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	if _, err := session.Ready(t.Context(), unheard); err == nil || len(err.Error()) > 2*longestReason || !strings.HasSuffix(err.Error(), "ß…") {
		t.Errorf("%d bytes: %.80v", len(fmt.Sprint(err)), err)
	}
}

// FuzzDecode: whatever a peer sends, decoding it neither panics nor quotes it,
// and a spec that was read can be sent on.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"version":1,"method":{"id":"jwt","params":{"alg":"HS256"}},"verification":{"a":1},"listen":"127.0.0.1:0","procs":1}`))
	f.Add([]byte(`{"addr":"127.0.0.1:1","pid":1}`))
	f.Add([]byte(`{"version":"1"}`))
	f.Add([]byte(`nonsense`))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, line []byte) {
		var spec Spec
		if err := decode(line, &spec); err != nil {
			for _, cause := range []error{errNotJSON, errWrongType} {
				if errors.Is(err, cause) {
					return
				}
			}
			t.Fatalf("the error has no known cause: %v", err)
		}
		var sent strings.Builder
		if err := newLink(writer{&sent}).send(spec); err != nil {
			t.Fatal(err)
		}
		var again Spec
		if err := decode([]byte(sent.String()), &again); err != nil {
			t.Fatalf("what was sent cannot be read: %v", err)
		}
		if again.Version != spec.Version || again.Listen != spec.Listen || again.Method.ID != spec.Method.ID {
			t.Fatalf("%+v became %+v", spec, again)
		}
	})
}

// writer is a connection that is only written to.
type writer struct{ io.Writer }

func (writer) Read([]byte) (int, error) { return 0, io.EOF }
func (writer) Close() error             { return nil }
