package report

import (
	"fmt"

	"authbench/internal/judge/analysis"
	"authbench/internal/text/unit"
)

// keySets says how often servers fetched their keys, how many fetches failed, and what happened
// when the issuer replaced its key; "" if no server fetches keys.
func keySets(s *analysis.Summary) string {
	var rates, failures, replaced []string
	for _, a := range s.Arms {
		rate, fetches := a.Metrics[fetchesMetric.name]
		if !fetches || a.Status != analysis.ArmOK {
			continue
		}
		rates = append(rates, noBreak(fetchesMetric.print(rate.Value))+" by "+a.Name)
		if n := a.Metrics[failedMetric.name].Value; n > 0 {
			failures = append(failures, unit.Count(int64(n))+" of "+a.Name)
		}
		if text := replacement(a); text != "" {
			replaced = append(replaced, text)
		}
	}
	switch {
	case len(rates) == 0:
		return ""
	case len(rates) > mostNamed:
		return "How often servers fetched their keys is in the details of each arm."
	}
	text := "The key set was fetched " + list(rates) + ", the fetches with which each launch begins included"
	if len(failures) == 0 {
		text += "; no fetch failed."
	} else {
		text += "; fetches failed: " + list(failures) + "."
	}
	for _, r := range replaced {
		text += " " + r
	}
	return text
}

// replacement says how the replacements of an arm's key went, "" if there were none.
func replacement(a analysis.Arm) string {
	n, ok := a.Metrics[replacements.name]
	if !ok {
		return ""
	}
	var requests, failed int64
	for _, l := range a.Loads {
		requests, failed = requests+l.Requests, failed+l.Failures
	}
	text := fmt.Sprintf("The issuer of %s replaced its key in %s: ", a.Name, plural(int(n.Value), "launch", "launches"))
	if failed == 0 {
		text += "no request failed"
	} else {
		text += unit.Count(failed) + " of " + plural64(requests, "request", "requests") + " failed"
	}
	learned, ok := a.Metrics[learnedMetric.name]
	if !ok {
		return text + ", and not every time did the server fetch the new one."
	}
	return text + ", and the server had the new one " + noBreak(learnedMetric.print(learned.Value)) + " after its publication at the latest."
}
