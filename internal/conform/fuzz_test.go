package conform

import (
	"context"
	"testing"
	"time"

	"authbench/bench"
	"authbench/internal/method/all"
)

// FuzzCatalogue: whatever a catalogue asks for, reading it and carrying it out
// neither panics nor takes for ever, and what it cannot do it says.
func FuzzCatalogue(f *testing.F) {
	for _, c := range builtin(f).Cases {
		recipe, err := encodeTree(c.Recipe.tree)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(oneCase(string(recipe), `{"outcome":"`+c.Expect.Outcome+`","status":[200,400,401]}`))
	}
	f.Add(oneCase(`{"base":"sequence","steps":[{"credential":"valid","expect":"accept"},{"wait_s":60},{"same":true,"expect":"reject","within_s":9}]}`, rejected))
	f.Add(`{"schema":"attacks/1"}`)
	methods := []bench.Method{{ID: "apikey", Params: bench.Params{"header": "x-api-key"}}, jwtMethod("HS256"), jwtMethod("ES256")}
	f.Fuzz(func(t *testing.T, text string) {
		catalogue, err := Parse("fuzz.json", []byte(text))
		if err != nil {
			return
		}
		harness := NewHarness(all.Catalogue(), catalogue, 1)
		for _, m := range methods {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			score, err := harness.Score(ctx, m, Process)
			cancel()
			if err != nil {
				continue // a recipe may ask for what cannot be made
			}
			for _, v := range score.Verdicts {
				if v.Status == Skipped && len(v.Skips) == 0 {
					t.Errorf("case %s of %s was neither run nor explained", v.Case.ID, Name(m))
				}
			}
		}
	})
}
