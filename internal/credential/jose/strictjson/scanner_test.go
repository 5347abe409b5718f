package strictjson

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

// members reads an object with the scanner.
func members(data []byte) (names []string, values []Value, ok bool) {
	s := Scanner{Data: data}
	for s.Next() {
		names = append(names, string(s.Name))
		values = append(values, s.Value)
	}
	return names, values, s.Finished()
}

func nested(open, inner, shut string, n int) string {
	return strings.Repeat(open, n) + inner + strings.Repeat(shut, n)
}

func manyMembers(n int) string {
	const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(`"` + string([]byte{'0', digits[i/len(digits)], digits[i%len(digits)]}) + `":0`)
	}
	return "{" + b.String() + "}"
}

// scanCases are texts with whether they are to be accepted.
var scanCases = []struct {
	text string
	want bool
}{
	{`{}`, true},
	{" {\t}\r\n", true},
	{`{"a":1,"b":[1,{"a":2}],"c":{"a":null}}`, true},
	{`{"a":-0.5e+10,"b":"\u00e9\n","c":true,"d":"é"}`, true},
	{`{"a":[ 1 , 2 ] , "b" : { } }`, true},
	{`{"a":"😀","b":"\ud83d\ude00"}`, true},
	{`{"a":1e308,"b":-1.7976931348623157e308,"c":1e-400,"d":-0,"e":-0.0e+0,"f":0e999999999}`, true},
	{`{"a":` + strings.Repeat("9", surelyFinite) + `}`, true},
	{`{"a":[` + strings.Repeat("9", surelyFinite) + `.5]}`, true},
	{`{"a":` + nested("[", "", "]", MaxNesting-1) + `}`, true},
	{manyMembers(maxMembers), true},
	{``, false},
	{`null`, false},
	{`[]`, false},
	{`"a"`, false},
	{`{"a":1`, false},
	{`{"a":1}}`, false},
	{`{"a":1} x`, false},
	{`{"a":1,}`, false},
	{`{,"a":1}`, false},
	{`{"a" 1}`, false},
	{`{"a":}`, false},
	{`{a:1}`, false},
	{`{'a':1}`, false},
	{`{"a":01}`, false},
	{`{"a":1.}`, false},
	{`{"a":.5}`, false},
	{`{"a":+1}`, false},
	{`{"a":1e}`, false},
	{`{"a":-}`, false},
	{`{"a":NaN}`, false},
	{`{"exp":1e400}`, false},
	{`{"a":-1E+309}`, false},
	{`{"a":{"b":[1.8e308]}}`, false},
	{`{"a":1e99999999999999999999}`, false},
	{`{"a":` + strings.Repeat("9", surelyFinite+1) + `}`, false},
	{`{"a":[-` + strings.Repeat("9", surelyFinite+1) + `.5]}`, false},
	{`{"a":tru}`, false},
	{`{"a":[1,]}`, false},
	{`{"a":[1 2]}`, false},
	{`{"a":"` + "\n" + `"}`, false},
	{`{"a":"\x"}`, false},
	{`{"a":"\u12"}`, false},
	{`{"a":"\ud83d"}`, false},
	{`{"a":"\ude00\ud83d"}`, false},
	{`{"a":"\ud83dx"}`, false},
	{"{\"a\":\"\xff\"}", false},
	{"{\"a\":\"12345678\xff\"}", false},
	{"{\"a\":\"1234567\x1f\"}", false},
	{"{\"a\":\"12345678\x7f \"}", true},
	{"\xef\xbb\xbf{}", false},
	{`{"a":1,"a":1}`, false},
	{`{"a":1,"\u0061":1}`, false},
	{`{"b":{"a":1,"a":1}}`, false},
	{`{"b":[{"a":1,"\u0061":1}]}`, false},
	{`{"\u0061":1,"a":1}`, false},
	{`{"\u0061":1,"b":{"a":1},"c":[{"a":1,"\u0062":1}]}`, true},
	{`{"b":{"a":1},"c":{"a":1,"b":{"a":1}}}`, true},
	{`{"longer than eight 1":1,"longer than eight 2":1,"longer then eight 1":1}`, true},
	{`{"longer than eight 1":1,"longer than eight 2":1,"longer than eight 1":1}`, false},
	{`{"":1}`, true},
	{`{"":1,"":1}`, false},
	{`{"":1,"\u0000":1}`, true},
	{`{"aaaaaaaXaaaaaaaa":1,"aaaaaaaYaaaaaaaa":1}`, true},
	{`{"aaaaaaaaXaaaaaaaa":1,"aaaaaaaaYaaaaaaaa":1}`, true},
	{strings.Replace(manyMembers(fewNames), "{", `{"a":0,`, 1), true},
	{strings.Replace(manyMembers(fewNames), "}", `,"000":0}`, 1), false},
	{strings.Replace(manyMembers(fewNames-1), "}", `,"000":0}`, 1), false},
	{strings.Replace(manyMembers(fewNames+9), "}", `,"000":0}`, 1), false},
	{strings.Replace(manyMembers(fewNames+9), "}", `,"00e":0}`, 1), false},
	{`{"a":` + nested("[", "", "]", MaxNesting) + `}`, false},
	{`{"a":` + nested(`{"a":`, "1", "}", MaxNesting) + `}`, false},
	{nested("[", "", "]", 100_000), false},
	{manyMembers(maxMembers + 1), false},
}

