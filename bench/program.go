package bench

import (
	"fmt"
	"slices"
	"strings"
)

// OtherProgram warns if the baseline is another program than an arm that is compared with
// it, as far as a scenario tells: the difference between two programs is not the price of
// authentication. ok says that there is such an arm.
func (s Scenario) OtherProgram() (w Warning, ok bool) {
	at := slices.IndexFunc(s.Arms, func(a Arm) bool { return a.Name == s.Baseline })
	if at < 0 {
		return Warning{}, false
	}
	var others []string
	for _, a := range s.Arms {
		if !sameProgram(a.Target, s.Arms[at].Target) {
			others = append(others, a.Name)
		}
	}
	if len(others) == 0 {
		return Warning{}, false
	}
	const few = 3
	named := strings.Join(others[:min(few, len(others))], ", ")
	if rest := len(others) - few; rest > 0 {
		named += fmt.Sprintf(" and %d more", rest)
	}
	return Warning{Code: WarnOtherProgram, Level: Suspicious, Text: fmt.Sprintf(
		"the baseline %s is another program than %s, so that what lies between them is not the price of authentication alone; give the baseline the same server, with method none", s.Baseline, named)}, true
}

// sameProgram reports whether two targets are one program, as far as can be told: of two
// servers that run already, nothing can.
func sameProgram(a, b *Target) bool {
	switch {
	case a == nil || b == nil:
		return a == b
	case a.URL != "" || b.URL != "":
		return a.URL != "" && b.URL != ""
	}
	return slices.Equal(programWords(a.Command), programWords(b.Command))
}

// programWords are the words of a command that name its program, the script that an
// interpreter runs included: those before its first option, without settings, places and
// numbers, of which a server without authentication may have others.
func programWords(command []string) []string {
	var out []string
	for i, word := range command {
		if i > 0 && strings.HasPrefix(word, "-") {
			break
		}
		if i == 0 || !strings.ContainsAny(word, "={") && strings.Trim(word, "0123456789") != "" {
			out = append(out, word)
		}
	}
	return out
}
