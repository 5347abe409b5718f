package limit

import (
	"slices"
	"strconv"
	"strings"

	"authbench/bench"
)

// Answers count what became of requests.
type Answers struct {
	// Requests counts those that ended, with an answer or without.
	Requests int64 `json:"requests"`
	// Right counts by class the answers with a status that the class must get.
	Right map[bench.Class]int64 `json:"right"`
	// Statuses counts answers by class and status, Errors requests without an answer
	// by kind.
	Statuses map[bench.Class]map[int]int64 `json:"statuses"`
	Errors   map[string]int64              `json:"errors"`
	// Malformed counts the malformed answers among the errors by what was wrong with them.
	// Unsolicited counts connections that were dropped because of bytes that no request had
	// asked for.
	Malformed   map[string]int64 `json:"malformed,omitempty"`
	Unsolicited int64            `json:"unsolicited,omitempty"`
}

// NewAnswers returns empty counts.
func NewAnswers() *Answers {
	return &Answers{Right: map[bench.Class]int64{}, Statuses: map[bench.Class]map[int]int64{}, Errors: map[string]int64{}, Malformed: map[string]int64{}}
}

// Add adds a slice, of which expected says what each class must get.
func (a *Answers) Add(s bench.Slice, expected func(bench.Class, int) bool) {
	a.Requests += s.Completed
	for kind, n := range s.Errors {
		a.Requests += n
		a.Errors[kind] += n
	}
	for reason, n := range s.Malformed {
		a.Malformed[reason] += n
	}
	a.Unsolicited += s.Unsolicited
	for class, counts := range s.Statuses {
		if a.Statuses[class] == nil {
			a.Statuses[class] = map[int]int64{}
		}
		for status, n := range counts {
			a.Statuses[class][status] += n
			if expected(class, status) {
				a.Right[class] += n
			}
		}
	}
}

// Success is the share of the requests that were answered as expected; ok is false without
// requests.
func (a *Answers) Success() (share float64, ok bool) {
	var right int64
	for _, n := range a.Right {
		right += n
	}
	return float64(right) / float64(a.Requests), a.Requests > 0
}

// Totals are the counts over all classes by metric; none where nothing was counted.
func (a *Answers) Totals() map[string]float64 {
	out := map[string]float64{}
	if a == nil {
		return out
	}
	for _, name := range []string{"requests", "errors", "success"} {
		if v, ok := a.value(name, ""); ok {
			out[name] = v
		}
	}
	return out
}

// value returns a counted metric, of one class if class is not ""; false if nothing was
// counted.
func (a *Answers) value(metric string, class bench.Class) (float64, bool) {
	status, isStatus := strings.CutPrefix(metric, "status_")
	kind, isKind := strings.CutPrefix(metric, "errors_")
	switch {
	case isStatus:
		return float64(a.answers(class, func(s int) bool { return matches(status, s) })), true
	case isKind:
		return float64(a.Errors[kind]), true
	case metric == "requests":
		return float64(a.Requests), true
	case metric == "unsolicited":
		return float64(a.Unsolicited), true
	case metric == "errors":
		var n int64
		for _, of := range a.Errors {
			n += of
		}
		return float64(n), true
	case class != "":
		all := a.answers(class, func(int) bool { return true })
		return float64(a.Right[class]) / float64(all), all > 0
	}
	return a.Success()
}

// answers counts those of a class, or of all, with some statuses.
func (a *Answers) answers(class bench.Class, with func(int) bool) int64 {
	var n int64
	for of, counts := range a.Statuses {
		for status, count := range counts {
			if (class == "" || class == of) && with(status) {
				n += count
			}
		}
	}
	return n
}

// matches reports whether a status is the one of a metric, or in its class: "5xx".
func matches(pattern string, status int) bool {
	text := strconv.Itoa(status)
	return text == pattern || strings.HasSuffix(pattern, "xx") && text[0] == pattern[0]
}

// Breakdown lists statuses and errors, the most frequent first: "500 ×200, timeout ×3". It lists
// malformed answers by what was wrong with them.
func (a *Answers) Breakdown() string {
	type part struct {
		text string
		n    int64
	}
	all := map[string]int64{}
	for _, counts := range a.Statuses {
		for status, n := range counts {
			all[strconv.Itoa(status)] += n
		}
	}
	for kind, n := range a.Errors {
		if kind != "malformed" || len(a.Malformed) == 0 {
			all[kind] += n
		}
	}
	for reason, n := range a.Malformed {
		all["malformed: "+reason] += n
	}
	var parts []part
	for text, n := range all {
		parts = append(parts, part{text, n})
	}
	slices.SortFunc(parts, func(x, y part) int {
		if x.n != y.n {
			return int(min(max(y.n-x.n, -1), 1))
		}
		return strings.Compare(x.text, y.text)
	})
	var words []string
	for _, p := range parts {
		words = append(words, p.text+" ×"+strconv.FormatInt(p.n, 10))
	}
	return strings.Join(words, ", ")
}
