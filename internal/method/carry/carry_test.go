package carry

import (
	"strings"
	"testing"
	"time"

	"authbench/bench"
	"authbench/internal/credential/credentialtest"
	"authbench/internal/method"
	"authbench/internal/method/methodtest"
)

var methods = method.Catalogue{Method()}

func TestCarryIgnoresWhatItCarries(t *testing.T) {
	for _, as := range []string{"apikey", "EdDSA"} {
		issuer, verifier := methodtest.NewPair(t, methods, bench.Method{ID: "carry", Params: bench.Params{"as": as}}, 2, time.Now())
		value := methodtest.Mint(t, issuer, bench.Valid, 1)
		if as == "EdDSA" && strings.Count(value, ".") != 2 || as == "apikey" && !strings.HasPrefix(value, "Bearer "+"ab_live_") {
			t.Errorf("%s: carries %d bytes of another form", as, len(value))
		}
		for _, r := range []credentialtest.Request{{"Authorization": {value}}, {"Authorization": {value + "x"}}, {}} {
			if d := verifier.Verify(r); d.Outcome != bench.Allow || d.Subject != "" {
				t.Errorf("%s: %+v", as, d)
			}
		}
	}
}
