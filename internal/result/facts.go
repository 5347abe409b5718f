package result

import (
	"strings"

	"authbench/bench"
)

// FactsOf are the facts of an arm's method: those in the result, or, if the result is older
// than facts, those that the method had then.
func FactsOf(h bench.Header, arm bench.Arm) bench.Facts {
	for _, info := range h.Arms {
		if info.Name == arm.Name && info.Facts != nil {
			return *info.Facts
		}
	}
	return earlierFacts(arm.Method)
}

// earlierFacts are the facts of methods in results that have none. Nothing else that judges or
// shows knows a method by its name, and no method is added here: newer results have facts.
func earlierFacts(m bench.Method) bench.Facts {
	switch m.ID {
	case "none":
		return bench.Facts{Step: bench.StageRequest, Asks: bench.AskedNobody}
	case "carry":
		return bench.Facts{Step: bench.StageTransport, Asks: bench.AskedNobody}
	case "parse":
		return bench.Facts{Step: bench.StageParsing, Asks: bench.AskedNobody}
	case "jwt":
		f := bench.Facts{Asks: bench.AskedNobody, Revocation: bench.RevokedByExpiry, Minter: bench.MintedByIssuer}
		if m.Params.Text("revocation") == "denylist" {
			f.Revocation = bench.RevokedByList
		}
		if strings.HasPrefix(m.Params.Text("alg"), "HS") {
			f.Minter = bench.MintedByServer
		}
		return f
	case "apikey", "session":
		f := bench.Facts{Asks: bench.AskedMemory, Revocation: bench.RevokedByRecord, Minter: bench.MintedByIssuer}
		if kind := m.Params.Text("store"); kind != "" && kind != "memory" {
			f.Asks = bench.AskedStore
		}
		if m.Params.Int("cache_size") > 0 {
			f.RevocationLag = m.Params.Duration("cache_ttl").Nanoseconds()
		}
		return f
	}
	return bench.Facts{}
}
