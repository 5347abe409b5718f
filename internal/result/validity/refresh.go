package validity

import (
	"fmt"

	"authbench/bench"
	"authbench/internal/text/unit"
)

// mostFailedRefreshes is the share of refreshes that may fail. With more, requests are refused
// because of the issuer, and costs are of clients that hold old credentials.
const mostFailedRefreshes = 0.01

// refreshes returns what is doubtful about how clients kept their credentials, by arm. Episodes
// take secrets back on purpose: a refresh that the issuer refused is no failure there.
func refreshes(taken []bench.Slice) []finding {
	var out []finding
	for _, g := range byArm(taken) {
		var sum bench.Refreshes
		for _, s := range g.slices {
			if r := s.Refreshes; r != nil {
				sum.Done, sum.Failed, sum.Late = sum.Done+r.Done, sum.Failed+r.Failed+r.Refused, sum.Late+r.Late
			}
		}
		for _, d := range doubtsOf(sum) {
			out = append(out, g.finding(d.code, bench.Suspicious, d.share, d.text))
		}
	}
	return out
}

// doubt is what is doubtful about refreshes, and of which share of them.
type doubt struct {
	code, text string
	share      float64
}

func doubtsOf(r bench.Refreshes) (out []doubt) {
	tried := r.Done + r.Failed
	if r.Late > 0 {
		out = append(out, doubt{CodeLateRefreshes, fmt.Sprintf(
			"%d of its clients' refreshes began only after the credential had expired, because the harness was late: what was refused meanwhile says nothing of the server; stop what else runs here, or give the method a longer lifetime", r.Late),
			float64(r.Late) / float64(max(1, tried))})
	}
	if failed := float64(r.Failed) / float64(max(1, tried)); failed > mostFailedRefreshes {
		out = append(out, doubt{CodeFailedRefresh, fmt.Sprintf(
			"%s of its clients' refreshes failed: they went on with what they held until that expired, and were then refused; look at what the issuer does", unit.About(failed)), failed})
	}
	return out
}
