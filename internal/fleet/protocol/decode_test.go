package protocol

import (
	"math"
	"strings"
	"testing"
)

// What a message may not be.
func TestDecodeRefuses(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{`{"v":1,"seq":3}`, ""},
		{`{"v":2,"seq":3}`, "version 2, but this program speaks 1"},
		{`{"seq":3}`, "version 0"},
		{`{"v":1,"seq":3,"more":1}`, "unknown field"},
		{`{"v":1,"seq":3} x`, "text behind it"},
		{`{"v":1,"seq":3}{}`, "text behind it"},
		{`{"v":1,"seq":"3"}`, "cannot unmarshal"},
		{``, "EOF"},
		{`null`, "version 0"},
		{`[]`, "cannot unmarshal"},
		{`{"v":1,"seq":3` + strings.Repeat(" ", MaxBytes) + `}`, "at most"},
	} {
		_, err := Decode[Lease]([]byte(c.text))
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%.40s: %v, want %q", c.text, err, c.want)
		}
	}
}

// Values that no sender of ours writes.
func TestValues(t *testing.T) {
	long := strings.Repeat("x", maxText+1)
	for name, err := range map[string]error{
		"hello without an instance": check(Hello{V: 1, Role: RoleWorker}),
		"hello of a stranger":       check(Hello{V: 1, Instance: "a", Role: "boss"}),
		"a long text":               check(Hello{V: 1, Instance: long, Role: RoleWorker}),
		"a plan of another digest":  check(Plan{V: 1, Digest: DigestOf("a"), Job: "b"}),
		"a negative number":         check(Beat{V: 1, Seq: -1}),
		"a negative count":          check(Beat{V: 1, Load: Counts{Sent: -1}}),
		"a negative bound":          check(Armed{V: 1, Clock: Clock{BoundNanos: -1}}),
		"a bound of centuries":      check(Beat{V: 1, Clock: Clock{BoundNanos: math.MaxInt64}}),
		"a delta before the first":  check(Delta{V: 1, N: -1}),
		"fewer than no deltas":      check(Final{V: 1, Deltas: -1}),
		"a reason without an end":   check(Stop{V: 1, Reason: long}),
	} {
		if err == nil {
			t.Errorf("%s is taken", name)
		}
	}
	if _, err := Encode(Plan{V: 1, Job: strings.Repeat("x", MaxLargeBytes)}); err == nil {
		t.Error("a plan is written that nobody reads")
	}
}

// The digest is of the shapes, and is the same each time.
func TestDigest(t *testing.T) {
	if again := Digest(); Digest() != again || len(again) != 64 {
		t.Errorf("digest %s", Digest())
	}
}

// What is read is read again the same, or refused; nothing panics.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		`{"v":1,"n":3,"data":"{}"}`, `{"v":1,"deltas":1,"clock":{"offset_ns":1,"bound_ns":2,"rate_ppb":3,"probes":4},"data":""}`,
		`{"v":1,"instance":"a","role":"worker","protocol":"","build":"","schedule":"","system":"","host":"","cpus":1}`, `{"v":1,"t0":1}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		same[Hello](t, text)
		same[Delta](t, text)
		same[Final](t, text)
		same[Start](t, text)
		same[Beat](t, text)
	})
}

func same[M interface {
	comparable
	Message
}](t *testing.T, text []byte) {
	m, err := Decode[M](text)
	if err != nil {
		return
	}
	written, err := Encode(m)
	if err != nil {
		return // escapes may make it longer than may be sent
	}
	if again, err := Decode[M](written); err != nil || again != m {
		t.Errorf("%+v became %+v, %v", m, again, err)
	}
}
