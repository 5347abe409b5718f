package analysis

import (
	"fmt"
	"slices"
	"time"

	"authbench/bench"
	"authbench/internal/text/unit"
)

// storeWarnings warns of what went wrong with the stores and issuers that arms ask, and of what is
// not known about them.
func (s *runData) storeWarnings() []bench.Warning {
	var out []bench.Warning
	for _, info := range s.run.Header.Arms {
		if len(info.Backends) == 0 {
			continue
		}
		for _, b := range info.Backends {
			if !b.HasCPU && b.Awaited {
				out = append(out, bench.Warning{Code: codeStoreUnmetered, Level: bench.Info, Arm: info.Name, Text: fmt.Sprintf(
					"the CPU time of %s is not known: that of the arm is the server's alone", b.About)})
			}
		}
		sum := s.storeCounters(info.Name)
		if sum.Unavailable > 0 || sum.Corrupt > 0 {
			out = append(out, bench.Warning{Code: codeStoreFailed, Level: bench.Suspicious, Arm: info.Name, Text: storeFailed(looksUp(info).About, sum)})
		}
		if sum.Delays > 0 {
			out = append(out, bench.Warning{Code: codeLatencyAdded, Level: bench.Info, Arm: info.Name, Text: fmt.Sprintf(
				"%v were added to each round trip, on average, by the server itself: a timer and a wake-up per lookup are in its CPU time, which one that is far away does not cost",
				time.Duration(sum.Delay/sum.Delays).Round(time.Microsecond))})
		}
		// One in a hundred: fewer waits show in no quantile that is compared.
		if sum.Waits*100 > sum.Lookups {
			out = append(out, bench.Warning{Code: codePoolWaits, Level: bench.Info, Arm: info.Name, Text: fmt.Sprintf(
				"%s of the lookups found no connection to it free and waited for one, %v on average; more connections (pool) would let them go on",
				unit.About(float64(sum.Waits)/float64(sum.Lookups)), time.Duration(sum.Waited/sum.Waits).Round(time.Microsecond))})
		}
	}
	return out
}

// looksUp is the backend of an arm that its lookups go to: the first one for whose answers
// requests wait.
func looksUp(info bench.ArmInfo) bench.Backend {
	return info.Backends[max(0, slices.IndexFunc(info.Backends, func(b bench.Backend) bool { return b.Awaited }))]
}

// storeCounters sums up what an arm's targets counted about their store.
func (s *runData) storeCounters(arm string) bench.StoreCounters {
	var sum bench.StoreCounters
	for _, launch := range s.launches {
		for _, a := range launch.Arms {
			if a.Arm == arm && a.Counters != nil && a.Counters.Store != nil {
				sum = sum.Add(*a.Counters.Store)
			}
		}
	}
	return sum
}

func storeFailed(name string, sum bench.StoreCounters) string {
	text := fmt.Sprintf("%s did not answer %d of %d lookups", name, sum.Unavailable, sum.Lookups)
	if sum.Unavailable > 0 {
		// An outage that began in a warm-up was counted there, and its time went on.
		text += fmt.Sprintf("; it was out for %v in all, until lookups succeeded again (%d times)",
			time.Duration(sum.Outage).Round(time.Millisecond), max(1, sum.Outages))
	}
	if sum.Corrupt > 0 {
		text += fmt.Sprintf("; %d answers could not be used", sum.Corrupt)
	}
	return text + ": their requests were refused with 503"
}
