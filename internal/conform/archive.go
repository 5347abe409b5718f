package conform

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"authbench/bench"
	"authbench/internal/auth"
)

// Archive scores the arms of scenarios, and keeps the scores of built-in methods:
// the same program says the same of the same parameters and catalogue.
type Archive struct {
	workshop *Workshop
	// dir holds the scores; "" keeps none.
	dir string
	// program is the digest of the executable.
	program [sha256.Size]byte
}

// archiveVersion is the version of the files in an archive. Files of others are
// not found, as it is part of their names.
const archiveVersion = 1

// OpenArchive returns the archive of an executable under the user's cache
// directory. A user without one, or a directory that cannot be written to, costs
// the time of an examination and nothing else.
func OpenArchive(w *Workshop, executable string) (*Archive, error) {
	a := &Archive{workshop: w}
	f, err := os.Open(executable)
	if err != nil {
		return nil, fmt.Errorf("open the conformance archive: %w", err)
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return nil, fmt.Errorf("open the conformance archive: %w", err)
	}
	h.Sum(a.program[:0])
	if cache, err := os.UserCacheDir(); err == nil {
		a.dir = filepath.Join(cache, "authbench", "conformance")
	}
	return a, nil
}

// Conformance is what the catalogue says of an arm: kept, or found now. examining
// is called before the latter.
func (a *Archive) Conformance(ctx context.Context, arm bench.Arm, examining func()) (bench.Conformance, error) {
	if why := untested(arm); why != "" {
		return bench.Conformance{Arm: arm.Name, Untested: why}, nil
	}
	path := a.path(arm.Method)
	if kept, ok := read(path); ok {
		kept.Arm = arm.Name
		return kept, nil
	}
	examining()
	score, err := a.workshop.Score(ctx, arm.Method, Process, Wire)
	if err != nil {
		return bench.Conformance{}, err
	}
	found := score.Conformance()
	a.keep(path, found)
	found.Arm = arm.Name
	return found, nil
}

// untested says why an arm is not examined, "" if it is.
func untested(arm bench.Arm) string {
	switch {
	case arm.Target != nil:
		return "the server is not built in; 'authbench verify --url' examines one that runs"
	case Applies(arm.Method) == "":
		return "it checks no credential"
	case auth.IsElsewhere(arm.Method):
		return "its verifier is in another program, whose own tests hold it to hardened's rules"
	}
	return ""
}

func (a *Archive) path(m bench.Method) string {
	if a.dir == "" {
		return ""
	}
	key := fmt.Sprintf("%d %x %s %s %s", archiveVersion, a.program, m.ID, m.Params.Key(), a.workshop.catalogue.Digest)
	sum := sha256.Sum256([]byte(key))
	return filepath.Join(a.dir, hex.EncodeToString(sum[:16])+".json")
}

// read returns a kept score. What cannot be read was not kept.
func read(path string) (c bench.Conformance, ok bool) {
	text, err := os.ReadFile(path)
	if err != nil || json.Unmarshal(text, &c) != nil || c.Passed+c.Failed == 0 {
		return bench.Conformance{}, false
	}
	return c, true
}

// keep writes a score for the next time. Two runs may do it at once: each writes a
// file of its own and renames it. A failure costs the next run an examination.
func (a *Archive) keep(path string, c bench.Conformance) {
	text, err := json.Marshal(c)
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

// Conformance is the score as results hold it.
func (s *Score) Conformance() bench.Conformance {
	all := s.Count(All)
	c := bench.Conformance{
		Catalogue: s.Catalogue, Passed: all.Passed, Failed: all.Failed, Skipped: all.Skipped,
		FalseAccepts: all.FalseAccepts, FalseRejects: all.FalseRejects, Safe: s.Gate(),
	}
	for _, v := range s.Failed() {
		c.Failures = append(c.Failures, bench.CaseFailure{
			ID: v.Case.ID, Title: v.Case.Title, Impact: string(v.Case.Impact), Gating: v.Case.Impact.Gating(),
		})
	}
	return c
}
