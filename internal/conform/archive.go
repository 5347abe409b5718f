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

// Archive scores the arms of scenarios, and keeps the scores of built-in methods:
// the same program says the same of the same parameters and catalogue. It is safe for
// concurrent use.
type Archive struct {
	workshop *Workshop
	programs Programs
	// dir holds the scores; "" keeps none.
	dir string
}

// Programs are what verifies the arms of scenarios.
type Programs struct {
	// Main is this program, and Engines where the one with the other JWT engines is,
	// if it was built.
	Main, Engines string
	// Launch starts the servers that are programs of their own.
	Launch Launch
	// Strangers says that Launch starts all of them, and programs that may be any: each
	// is asked over the wire, and no score of one is kept, or believed.
	Strangers bool
}

// archiveVersion is the version of the files in an archive. Files of others are
// not found, as it is part of their names.
const archiveVersion = 2

// OpenArchive returns the archive under the user's cache directory. A user without
// one, or a directory that cannot be written to, costs the time of an examination and
// nothing else.
func OpenArchive(w *Workshop, p Programs) *Archive {
	a := &Archive{workshop: w, programs: p}
	if cache, err := os.UserCacheDir(); err == nil {
		a.dir = filepath.Join(cache, "authbench", "conformance")
	}
	return a
}

// Conformance is what the catalogue says of an arm: kept, or found now. examining
// is called before the latter.
func (a *Archive) Conformance(ctx context.Context, arm bench.Arm, examining func()) (bench.Conformance, error) {
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
		a.keep(path, found)
	}
	found.Arm = arm.Name
	return found, nil
}

func (a *Archive) score(ctx context.Context, arm bench.Arm) (*Score, error) {
	if a.programs.Strangers || arm.Target != nil || a.workshop.Methods.Elsewhere(arm.Method) {
		return a.workshop.ScoreArm(ctx, arm, a.programs.Launch)
	}
	return a.workshop.Score(ctx, arm.Method, Process, Wire)
}

// untested says why an arm is not examined, "" if it is.
func (a *Archive) untested(arm bench.Arm) string {
	switch {
	case a.workshop.Methods.Open(arm.Method):
		return bench.ChecksNothing
	case arm.Target != nil && arm.Target.URL != "":
		return "the server runs already, and is examined by the keys that the user knows"
	case arm.Target != nil:
		return Unexamined(arm)
	case a.workshop.Methods.Elsewhere(arm.Method):
		if info, err := os.Stat(a.programs.Engines); err != nil || info.IsDir() {
			return fmt.Sprintf("the program that has its verifier, %s, was not found", a.workshop.Methods.Needs(arm.Method).Program.Name)
		}
	}
	return ""
}

// NotPlain says that an arm asks for something that the catalogue cannot ask for.
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

// path is where the score of an arm is kept: nowhere for a command of the user's, of
// which nobody here knows when it changes.
func (a *Archive) path(arm bench.Arm) (string, error) {
	if a.dir == "" || a.programs.Strangers || arm.Target != nil {
		return "", nil
	}
	program := a.programs.Main
	if a.workshop.Methods.Elsewhere(arm.Method) {
		program = a.programs.Engines
	}
	leave := a.workshop.floor.enter(amongOthers) // it takes CPU time of this process
	digest, err := digestOf(program)
	leave()
	if err != nil {
		return "", err
	}
	m := arm.Method
	key := fmt.Sprintf("%d %x %s %s %s", archiveVersion, digest, m.ID, m.Params.Key(), a.workshop.catalogue.Digest)
	sum := sha256.Sum256([]byte(key))
	return filepath.Join(a.dir, hex.EncodeToString(sum[:16])+".json"), nil
}

// digestOf is a program's digest.
func digestOf(path string) ([]byte, error) {
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

// entry is what a file of the archive holds.
type entry struct {
	// Key is the file's name: a score that was put at another's place is none.
	Key string `json:"key"`
	bench.Conformance
}

// read returns a kept score. What cannot be read, or is for another program, other
// parameters or another catalogue, was not kept.
func (a *Archive) read(path string) (c bench.Conformance, ok bool) {
	text, err := os.ReadFile(path)
	var e entry
	if err != nil || json.Unmarshal(text, &e) != nil || e.Passed+e.Failed == 0 ||
		e.Key != filepath.Base(path) || e.Catalogue != a.workshop.catalogue.Digest {
		return bench.Conformance{}, false
	}
	return e.Conformance, true
}

// keep writes a score for the next time. Two runs may do it at once: each writes a
// file of its own and renames it. A failure costs the next run an examination.
func (a *Archive) keep(path string, c bench.Conformance) {
	text, err := json.Marshal(entry{filepath.Base(path), c})
	if err != nil || path == "" || os.MkdirAll(a.dir, 0o700) != nil {
		return
	}
	f, err := os.CreateTemp(a.dir, "new-*")
	if err != nil {
		return
	}
	_, writeErr := f.Write(text)
	if closeErr := f.Close(); writeErr != nil || closeErr != nil || os.Rename(f.Name(), path) != nil {
		_ = os.Remove(f.Name()) // what is left over is of no use
	}
}

// Conformance is the score as results hold it. One that does not tell whether the arm is
// safe is none.
func (s *Score) Conformance() bench.Conformance {
	switch why := s.Undecided(); {
	case why != "":
		return bench.Conformance{Untested: why}
	case !s.Gate() && !s.Unsafe():
		return bench.Conformance{Untested: "no case that could be put to it says whether it is safe"}
	}
	all := s.Count(All)
	c := bench.Conformance{
		Catalogue: s.Catalogue, Passed: all.Passed, Failed: all.Failed, Skipped: all.Skipped + all.Undecided,
		FalseAccepts: all.FalseAccepts, FalseRejects: all.FalseRejects, Safe: s.Gate(),
	}
	for _, v := range s.Failed() {
		c.Failures = append(c.Failures, bench.CaseFailure{
			ID: v.Case.ID, Title: v.Case.Title, Impact: string(v.Case.Impact), Gating: v.Gating(),
			Happened: happened(v.Failures), Proven: proven(v.Failures),
		})
	}
	return c
}
