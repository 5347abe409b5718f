package document

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"authbench/bench"
)

const credentialsHead = `{"kind":"credentials","version":1,"field":"Authorization"}` + "\n"

func TestCredentialsAreReadAsWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := CredentialList{Field: rapid.StringMatching(`[A-Za-z-]{1,20}`).Draw(t, "field")}
		n := rapid.IntRange(0, 5).Draw(t, "n")
		for range n {
			list.Credentials = append(list.Credentials, Credential{
				Class: rapid.SampledFrom(bench.Classes[:]).Draw(t, "class"),
				Value: rapid.StringMatching(`[!-~]([ -~]{0,40}[!-~])?`).Draw(t, "value"),
			})
		}
		text, err := list.Encode()
		if err != nil {
			t.Fatal(err)
		}
		got, err := ReadCredentials("file", bytes.NewReader(text))
		if err != nil || !reflect.DeepEqual(got, list) {
			t.Fatalf("%+v became %+v, %v", list, got, err)
		}
	})
}

func TestCredentialsErrorsHavePositions(t *testing.T) {
	valid := `{"class":"valid","value":"Bearer s3cret"}` + "\n"
	cases := []struct{ text, want string }{
		{"", "f:1:1: the file is empty"},
		{"\n\n", "f:1:1: the file is empty"},
		{"\xff\xfes\x003\x00", "f:1:1: the file is UTF-16 or UTF-32: save it as UTF-8"},
		{"[s3cret]", "f:1:1: this is no token"},
		{"eyJ0\n\nBearer s3cret s3cret", "f:3:1: this is no token"},
		{"eyJ0\nBearer s3cret\x07", "f:2:1: this is no token"},
		{"eyJ0\ns3cret\u00e4", "f:2:1: this is no token"},
		{"\n{", "f:2:"},
		{`{"kind":"credentials"`, "f:1:22: the JSON value is cut off"},
		{`{"kind":"verification","version":1}`, `f:1:1: this is not a file of kind "credentials"`},
		{`{"kind":"credentials","version":2,"field":"A"}`, "f:1:1: version 2 of the file; this program reads version 1"},
		{`{"kind":"credentials","version":1,"field":"A b"}`, "f:1:1: field is not"},
		{credentialsHead + valid + "\n" + `{"class":"good","value":"s3cret"}`, "f:4:1: unknown class"},
		{credentialsHead + valid + `{"class":"valid","value":3}`, `f:3:26: member "value" has the wrong type`},
		{credentialsHead + valid + `{"class":"valid","value":""}`, "f:3:1: value is empty"},
		{credentialsHead + `{"class":"valid","value":"s3cret\r\nX: y"}`, "f:2:1: value is empty, or cannot travel"},
		{credentialsHead + `{"class":"valid","value":" s3cret"}`, "f:2:1: value is empty, or cannot travel"},
		{credentialsHead + `{"class":"valid","value":"s3cret"} x`, "f:2:"},
		{credentialsHead + `{"class":"valid","token":"s3cret"}`, `f:2:35: unknown field "token"`},
		{credentialsHead + valid + strings.Repeat("s3cret", longestLine/6+1), "f:3:1: the line is longer than"},
	}
	for _, c := range cases {
		list, err := ReadCredentials("f", strings.NewReader(c.text))
		if err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%.80q: %+v, %v; want %s", c.text, list, err, c.want)
		}
		if err != nil && strings.Contains(err.Error(), "s3cret") {
			t.Errorf("the error quotes a credential: %v", err)
		}
	}
}

// However an editor ended the lines, and whatever blank ones it left, the list is the
// same.
func TestCredentialsOfAnyEditor(t *testing.T) {
	lines := []string{`{"kind":"credentials","version":1,"field":"X-Key"}`, `{"class":"valid","value":"a"}`, `{"class":"expired","value":"b"}`}
	file := CredentialList{"X-Key", []Credential{{bench.Valid, "a"}, {bench.Expired, "b"}}}
	tokens := []string{"eyJh.b-_c.d", "  Bearer eyJh", "Basic dTpw"}
	list := CredentialList{"Authorization", []Credential{{bench.Valid, "Bearer eyJh.b-_c.d"}, {bench.Valid, "Bearer eyJh"}, {bench.Valid, "Basic dTpw"}}}
	for _, c := range []struct {
		lines []string
		want  CredentialList
	}{{lines, file}, {tokens, list}} {
		for _, end := range []string{"\n", "\r\n", "\r", "\n\n", "\r\n \r\n"} {
			text := strings.Join(c.lines, end)
			for _, whole := range []string{text, text + end, end + text, "\ufeff" + text + end} {
				got, err := ReadCredentials("f", strings.NewReader(whole))
				if err != nil || !reflect.DeepEqual(got, c.want) {
					t.Errorf("%q gives %+v (%v)", whole, got, err)
				}
			}
		}
	}
}

// broken is a file that cannot be read.
type broken struct{}

var errBroken = errors.New("the disk is gone")

func (broken) Read([]byte) (int, error) { return 0, errBroken }

func TestReadingReportsTheDisk(t *testing.T) {
	if _, err := ReadCredentials("f", broken{}); !errors.Is(err, errBroken) {
		t.Errorf("credentials: %v", err)
	}
	if _, err := ReadVerification("f", broken{}); !errors.Is(err, errBroken) {
		t.Errorf("verification: %v", err)
	}
}

// FuzzReadCredentials: whatever is accepted can travel in a header, and is
// written and read again as the same.
func FuzzReadCredentials(f *testing.F) {
	f.Add([]byte(credentialsHead))
	f.Add([]byte(credentialsHead + `{"class":"valid","value":"Bearer x"}` + "\n\n" + `{"class":"forged","value":"Bearer \u00e9"}`))
	f.Add([]byte(credentialsHead + `{"class":"other","value":"x"}`))
	f.Add([]byte(`{"kind":"credentials","version":1,"field":""}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		list, err := ReadCredentials("f", bytes.NewReader(text))
		if err != nil {
			if !strings.HasPrefix(err.Error(), "f:") {
				t.Fatalf("no position: %v", err)
			}
			return
		}
		for _, c := range list.Credentials {
			if c.Class.Index() < 0 || strings.ContainsAny(c.Value, "\r\n\x00") {
				t.Fatalf("accepted: %+v", c)
			}
		}
		again, err := list.Encode()
		if err != nil {
			t.Fatal(err)
		}
		got, err := ReadCredentials("f", bytes.NewReader(again))
		if err != nil || !reflect.DeepEqual(got, list) {
			t.Fatalf("%+v became %+v, %v", list, got, err)
		}
	})
}
