package bench

import (
	"regexp"
	"slices"
)

// passwordRule finds the password of a URL: after "://", a user's name, which may be
// missing, and a colon, up to the last "@" of the word. Passwords should be escaped;
// those that are not have "/" and "@" in them.
var passwordRule = regexp.MustCompile(`(://[^\s:/@?#]*):\S*@`)

// settingRule finds a password among the settings at the end of a URL.
var settingRule = regexp.MustCompile(`(?i)([?&][a-z_]*pass[a-z_]*)=[^\s&"']*`)

// Redact returns a text without the passwords of the URLs in it, and rather takes
// something for one that is none.
func Redact(text string) string {
	text = passwordRule.ReplaceAllString(text, "$1:xxxxx@")
	return settingRule.ReplaceAllString(text, "$1=xxxxx")
}

// Public returns a copy of s that may be shown to everybody: without the passwords
// of URLs among its methods' parameters.
func (s Scenario) Public() Scenario {
	s.Arms = slices.Clone(s.Arms)
	for i := range s.Arms {
		params := Params{}
		for name, value := range s.Arms[i].Method.Params {
			if text, ok := value.(string); ok {
				value = Redact(text)
			}
			params[name] = value
		}
		s.Arms[i].Method.Params = params
	}
	return s
}
