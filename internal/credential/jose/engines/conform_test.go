package engines

import (
	"testing"

	"authbench/internal/conform"
	"authbench/internal/method/all"
)

// examined are algorithms of every family; the catalogue takes seconds for each.
var examined = []string{"HS256", "RS256", "PS256", "ES256", "EdDSA"}

// weaknesses are the cases of the attack catalogue that a library fails as its own
// example shows it, for some algorithm at least. Hardened fails none.
var weaknesses = map[string]map[string]string{
	"jwx stock": {
		"CTX-01": "no issuer is asked for", "CTX-06": noAudience, "CTX-07": noAudience, "CTX-10": noAudience,
		"TIME-03": "no exp is demanded", "NONE-07": "the key's algorithm stands in for a missing one",
		"SIG-15": laxBase64, "ENC-01": laxBase64, "ENC-02": laxBase64, "ENC-03": laxBase64, "ENC-06": laxBase64,
		"ENC-05": "blanks around a token are dropped", "INJ-09": "the key id is not read",
		"ENC-12": laxJSON, "ENC-14": laxJSON, "ENC-19": laxJSON,
		"WEAK-05": anySecret,
	},
	"go-jose stock": {
		"CTX-06": noAudience, "CTX-07": noAudience, "CTX-10": noAudience,
		"TIME-02": leeway, "TIME-11": leeway, "TIME-03": "no exp is demanded",
		"ALG-07": "any salt length is taken", "CRIT-02": "an empty crit is taken",
		"SIG-15": laxBase64, "ENC-03": laxBase64, "ENC-05": laxBase64, "INJ-09": "the key id is not read",
		"ENC-14": laxJSON, "ENC-19": laxJSON,
		"WEAK-03": "RSA keys of any length are taken", "WEAK-05": anySecret,
	},
}

// The reasons that several weaknesses share.
const (
	noAudience = "no audience is asked for"
	leeway     = "Validate grants a minute after exp"
	laxBase64  = "base64 is decoded with what does not belong in it"
	laxJSON    = "JSON is read as encoding/json or a map reads it"
	anySecret  = "a public key's text is taken for a secret"
)

// TestAttacks: hardened passes the whole attack catalogue in process, with whatever
// library, and stock fails what is listed above and nothing else.
func TestAttacks(t *testing.T) {
	catalogue, err := conform.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	harness := conform.NewHarness(all.Catalogue(), catalogue, 1)
	harness.NewVerifier = NewVerifier
	failed := map[string]map[string]bool{}
	for _, alg := range examined {
		for _, m := range methods(t) {
			if m.Params.Text("alg") != alg {
				continue
			}
			score, err := harness.Score(t.Context(), m, conform.Process)
			if err != nil {
				t.Fatal(err)
			}
			if passed := score.Count(conform.All).Passed; passed < 50 {
				t.Errorf("%s: only %d cases passed", conform.Name(m), passed)
			}
			who := m.Params.Text("engine") + " " + m.Params.Text("policy")
			for _, v := range score.Failed() {
				if weaknesses[who][v.Case.ID] == "" {
					t.Errorf("%s fails %s (%s): %+v", conform.Name(m), v.Case.ID, v.Case.Title, v.Failures)
				}
				if failed[who] == nil {
					failed[who] = map[string]bool{}
				}
				failed[who][v.Case.ID] = true
			}
		}
	}
	for who, listed := range weaknesses {
		for id, why := range listed {
			if !failed[who][id] {
				t.Errorf("%s passes %s with every algorithm; remove the weakness: %s", who, id, why)
			}
		}
	}
}
