package courier

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strings"
	"testing"
)

// beCoordinator makes the test binary a coordinator that says only this first line.
const beCoordinator = "AUTHBENCH_COURIER_TEST_ROLL"

func TestMain(m *testing.M) {
	if roll := os.Getenv(beCoordinator); roll != "" {
		fmt.Println(roll)
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(4)
	}
	os.Exit(m.Run())
}

// A coordinator of another build is refused, with what differs and what to do.
func TestOtherBuilds(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		change func(*Roll)
		want   []string // none: it is taken
	}{
		{"the same", func(*Roll) {}, nil},
		{"of another version", func(r *Roll) { r.Version++ }, []string{"it speaks version 2", "'make fleet'"}},
		{"of another commit", func(r *Roll) { r.Build.Revision = "abc" }, []string{"of commit abc", "'make fleet'"}},
		{"of a changed source", func(r *Roll) { r.Build.Modified = !r.Build.Modified }, []string{", modified", "'make fleet'"}},
		{"of another compiler", func(r *Roll) { r.Build.Go = "go1.1" }, []string{"made with go1.1", "'make fleet'"}},
		{"with other options", func(r *Roll) { r.Build.Options = "-tags=x" }, []string{"(-tags=x)", "'make fleet'"}},
		{"with another schedule", func(r *Roll) { r.Build.Schedule = "x" }, []string{"other arrival times", "'make fleet'"}},
		{"that does not say", func(r *Roll) { r.Build = Build{} }, []string{"of an unknown commit", "'make fleet'"}},
	} {
		r := Roll{Version: Version, Build: OwnBuild(), Run: "r", Workers: []string{"w1"}}
		c.change(&r)
		line, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		t.Setenv(beCoordinator, string(line))
		p, err := Start(t.Context(), self, nil, io.Discard)
		if err == nil {
			p.Close()
		}
		if (err == nil) != (c.want == nil) {
			t.Errorf("%s: %v", c.name, err)
		}
		for _, want := range c.want {
			if err != nil && (!strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), self)) {
				t.Errorf("%s: %v, want %q", c.name, err, want)
			}
		}
	}
}

// What makes another program of one source is a part of its build; what makes it for another
// machine is not.
func TestBuildOf(t *testing.T) {
	setting := func(key, value string) debug.BuildSetting { return debug.BuildSetting{Key: key, Value: value} }
	base := []debug.BuildSetting{setting("vcs.revision", "abc"), setting("vcs.modified", "false")}
	of := func(more ...debug.BuildSetting) Build {
		return buildOf(&debug.BuildInfo{GoVersion: "go1.26", Settings: append(base[:2:2], more...)}, "s")
	}
	if want := (Build{Go: "go1.26", Revision: "abc", Schedule: "s"}); of() != want {
		t.Errorf("%+v, want %+v", of(), want)
	}
	for key, other := range map[string]bool{
		"-tags": true, "-race": true, "-msan": true, "-asan": true, "GOEXPERIMENT": true, "GOFIPS140": true,
		"GOARCH": false, "GOOS": false, "GOAMD64": false, "vcs.time": false, "CGO_ENABLED": false, "-trimpath": false,
	} {
		if got := of(setting(key, "x")) != of(); got != other {
			t.Errorf("%s makes another build: %v", key, got)
		}
	}
	if of(setting("-tags", "x"), setting("-race", "true")) != of(setting("-race", "true"), setting("-tags", "x")) {
		t.Error("the order of options matters")
	}
	if !of(setting("vcs.modified", "true")).Modified {
		t.Error("a changed source is not noticed")
	}
}