func TestScanner(t *testing.T) {
	for _, c := range scanCases {
		if _, _, ok := members([]byte(c.text)); ok != c.want {
			t.Errorf("%.60q: %v, want %v", c.text, ok, c.want)
		}
	}
}

func TestScannerAllocatesNothing(t *testing.T) {
	for name, data := range map[string]string{
		"usual": `{"iss":"a","aud":["b","c"],"exp":1700000000,"nested":{"a":[1,2,{"b":null}]},"text":"\u00e9"}`,
		"many":  manyMembers(maxMembers),
	} {
		data := []byte(data)
		n := testing.AllocsPerRun(100, func() {
			s := Scanner{Data: data}
			for s.Next() {
			}
			if !s.Finished() {
				t.Fatal("refused")
			}
		})
		if n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

// FuzzScanner: what the scanner accepts, encoding/json accepts, with the same
// names, kinds and texts.
func FuzzScanner(f *testing.F) {
	for _, c := range scanCases {
		if len(c.text) < 1000 {
			f.Add([]byte(c.text))
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		names, values, ok := members(data)
		if !ok {
			return
		}
		var want map[string]json.RawMessage
		if err := json.Unmarshal(data, &want); err != nil {
			t.Fatalf("encoding/json refuses it: %v", err)
		}
		if len(want) != len(names) {
			t.Fatalf("%d members, encoding/json has %d", len(names), len(want))
		}
		for i, name := range names {
			compareValue(t, values[i], want[name])
		}
	})
}

// compareValue compares a value with what encoding/json says that it is.
func compareValue(t *testing.T, v Value, want json.RawMessage) {
	t.Helper()
	content, isString := v.Content()
	if !isString {
		if !bytes.Equal(v.Text, want) {
			t.Fatalf("value %q, encoding/json has %q", v.Text, want)
		}
		if v.Kind != ArrayValue {
			return
		}
		var elements []json.RawMessage
		if err := json.Unmarshal(want, &elements); err != nil {
			t.Fatal(err)
		}
		n := 0
		for element := range v.Elements() {
			compareValue(t, element, elements[n])
			n++
		}
		if n != len(elements) {
			t.Fatalf("%d elements, encoding/json has %d", n, len(elements))
		}
		return
	}
	var text string
	if err := json.Unmarshal(want, &text); err != nil || text != string(content) {
		t.Fatalf("string %q, encoding/json has %q (%v)", content, text, err)
	}
}
