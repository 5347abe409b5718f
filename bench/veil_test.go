package bench

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

const planted = "gE3h/im+7 \"ä%41"

// secretScenario has a secret wherever one may be.
func secretScenario() Scenario {
	return Scenario{Name: "s", Question: "which?", Baseline: "a", Arms: []Arm{
		{
			Name: "a", Method: Method{ID: "apikey", Params: Params{"store_url": "redis://" + planted + ":" + planted + "@127.0.0.1:1/0", "pool": 3}},
			Request: RequestShape{
				Method: "POST", Path: "/orders?key=" + planted + "&page=" + planted, Body: planted,
				Headers: map[string]string{"X-Key": planted, "cookie": "a=" + planted, "accept": "text/html", "User-Agent": "me http://u:" + planted + "@h"},
			},
			Credentials: "http://u:" + planted + "@h/list",
		},
		{Name: "b", Target: &Target{
			Command: []string{"./api", "--port", "{port}", planted, "--key=" + planted, "TOKEN=" + planted},
			Ready:   Ready{HTTP: "/ready?key=" + planted},
		}},
		{Name: "c", Target: &Target{URL: "http://u:" + planted + "@127.0.0.1:8080"}},
	}}
}

func TestVeiledHeader(t *testing.T) {
	v := NewVeil([32]byte{1})
	h := Header{Scenario: secretScenario(), Arms: []ArmInfo{{Skipped: "it printed " + planted}}, Command: []string{
		"authbench", "run", "x.yaml", "--launches=3", "--set", "launches=3", "--set", "arms[a].request.headers.X-Key=" + planted,
		"--set=arms[b].target.command=[./api, '" + planted + "']", "--set", "arms[a]={name: a, request: {body: '" + planted + "'}}",
		"--set", "arms[a].method.store_url=redis://:" + planted + "@h", "--base", "env KEY=" + planted + " bin/x", "--head=bin/x " + planted, "--out", "dir",
	}}
	before, _ := json.Marshal(h)
	shown := v.Header(h)
	text, err := json.Marshal(shown)
	if err != nil {
		t.Fatal(err)
	}
	for _, form := range []string{planted, "gE3h", "im+7"} {
		if strings.Contains(string(text), form) {
			t.Errorf("%q is in\n%s", form, text)
		}
	}
	if after, _ := json.Marshal(h); string(after) != string(before) {
		t.Errorf("the header itself became\n%s", after)
	}
	for _, open := range []string{"./api", "{port}", "text/html", "/orders?key=hidden:", "X-Key", `"pool":3`, "127.0.0.1:8080", "launches=3", "env hidden:", `"--out","dir"`, "arms[a].request.headers.X-Key=hidden:"} {
		if !strings.Contains(string(text), open) {
			t.Errorf("%q is not in\n%s", open, text)
		}
	}
	if again := v.Header(shown); !reflect.DeepEqual(again, shown) {
		t.Errorf("shown twice it is\n%+v\nnot\n%+v", again, shown)
	}
}

// What is marked as public is shown, and no other thing.
func TestPublicParts(t *testing.T) {
	s := secretScenario()
	s.Arms[0].Request.Public, s.Arms[1].Target.Public = true, true
	shown := NewVeil([32]byte{}).Scenario(s)
	if !reflect.DeepEqual(shown.Arms[0].Request, s.Arms[0].Request) || !reflect.DeepEqual(shown.Arms[1].Target.Command, s.Arms[1].Target.Command) {
		t.Errorf("hidden: %+v", shown.Arms)
	}
	if strings.Contains(shown.Arms[0].Method.Params.Key(), planted) {
		t.Errorf("the store's password is shown")
	}
}

func TestDigests(t *testing.T) {
	one, other := NewVeil([32]byte{1}), NewVeil([32]byte{2})
	a := one.Hide("1234")
	if !strings.HasSuffix(a, ":4") || one.Hide("1234") != a || one.Hide("1235") == a || other.Hide("1234") == a || one.ID() == other.ID() {
		t.Errorf("%s, %s, %s; keys %s, %s", a, one.Hide("1235"), other.Hide("1234"), one.ID(), other.ID())
	}
	if strings.Contains(a, one.ID()) {
		t.Errorf("the key's name is a digest: %s", a)
	}
	if one.Hide("") != "" {
		t.Error("nothing is hidden")
	}
}

// Texts show no value that was hidden, however they quote it, and no longer word than
// need be.
func TestVeiledTexts(t *testing.T) {
	v := NewVeil([32]byte{1})
	v.Scenario(secretScenario())
	v.Hide("Bearer eyJhbGci")
	v.Hide("abc")
	long := "correcthorsebatterystaple"
	v.Words([]string{"./api", "serve", "--password", long, "--authentication-of-clients"})
	for text, want := range map[string]string{
		"plain --port text of ./api":      "plain --port text of ./api",
		"abc":                             "abc",
		"serve " + long:                   "serve " + v.Hide(long),
		"no --authentication-of-clients":  "no --authentication-of-clients",
		"it got eyJhbGci, and no more":    "it got " + v.Hide("eyJhbGci") + ", and no more",
		"dial redis://u:pw@127.0.0.1:1/0": "dial redis://xxxxx@127.0.0.1:1/0",
	} {
		if got := v.Text(text); got != want {
			t.Errorf("%q is shown as %q", text, got)
		}
	}
	for _, text := range []string{planted, "exit 1: " + planted, `Get "http://h/?key=gE3h%2Fim%2B7+%22%C3%A4%2541"`, `bad "gE3h/im+7 \"ä%41"`, "path gE3h%2Fim+7%20%22%C3%A4%2541"} {
		if got := v.Text(text); strings.Contains(got, "gE3h") {
			t.Errorf("%q is shown as %q", text, got)
		}
	}
}
