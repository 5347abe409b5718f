package bench

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Statuses are final HTTP statuses (200 to 999), in rising order, each once. Those from
// 600 on have no meaning in RFC 9110 (§15 calls them invalid); servers send them
// nevertheless, and a client reads them.
type Statuses []int

// lowestStatus is the first that ends an exchange, highestStatus the last of three digits.
const lowestStatus, highestStatus = 200, 999

// ParseStatuses reads statuses as people write them: statuses, or classes of them such
// as 2xx, with commas between ("2xx,302").
func ParseStatuses(text string) (Statuses, error) {
	var out Statuses
	for part := range strings.SplitSeq(text, ",") {
		part = strings.TrimSpace(part)
		digits, isClass := strings.CutSuffix(strings.ToLower(part), "xx")
		first, err := strconv.Atoi(digits)
		last := first
		if isClass && len(digits) == 1 {
			first, last = first*100, first*100+99
		}
		if err != nil || first < lowestStatus || last > highestStatus || digits[0] == '+' {
			return nil, fmt.Errorf("%q is no final HTTP status: write statuses from 200 to 999, or classes such as 2xx, with commas between: 2xx,302", part)
		}
		for status := first; status <= last; status++ {
			out = append(out, status)
		}
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

// String formats s as [ParseStatuses] reads it, whole classes in short.
func (s Statuses) String() string {
	var parts []string
	for i := 0; i < len(s); i++ {
		if end := i + 99; s[i]%100 == 0 && end < len(s) && s[end] == s[i]+99 {
			parts = append(parts, strconv.Itoa(s[i]/100)+"xx")
			i = end
			continue
		}
		parts = append(parts, strconv.Itoa(s[i]))
	}
	return strings.Join(parts, ",")
}
