package conform

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

//go:embed attacks.json
var builtinCatalogue []byte

// schema is the only version of the catalogue's format that this program reads.
const schema = "attacks/1"

// Catalogue is a set of cases.
type Catalogue struct {
	// Digest is the SHA-256 of its text, in hexadecimal: scores name it.
	Digest string
	Cases  []*Case
	base   baseFixture
}

// Case is one attack, or one valid credential that must be accepted.
type Case struct {
	ID     string   `json:"id"`
	Class  string   `json:"class"`
	Impact Impact   `json:"impact"`
	Level  string   `json:"level"` // must (see [levelMust]), should or policy
	Core   bool     `json:"core"`
	Title  string   `json:"title"`
	Notes  string   `json:"notes,omitempty"`
	Source []string `json:"source"`
	// AppliesTo lists algorithms, or apikey.
	AppliesTo []string    `json:"applies_to"`
	Surface   string      `json:"surface"`
	Recipe    node        `json:"recipe"`
	Expect    expectation `json:"expect"`

	subCases []subCase
	limits   []limit
}

// levelMust is the level of cases that specifications demand.
const levelMust = "must"

// subCase is one sub-case.
type subCase struct {
	label  string
	recipe recipe
}

// Impact says what it means when a verifier accepts a case.
type Impact string

// gating reports whether one failure of this impact makes a verifier unsafe.
func (i Impact) gating() bool { return slices.Contains(gating, i) }

var (
	gating = []Impact{"forgery", "privilege", "leak", "dos", "control"}
	// scored impacts do not gate: they need a token that the issuer signed or that the
	// sender already holds, or they are about transport or configuration.
	scored = []Impact{"issuer-signed", "respelling", "carrier", "config"}
)

// meaning says to a reader of scores what the cases of a scored impact are, "" for one
// that gates.
func (i Impact) meaning() string {
	return map[Impact]string{
		"issuer-signed": "an odd token that only the issuer itself can have signed",
		"respelling":    "a valid credential, spelt in another way",
		"carrier":       "a valid credential, sent in an odd way",
		"config":        "a server that is set up with a weak or unfit key",
	}[i]
}

// impacts lists every impact, those that gate first.
func impacts() []Impact { return slices.Concat(gating, scored) }

// The outcomes that a case may demand.
const (
	outcomeReject = "reject"
	outcomeAccept = "accept"
	outcomeEither = "either" // the specification leaves it open
)

// Where a case is asked.
const (
	surfaceBoth      = "both"
	surfaceValidator = "validator" // in process: a header cannot carry the bytes
	surfaceHTTP      = "http"
	surfaceConfig    = "config"
)

// expectation is what a case demands.
type expectation struct {
	Outcome string   `json:"outcome"`
	Status  []int    `json:"status"`
	Also    []string `json:"also"`
}

// limit is an extra demand, with a bound if it has one.
type limit struct {
	name  string
	bound int64
}

// The extra demands.
const (
	limitNoOutbound = "no_outbound"
	limitNoBurst    = "no_outbound_burst"
	limitNoEcho     = "no_echo"
	limitNo5xx      = "no_5xx"
	limitChallenge  = "www_authenticate"
	limitUniform    = "uniform_response"
	limitIdentity   = "identity_matches"
	limitSignature  = "error_is_signature"
	limitAlloc      = "alloc_max_bytes"
	limitHeap       = "heap_growth_max_bytes"
	limitTime       = "time_max_ms"
)

// limitNames maps each demand to whether it takes a bound.
var limitNames = map[string]bool{
	limitNoOutbound: false, limitNoBurst: false, limitNoEcho: false, limitNo5xx: false, limitChallenge: false,
	limitUniform: false, limitIdentity: false, limitSignature: false, limitAlloc: true, limitHeap: true, limitTime: true,
}

// Builtin returns the catalogue that is built into the program.
func Builtin() (*Catalogue, error) { return Parse("attacks.json", builtinCatalogue) }

// catalogueFile is the JSON form of a catalogue. Cases are decoded one by one, so that
// errors can name their line.
type catalogueFile struct {
	Schema  string            `json:"schema"`
	Fixture baseFixture       `json:"fixture"`
	Set     string            `json:"set"`
	Count   int               `json:"numberOfCases"`
	Cases   []json.RawMessage `json:"cases"`
}

