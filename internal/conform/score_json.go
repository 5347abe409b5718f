package conform

import (
	"encoding/json"
	"fmt"
	"io"

	"authbench/internal/text/usertext"
)

// scoreVersion is the version of the JSON form of scores.
const scoreVersion = 1

// The JSON form of scores.
type (
	scoresJSON struct {
		Version   int         `json:"version"`
		Catalogue string      `json:"catalogue_sha256"`
		Seed      uint64      `json:"seed"`
		Scores    []scoreJSON `json:"scores"`
	}
	scoreJSON struct {
		Name     string               `json:"name"`
		Arm      string               `json:"arm,omitempty"`
		Method   string               `json:"method"`
		Params   map[string]any       `json:"params,omitempty"`
		Safe     bool                 `json:"safe"`
		Cases    countJSON            `json:"cases"`
		Gate     countJSON            `json:"gate"`
		ByImpact map[Impact]countJSON `json:"by_impact"`
		ByClass  map[string]countJSON `json:"by_class"`
		Failed   []failedJSON         `json:"failed"`
		Skipped  []skippedJSON        `json:"skipped"`
		// Undecided are cases whose answers prove nothing; with one that gates nobody
		// knows whether the method is safe.
		Undecided []skippedJSON       `json:"undecided"`
		Choices   map[string][]string `json:"choices,omitempty"`
		Unjudged  map[string][]string `json:"unjudged,omitempty"`
	}
	countJSON struct {
		Passed       int `json:"passed"`
		Failed       int `json:"failed"`
		Skipped      int `json:"skipped"`
		Undecided    int `json:"undecided"`
		FalseAccepts int `json:"false_accepts"`
		FalseRejects int `json:"false_rejects"`
	}
	failedJSON struct {
		ID       string        `json:"id"`
		Class    string        `json:"class"`
		Impact   Impact        `json:"impact"`
		Gating   bool          `json:"gating"`
		Title    string        `json:"title"`
		Source   []string      `json:"source"`
		Recipe   string        `json:"recipe"`
		Failures []failureJSON `json:"failures"`
	}
	failureJSON struct {
		Surface Surface `json:"surface"`
		SubCase string  `json:"sub_case,omitempty"`
		Fault   Fault   `json:"fault"`
		Got     string  `json:"got"`
	}
	skippedJSON struct {
		ID      string   `json:"id"`
		Title   string   `json:"title"`
		Reasons []string `json:"reasons"`
	}
)

// JSON writes scores for scripts.
func JSON(w io.Writer, c *Catalogue, seed uint64, scores []*Score) error {
	out := scoresJSON{Version: scoreVersion, Catalogue: c.Digest, Seed: seed, Scores: []scoreJSON{}}
	for _, s := range scores {
		out.Scores = append(out.Scores, s.json())
	}
	text, err := json.MarshalIndent(out, "", "  ")
	if err == nil {
		_, err = w.Write(append(usertext.EscapeJSON(text), '\n'))
	}
	if err != nil {
		return fmt.Errorf("write the scores: %w", err)
	}
	return nil
}

func (s *Score) json() scoreJSON {
	out := scoreJSON{
		Name: Name(s.Method), Arm: s.Arm, Method: s.Method.ID, Params: s.Method.Params, Safe: s.gate(),
		Cases: countJSON(s.Count(All)), Gate: countJSON(s.gating()),
		ByImpact: map[Impact]countJSON{}, ByClass: map[string]countJSON{},
		Failed: []failedJSON{}, Skipped: []skippedJSON{}, Undecided: []skippedJSON{}, Choices: map[string][]string{}, Unjudged: map[string][]string{},
	}
	for _, i := range impacts() {
		out.ByImpact[i] = countJSON(s.Count(Of(i)))
	}
	for _, class := range s.classes() {
		out.ByClass[class] = countJSON(s.Count(func(c *Case) bool { return c.Class == class }))
	}
	for _, v := range s.Failed() {
		f := failedJSON{
			ID: v.Case.ID, Class: v.Case.Class, Impact: v.Case.Impact, Gating: v.Gating(),
			Title: v.Case.Title, Source: v.Case.Source, Recipe: v.Case.Summary(),
		}
		for _, one := range v.Failures {
			f.Failures = append(f.Failures, failureJSON{one.Surface, one.SubCase, one.Fault, one.Got})
		}
		out.Failed = append(out.Failed, f)
	}
	for _, v := range s.Skipped() {
		out.Skipped = append(out.Skipped, skippedJSON{v.Case.ID, v.Case.Title, v.Skips})
	}
	for _, v := range s.sorted(Undecided) {
		out.Undecided = append(out.Undecided, skippedJSON{v.Case.ID, v.Case.Title, v.Undecided})
	}
	for _, v := range s.Verdicts {
		if len(v.Choices) > 0 {
			out.Choices[v.Case.ID] = v.Choices
		}
		if len(v.Unjudged) > 0 {
			out.Unjudged[v.Case.ID] = v.Unjudged
		}
	}
	return out
}
