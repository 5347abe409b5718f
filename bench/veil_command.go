package bench

import (
	"regexp"
	"slices"
	"strings"
)

// commandFlags take a command, settingFlag an override of the scenario: what they are
// given may hold secrets.
var commandFlags = []string{"--base", "--head", "--build"}

const settingFlag = "--set"

// commandLine returns a command line of this program that may be shown to everybody.
func (v *Veil) commandLine(args []string) []string {
	out := slices.Clone(args)
	flag := "" // the one that the next word belongs to
	for i, word := range out {
		name, value, joined := strings.Cut(word, "=")
		switch {
		case flag != "":
			out[i], flag = v.flagValue(flag, word), ""
		case !isHiding(name):
			out[i] = Redact(word)
		case joined:
			out[i] = name + "=" + v.flagValue(name, value)
		default:
			flag = name
		}
	}
	return out
}

func isHiding(flag string) bool { return flag == settingFlag || slices.Contains(commandFlags, flag) }

func (v *Veil) flagValue(flag, value string) string {
	if flag == settingFlag {
		return v.setting(value)
	}
	return v.Command(value)
}

// Command returns a command in one text with its arguments hidden.
func (v *Veil) Command(text string) string {
	program, arguments, several := strings.Cut(strings.TrimSpace(text), " ")
	if !several {
		return Redact(program)
	}
	for _, word := range strings.Fields(arguments) {
		if word = strings.Trim(word, `'"`); isTelling(word) {
			v.learn(word) // a program that fails quotes its words one by one
		}
	}
	return Redact(program) + " " + v.Hide(arguments)
}

// askingRule matches the path of a value of a request or of a user's server, openRule
// those of such values that are no secret.
var (
	askingRule = regexp.MustCompile(`(^|\.)(request|target)(\.|$)`)
	openRule   = regexp.MustCompile(`\.(request\.method|ready\.timeout|public)$`)
)

// setting returns an override with its value hidden, if that may be of a request or of
// a server's command: by its path, or because it is a mapping, which may hold one.
func (v *Veil) setting(expression string) string {
	path, value, _ := strings.Cut(expression, "=")
	asks := askingRule.MatchString(path) && !openRule.MatchString(path)
	if asks || strings.ContainsAny(value, "{\n") || strings.Contains(value, ": ") {
		return path + "=" + v.Hide(value)
	}
	return path + "=" + v.userless(value)
}
