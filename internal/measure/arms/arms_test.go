package arms

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"authbench/bench"
	"authbench/internal/measure/load"
	"authbench/internal/measure/proc"
	"authbench/internal/method"
	"authbench/internal/method/all"
)

func keys(t testing.TB, count int) method.Deriver {
	t.Helper()
	m, err := bench.ParseMethod("apikey", nil, all.Catalogue())
	if err != nil {
		t.Fatal(err)
	}
	issuer, err := all.Catalogue().NewIssuer(m, [32]byte{1}, count, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return issuer.(method.Deriver)
}

// Minting in parallel gives the issuer's credentials, each in its place.
func TestMint(t *testing.T) {
	for _, count := range []int{1, mintBlock - 1, mintBlock, 5*mintBlock + 3} {
		issuer := keys(t, count)
		p := bench.Population{Credentials: count, BadClasses: []bench.Class{bench.Revoked, bench.Malformed}}
		c, _, err := mint(t.Context(), issuer, p)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.count(bench.Valid); got != count {
			t.Fatalf("%d valid credentials, want %d", got, count)
		}
		seen := map[string]bool{}
		for i := range count {
			want, err := issuer.Append(nil, bench.Valid, i)
			if err != nil {
				t.Fatal(err)
			}
			got := string(c.Append(nil, bench.Valid, i))
			if got != string(want) || seen[got] {
				t.Fatalf("credential %d of %d is not the issuer's, or not distinct", i, count)
			}
			seen[got] = true
		}
		for _, class := range p.BadClasses {
			if n := c.count(class); n != min(count, max(leastBad, count/validPerBad)) {
				t.Errorf("%d %s credentials for %d valid ones", n, class, count)
			}
		}
		if c.count(bench.Expired) != 0 {
			t.Error("expired credentials that nobody asked for")
		}
	}
}

// A population too large to be held is derived: the same credentials as minted ones.
func TestMintLarge(t *testing.T) {
	const count = maxPooled + 1
	issuer := keys(t, count)
	c, _, err := mint(t.Context(), issuer, bench.Population{Credentials: count, BadClasses: []bench.Class{bench.Forged}})
	if err != nil {
		t.Fatal(err)
	}
	if _, held := c.(*pooled); held {
		t.Errorf("%d credentials are held", count)
	}
	for class, want := range map[bench.Class]int{bench.Valid: count, bench.Forged: count / validPerBad, bench.Expired: 0} {
		if got := c.count(class); got != want {
			t.Errorf("%d %s credentials, want %d", got, class, want)
		}
		if want == 0 {
			continue
		}
		last, err := issuer.Append(nil, class, want-1)
		if err != nil || string(c.Append(nil, class, want-1)) != string(last) || c.meanBytes() != float64(len(last)) {
			t.Errorf("%s: the last credential is not the issuer's: %v", class, err)
		}
	}
}

// A population that takes too long to sign is cut short, not refused.
func TestMintInTime(t *testing.T) {
	pool, err := mintClass(t.Context(), keys(t, 1000), bench.Valid, 1000, time.Now().Add(-time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	if pool.len() != mintBlock {
		t.Errorf("%d credentials after the deadline, want the one block of %d", pool.len(), mintBlock)
	}
}

func TestMintInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := mintClass(ctx, keys(t, 1000), bench.Valid, 1000, time.Now().Add(time.Hour)); err == nil {
		t.Error("no error although the context was cancelled")
	}
}

func TestMix(t *testing.T) {
	c := &pooled{}
	for _, class := range []bench.Class{bench.Valid, bench.Expired, bench.Forged} {
		c.byClass[class.Index()].add([]byte("x"))
	}
	mix := (&mintedCredentials{credentials: c}).mix(0.3, 0)
	want := []load.Share{{Class: bench.Valid, Share: 0.7, Count: 1}, {Class: bench.Expired, Share: 0.15, Count: 1}, {Class: bench.Forged, Share: 0.15, Count: 1}}
	if fmt.Sprint(mix) != fmt.Sprint(want) {
		t.Errorf("got %v, want %v", mix, want)
	}
	only := &pooled{}
	only.byClass[0].add([]byte("x"))
	if mix := (&mintedCredentials{credentials: only}).mix(0.3, 0); len(mix) != 1 || mix[0].Share != 1 {
		t.Errorf("without bad credentials: %v, want all valid", mix)
	}
}

// The user's credentials are read with their field and classes; a file without a
// valid one cannot drive an arm.
func TestFromFile(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	head := `{"kind":"credentials","version":1,"field":"X-API-Key"}` + "\n"
	field, c, err := fromFile(write("good", head+`{"class":"valid","value":"k1"}`+"\n"+`{"class":"revoked","value":"k2"}`+"\n"), io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if field != "X-API-Key" || string(c.Append(nil, bench.Valid, 0)) != "k1" || string(c.Append(nil, bench.Revoked, 0)) != "k2" {
		t.Errorf("field %q, credentials %+v", field, c)
	}
	if _, _, err := fromFile(write("bad", head+`{"class":"revoked","value":"k2"}`+"\n"), io.Discard); err == nil || !strings.Contains(err.Error(), "no credential of class valid") {
		t.Errorf("without a valid credential: %v", err)
	}
	if _, _, err := fromFile(filepath.Join(dir, "missing"), io.Discard); err == nil {
		t.Error("no error for a missing file")
	}
}

// Arms with equal method and population share their credentials; an A/A pair
// then differs in nothing.
func TestMintedCredentialsAreShared(t *testing.T) {
	zero := 0.0
	arm := func(name string, credentials int) bench.Arm {
		m, err := bench.ParseMethod("apikey", nil, all.Catalogue())
		if err != nil {
			t.Fatal(err)
		}
		return bench.Arm{Name: name, Method: m, Population: &bench.Population{Credentials: credentials, Zipf: &zero, BadShare: &zero}}
	}
	shared := map[string]*mintedCredentials{}
	get := func(a bench.Arm) *mintedCredentials {
		w, err := testConfig().mintedFor(t.Context(), a, shared)
		if err != nil {
			t.Fatal(err)
		}
		return w
	}
	a, b, c := get(arm("a", 5)), get(arm("b", 5)), get(arm("c", 6))
	if a != b || a == c {
		t.Errorf("equal arms share: %v; different ones share: %v", a == b, a == c)
	}
}

// An arm whose program is not there is skipped, with a reason that says what to do.
// The others are made; without its baseline a run is not worth its time.
func TestArmsAreSkipped(t *testing.T) {
	there := filepath.Join(t.TempDir(), "authbench-engines")
	if err := os.WriteFile(there, nil, 0o700); err != nil {
		t.Fatal(err)
	}
	zero := 0.0
	s := bench.Scenario{Baseline: "none"}
	for name, m := range map[string]bench.Method{"none": {ID: "none"}, "jwx": {ID: "jwt", Params: bench.Params{"alg": "HS256", "engine": "jwx"}}} {
		s.Arms = append(s.Arms, bench.Arm{Name: name, Method: m, Population: &bench.Population{Credentials: 1, Zipf: &zero, BadShare: &zero}})
	}
	slices.SortFunc(s.Arms, func(a, b bench.Arm) int { return strings.Compare(b.Name, a.Name) })
	made := func(engines string) (*Set, error) {
		return Make(t.Context(), s, Config{Methods: all.Catalogue(), Engines: engines, Executable: "authbench", Progress: func(string, int, int) {}})
	}
	for _, missing := range []string{"", t.TempDir(), there + "-not"} {
		set, err := made(missing)
		if err != nil {
			t.Fatal(err)
		}
		if len(set.Arms) != 1 || len(set.Infos) != 2 || set.Infos[0].Skipped != "" || !strings.Contains(set.Infos[1].Skipped, "make engines") {
			t.Errorf("%q: %d arms, %+v", missing, len(set.Arms), set.Infos)
		}
		if len(set.Warnings) != 1 || set.Warnings[0].Code != bench.WarnArmSkipped || set.Warnings[0].Arm != "jwx" {
			t.Errorf("%q: warnings %+v", missing, set.Warnings)
		}
		if measured := set.Measured(s); len(measured.Arms) != 1 || measured.Arms[0].Name != "none" || len(s.Arms) != 2 {
			t.Errorf("%q: %d of %d arms are measured", missing, len(measured.Arms), len(s.Arms))
		}
	}
	set, err := made(there)
	if err != nil {
		t.Fatal(err)
	}
	if len(set.Arms) != 2 || len(set.Warnings) != 0 || len(set.Measured(s).Arms) != 2 {
		t.Errorf("%d arms, warnings %+v", len(set.Arms), set.Warnings)
	}
	s.Baseline = "jwx"
	if _, err := made(""); err == nil || !strings.Contains(err.Error(), "make engines") {
		t.Errorf("without the baseline: %v", err)
	}
}

// An arm whose store is not installed is skipped, with the package that has it.
func TestMissingStore(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	zero := 0.0
	s := bench.Scenario{}
	for name, p := range map[string]bench.Params{"memory": nil, "redis": {"store": "redis"}} {
		s.Arms = append(s.Arms, bench.Arm{Name: name, Method: bench.Method{ID: "apikey", Params: p}, Population: &bench.Population{Credentials: 1, Zipf: &zero, BadShare: &zero}})
	}
	set, err := Make(t.Context(), s, Config{Methods: all.Catalogue(), Executable: "authbench", Progress: func(string, int, int) {}})
	if err != nil {
		t.Fatal(err)
	}
	s.Arms = s.Arms[:1]
	s.Arms[0] = bench.Arm{
		Name: "theirs", Method: bench.Method{ID: "apikey", Params: bench.Params{"store": "redis"}},
		Population: &bench.Population{Credentials: 1, Zipf: &zero, BadShare: &zero}, Target: &bench.Target{URL: "http://127.0.0.1:1"},
	}
	if _, err := Make(t.Context(), s, Config{Methods: all.Catalogue(), Progress: func(string, int, int) {}}); err == nil || !strings.Contains(err.Error(), "remove store") {
		t.Errorf("a store for a server of the user's: %v", err)
	}
	if len(set.Arms) != 1 || set.Arms[0].Info().Name != "memory" || len(set.Warnings) != 1 || !strings.Contains(set.Warnings[0].Text, "apt-get install redis-server") {
		t.Errorf("%d arms, warnings %+v", len(set.Arms), set.Warnings)
	}
}

// A program of the other engines that does not get ready may be an old one.
func TestOldProgram(t *testing.T) {
	program, err := exec.LookPath("false")
	if err != nil {
		t.Skip("there is no program that fails")
	}
	starter, err := proc.NewStarter()
	if err != nil {
		t.Fatal(err)
	}
	defer starter.Close()
	zero := 0.0
	set, err := Make(t.Context(), bench.Scenario{Arms: []bench.Arm{{
		Name: "jwx", Method: bench.Method{ID: "jwt", Params: bench.Params{"alg": "HS256", "engine": "jwx"}},
		Population: &bench.Population{Credentials: 1, Zipf: &zero, BadShare: &zero},
	}}}, Config{Methods: all.Catalogue(), Starter: starter, Engines: program, ServerCPUs: []int{0}, Progress: func(string, int, int) {}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := set.Arms[0].Start(t.Context()); err == nil || !strings.Contains(err.Error(), "make engines") {
		t.Errorf("started: %v", err)
	}
}

// Each method's target is started from the program that has its verifier, or the one
// that the arm is to be started with.
func TestProgram(t *testing.T) {
	c := Config{Methods: all.Catalogue(), Executable: "main", Engines: "other"}
	for engine, want := range map[string]string{"golang-jwt": "main", "jwx": "other", "go-jose": "other"} {
		if got := c.program("jwt", bench.Method{ID: "jwt", Params: bench.Params{"engine": engine}}); !slices.Equal(got, []string{want}) {
			t.Errorf("engine %s is in %s, want %s", engine, got, want)
		}
	}
	c.TargetStart = func(arm string) TargetStart {
		if arm == "jwt.head" {
			return TargetStart{Words: []string{"env", "GOGC=50", "head"}}
		}
		return TargetStart{}
	}
	for arm, want := range map[string][]string{"jwt.head": {"env", "GOGC=50", "head"}, "jwt": {"main"}} {
		if got := c.program(arm, bench.Method{ID: "apikey"}); !slices.Equal(got, want) {
			t.Errorf("arm %s is started with %q, want %q", arm, got, want)
		}
	}
	user := command{arm: "jwt.head", target: bench.Target{Command: []string{"{program}", "--port={port}"}}, config: c}
	if got, err := user.words(7); err != nil || !slices.Equal(got, []string{"env", "GOGC=50", "head", "--port=7"}) {
		t.Errorf("a user's server is started with %q, %v", got, err)
	}
	user.arm = "jwt"
	if got, err := user.words(7); err == nil || !strings.Contains(err.Error(), "authbench gate") {
		t.Errorf("without a gate: %q, %v", got, err)
	}
}

// testConfig has all methods, and a secret.
func testConfig() Config { return Config{Methods: all.Catalogue(), Secret: [32]byte{1}} }
