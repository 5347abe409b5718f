package advice

import (
	"path"
	"slices"
	"strings"

	"authbench/internal/judge/analysis"
	"authbench/internal/text/usertext"
)

// scenarioOf is the scenario's name or path on the command line of the run.
func scenarioOf(s *analysis.Summary) string {
	for i, word := range s.Command {
		base := strings.TrimSuffix(path.Base(word), path.Ext(word))
		// The result's directory may have the same name.
		if base == s.Scenario && i > 0 && s.Command[i-1] != "--out" && !strings.HasPrefix(word, "-") {
			return word
		}
	}
	return s.Scenario
}

// veiledPrefix is the prefix of a secret value's digest in a result; see [bench.Veil].
const veiledPrefix = "hidden:"

// rerunCommand is the command that measures a result's scenario again, with the same arms and
// overrides except those that are changed. changes are flags and their values, alternating.
func rerunCommand(s *analysis.Summary, changes ...string) string {
	words := []string{"authbench", "run", scenarioOf(s)}
	for i := 0; i < len(s.Command); i++ {
		flag, value, joined := strings.Cut(s.Command[i], "=")
		if !slices.Contains([]string{"--set", "--arms", "--launches"}, flag) {
			continue
		}
		if !joined {
			if i++; i == len(s.Command) {
				break
			}
			value = s.Command[i]
		}
		if !strings.Contains(value, veiledPrefix) && !changed(changes, flag, value) {
			words = append(words, flag, value)
		}
	}
	return usertext.CommandLine(append(words, changes...))
}

// changed reports whether changes replace what a flag said.
func changed(changes []string, flag, value string) bool {
	key := func(flag, value string) string {
		if flag != "--set" {
			return flag
		}
		path, _, _ := strings.Cut(value, "=")
		return path
	}
	for i := 0; i+1 < len(changes); i += 2 {
		if key(changes[i], changes[i+1]) == key(flag, value) {
			return true
		}
	}
	return false
}
