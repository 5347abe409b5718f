package conform

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"authbench/bench"
)

// ScoreCache examines the arms of scenarios and caches the scores of built-in methods: the
// same program, parameters and catalogue give the same score. It is safe for concurrent
// use.
type ScoreCache struct {
	harness  *Harness
	programs Programs
	// dir holds the scores; "" means that nothing is cached.
	dir string
}

// Programs are the programs that verify the arms of scenarios.
type Programs struct {
	// Main is the path of this program, Engines that of the program with the other JWT
	// engines, which may not have been built.
	Main, Engines string
	// Launch starts the servers that are programs of their own.
	Launch Launch
	// Untrusted says that Launch starts every server, and that these may be any program:
	// each is examined over the wire, and the cache is neither read nor written.
	Untrusted bool
}

// scoreCacheVersion is the version of the cached files. It is part of their names, so that
// files of another version are not found.
const scoreCacheVersion = 2

// OpenScoreCache returns the cache in the user's cache directory. Where there is none, or it
// cannot be written, every run examines again.
func OpenScoreCache(h *Harness, p Programs) *ScoreCache {
	a := &ScoreCache{harness: h, programs: p}
	if cache, err := os.UserCacheDir(); err == nil {
		a.dir = filepath.Join(cache, "authbench", "conformance")
	}
	return a
}

// Conformance returns what the catalogue says of an arm, from the cache if it is there.
// Before it examines the arm it calls examining.
func (a *ScoreCache) Conformance(ctx context.Context, arm bench.Arm, examining func()) (bench.Conformance, error) {
	if why := a.untested(arm); why != "" {
		return bench.Conformance{Arm: arm.Name, Untested: why}, nil
	}
	path, err := a.path(arm)
	if err != nil {
		return bench.Conformance{}, err
	}
	if kept, ok := a.read(path); ok {
		kept.Arm = arm.Name
		return kept, nil
	}
	examining()
	score, err := a.score(ctx, arm)
	if why := (*Unexaminable)(nil); errors.As(err, &why) {
		return bench.Conformance{Arm: arm.Name, Untested: why.Error()}, nil
	}
	if err != nil {
		return bench.Conformance{}, err
	}
	found := score.Conformance()
	if found.Tested() {
		a.store(path, found)
	}
	found.Arm = arm.Name
	return found, nil
}

func (a *ScoreCache) score(ctx context.Context, arm bench.Arm) (*Score, error) {
	if a.programs.Untrusted || arm.Target != nil || a.harness.Methods.InOtherProgram(arm.Method) {
		return a.harness.ScoreArm(ctx, arm, a.programs.Launch)
	}
	return a.harness.Score(ctx, arm.Method, Process, Wire)
}

// untested says why an arm is not examined, "" if it is.
func (a *ScoreCache) untested(arm bench.Arm) string {
	switch {
	case a.harness.Methods.Open(arm.Method):
		return bench.ChecksNothing
	case arm.Target != nil && arm.Target.URL != "":
		return "the server runs already, and is examined by the keys that the user knows"
	case arm.Target != nil:
		return Unexamined(arm)
	case a.harness.Methods.InOtherProgram(arm.Method):
		if info, err := os.Stat(a.programs.Engines); err != nil || info.IsDir() {
			return fmt.Sprintf("the program that has its verifier, %s, was not found", a.harness.Methods.Needs(arm.Method).Program.Name)
		}
	}
	return ""
}

// NotPlain is the reason for an arm whose requests the catalogue cannot send.
const NotPlain = "its requests are not plain GETs, as the catalogue's are"

// Unexamined says why the command of an arm is not examined, "" if it is.
func Unexamined(arm bench.Arm) string {
	switch {
	case arm.Credentials != "":
		return "its credentials are ready-made, so that nobody here can forge others; 'authbench verify --url' examines a server by its signing key"
	case !PlainRequest(arm.Request):
		return NotPlain
	}
	return ""
}

// path returns the file that caches the score of an arm, "" for none. The user's own
// command is not cached, because nothing here tells when it changes.
func (a *ScoreCache) path(arm bench.Arm) (string, error) {
	if a.dir == "" || a.programs.Untrusted || arm.Target != nil {
		return "", nil
	}
	program := a.programs.Main
	if a.harness.Methods.InOtherProgram(arm.Method) {
		program = a.programs.Engines
	}
	release := a.harness.cpu.acquire(cpuShared) // it takes CPU time of this process
	digest, err := fileDigest(program)
	release()
	if err != nil {
		return "", err
	}
	m := arm.Method
	key := fmt.Sprintf("%d %x %s %s %s", scoreCacheVersion, digest, m.ID, m.Params.Key(), a.harness.catalogue.Digest)
	sum := sha256.Sum256([]byte(key))
	return filepath.Join(a.dir, hex.EncodeToString(sum[:16])+".json"), nil
}

// fileDigest is a program's digest.
func fileDigest(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("look a score up by its program: %w", err)
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return nil, fmt.Errorf("look a score up by its program: %w", err)
	}
	return h.Sum(nil), nil
}

// cachedScore is the content of a cached file.
type cachedScore struct {
	// Key is the file's name. A file that was moved to another name is ignored.
	Key string `json:"key"`
	bench.Conformance
}

// read returns a cached score. A file that cannot be read, or belongs to another program,
// other parameters or another catalogue, counts as missing.
func (a *ScoreCache) read(path string) (c bench.Conformance, ok bool) {
	text, err := os.ReadFile(path)
	var e cachedScore
	if err != nil || json.Unmarshal(text, &e) != nil || e.Passed+e.Failed == 0 ||
		e.Key != filepath.Base(path) || e.Catalogue != a.harness.catalogue.Digest {
		return bench.Conformance{}, false
	}
	return e.Conformance, true
}

// store writes a score to the cache. Two runs may do so at the same time, so each writes a
// file of its own and renames it. After a failure the next run examines again.
func (a *ScoreCache) store(path string, c bench.Conformance) {
	text, err := json.Marshal(cachedScore{filepath.Base(path), c})
	if err != nil || path == "" || os.MkdirAll(a.dir, 0o700) != nil {
		return
	}
	f, err := os.CreateTemp(a.dir, "new-*")
	if err != nil {
		return
	}
	_, writeErr := f.Write(text)
	if closeErr := f.Close(); writeErr != nil || closeErr != nil || os.Rename(f.Name(), path) != nil {
		_ = os.Remove(f.Name()) // half a score is of no use
	}
}

// Conformance is the score as results hold it. A score that does not tell whether the arm
// is safe becomes the reason why the arm is untested.
func (s *Score) Conformance() bench.Conformance {
	switch why := s.Undecided(); {
	case why != "":
		return bench.Conformance{Untested: why}
	case !s.gate() && !s.Unsafe():
		return bench.Conformance{Untested: "none of the cases that apply to it tells whether it is safe"}
	}
	all := s.Count(All)
	c := bench.Conformance{
		Catalogue: s.Catalogue, Passed: all.Passed, Failed: all.Failed, Skipped: all.Skipped + all.Undecided,
		FalseAccepts: all.FalseAccepts, FalseRejects: all.FalseRejects, Safe: s.gate(),
	}
	for _, v := range s.Failed() {
		c.Failures = append(c.Failures, bench.CaseFailure{
			ID: v.Case.ID, Title: v.Case.Title, Impact: string(v.Case.Impact), Gating: v.Gating(),
			Happened: failureLine(v.Failures), Proven: proven(v.Failures),
		})
	}
	return c
}