// Parse reads a catalogue. Errors name the file, the line, and the case.
func Parse(name string, text []byte) (*Catalogue, error) {
	var file catalogueFile
	if err := decodeWhole(text, &file); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if file.Schema != schema {
		return nil, fmt.Errorf("%s: schema %q; this program reads %q", name, file.Schema, schema)
	}
	if file.Count != len(file.Cases) {
		return nil, fmt.Errorf("%s: numberOfCases is %d, but there are %d cases", name, file.Count, len(file.Cases))
	}
	if err := file.Fixture.check(); err != nil {
		return nil, fmt.Errorf("%s: fixture: %w", name, err)
	}
	sum := sha256.Sum256(text)
	c := &Catalogue{Digest: hex.EncodeToString(sum[:]), base: file.Fixture}
	from := 0
	for _, raw := range file.Cases {
		// Each case's text is a part of the file's, in the same order.
		from += bytes.Index(text[from:], raw)
		at := fmt.Sprintf("%s:%d", name, 1+bytes.Count(text[:from], []byte("\n")))
		one, err := parseCase(raw)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", at, err)
		}
		if slices.ContainsFunc(c.Cases, func(other *Case) bool { return other.ID == one.ID }) {
			return nil, fmt.Errorf("%s: there is another case %s", at, one.ID)
		}
		c.Cases = append(c.Cases, one)
		from += len(raw)
	}
	return c, nil
}

// decodeWhole decodes text, which must be exactly one JSON value. Errors name the line.
func decodeWhole(text []byte, out any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	err := d.Decode(out)
	if err == nil {
		if _, more := d.Token(); more != io.EOF {
			err = errors.New("text follows the JSON value")
		}
	}
	if err == nil {
		return nil
	}
	offset := d.InputOffset()
	if syntax := (*json.SyntaxError)(nil); errors.As(err, &syntax) {
		offset = syntax.Offset
	}
	line := 1 + bytes.Count(text[:min(int(offset), len(text))], []byte("\n"))
	return fmt.Errorf("line %d: %s", line, strings.TrimPrefix(err.Error(), "json: "))
}

func parseCase(raw []byte) (*Case, error) {
	c := &Case{}
	if err := decodeStrict(raw, c); err != nil {
		return nil, fmt.Errorf("case %s: %w", c.ID, err)
	}
	if err := errors.Join(c.check(), c.expand()); err != nil {
		return nil, fmt.Errorf("case %s: %w", c.ID, err)
	}
	return c, nil
}

// check validates everything of a case except its recipe.
func (c *Case) check() error {
	switch {
	case c.ID == "" || c.Title == "" || c.Class == "" || len(c.AppliesTo) == 0:
		return errors.New("id, title, class and applies_to must not be empty")
	case !slices.Contains(impacts(), c.Impact):
		return fmt.Errorf("unknown impact %q", c.Impact)
	case !slices.Contains([]string{levelMust, "should", "policy"}, c.Level):
		return fmt.Errorf("unknown level %q", c.Level)
	case !slices.Contains([]string{surfaceBoth, surfaceValidator, surfaceHTTP, surfaceConfig}, c.Surface):
		return fmt.Errorf("unknown surface %q", c.Surface)
	case !slices.Contains([]string{outcomeReject, outcomeAccept, outcomeEither}, c.Expect.Outcome):
		return fmt.Errorf("unknown outcome %q", c.Expect.Outcome)
	}
	for _, also := range c.Expect.Also {
		l, err := parseLimit(also)
		if err != nil {
			return err
		}
		c.limits = append(c.limits, l)
	}
	return nil
}

func parseLimit(text string) (limit, error) {
	name, bound, bounded := strings.Cut(text, ":")
	wants, known := limitNames[name]
	if !known {
		return limit{}, fmt.Errorf("unknown check %q in also", name)
	}
	if wants != bounded {
		return limit{}, fmt.Errorf("check %q in also: alloc_max_bytes, heap_growth_max_bytes and time_max_ms need a bound after a colon; the others take none", text)
	}
	if !bounded {
		return limit{name: name}, nil
	}
	n, err := strconv.ParseInt(bound, 10, 64)
	if err != nil || n <= 0 {
		return limit{}, fmt.Errorf("check %q in also: the bound is not a positive number", text)
	}
	return limit{name, n}, nil
}

// limit returns the bound of a demand, and whether the case has that demand.
func (c *Case) limit(name string) (bound int64, made bool) {
	for _, l := range c.limits {
		if l.name == name {
			return l.bound, true
		}
	}
	return 0, false
}

// expand compiles the sub-cases.
func (c *Case) expand() error {
	choices, err := expand(c.Recipe.tree)
	if err != nil {
		return err
	}
	for _, choice := range choices {
		r, err := compile(choice.tree)
		if err != nil {
			return err
		}
		if (r.Base == baseConfig) != (c.Surface == surfaceConfig) {
			return fmt.Errorf("base %q does not go with surface %q", r.Base, c.Surface)
		}
		c.subCases = append(c.subCases, subCase{choice.label, r})
	}
	return nil
}

// Select returns a catalogue of the cases with these ids.
func (c *Catalogue) Select(ids []string) (*Catalogue, error) {
	out := &Catalogue{Digest: c.Digest, base: c.base}
	for _, id := range ids {
		at := slices.IndexFunc(c.Cases, func(one *Case) bool { return one.ID == id })
		if at < 0 {
			return nil, fmt.Errorf("the catalogue has no case %q", id)
		}
		out.Cases = append(out.Cases, c.Cases[at])
	}
	return out, nil
}
