package scenario

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"

	"authbench/bench"
)

// asking are the keys below which an arm says something to a server that a problem must
// not show, whatever is misspelt there; open those below them that are no secret.
var (
	secretKeys = []string{"request", "target"}
	publicKeys = []string{"method", "ready", "public"}
)

// shortestSecret is from how many bytes on a value is hidden: "GET" and "1" are parts
// of other words, and no secrets.
const shortestSecret = 4

// hideSecrets notes as secrets of their sources what the arms below n say to servers.
func (t *tree) hideSecrets(n *yaml.Node, asks bool) {
	t.place(n).src.addSecret(strings.TrimLeft(n.LineComment, "# "))
	if n.Kind == yaml.ScalarNode && asks {
		t.place(n).src.addSecretsOf(n.Value)
		return
	}
	if n.Kind != yaml.MappingNode {
		for _, c := range n.Content {
			t.hideSecrets(c, asks)
		}
		return
	}
	for key, value := range pairs(n) {
		if asks && strings.ContainsAny(key.Value, ":= ") { // a header with its value
			t.place(key).src.addSecret(key.Value)
		}
		if key.Value == "command" && value.Kind == yaml.SequenceNode && len(value.Content) > 0 {
			value = &yaml.Node{Kind: yaml.SequenceNode, Content: value.Content[1:]} // the program is none
		}
		t.hideSecrets(value, (asks || slices.Contains(secretKeys, key.Value)) && !slices.Contains(publicKeys, key.Value))
	}
}

// addSecretsOf keeps a value, but for what is no secret in it: of a path what stands before
// its query or fragment, of a URL the address.
func (s *source) addSecretsOf(value string) {
	rest, isURL := value, false
	if at := strings.Index(value, "://"); at >= 0 {
		rest, isURL = value[at+len("://"):], true
		if end := userEnd.FindAllStringIndex(rest, -1); end != nil {
			s.addSecret(rest[:end[len(end)-1][0]])
		}
	}
	if at := strings.IndexAny(rest, "?#"); at >= 0 && (isURL || strings.HasPrefix(rest, "/")) {
		s.addSecret(rest[at+1:])
	} else if !isURL && !strings.HasPrefix(rest, "/") {
		s.addSecret(value)
	}
}

// userEnd matches what ends the user of a URL, misspelt or not.
var userEnd = regexp.MustCompile(`@|%40`)

// secretKey matches a key below which a text that is no YAML says something to a server,
// and plainWord what is no secret there.
var (
	secretKey = regexp.MustCompile(`\b(request|target) *:`)
	plainWord = regexp.MustCompile(`^(headers|path|body|method|command|ready|http|timeout|public|url):$`)
)

// addSecretsOfUnparsed keeps what a text that cannot be parsed seems to say to servers: each word
// behind such a key, and in the lines below that are further to the right.
func (s *source) addSecretsOfUnparsed() {
	below := -1 // how far the line of the key is indented
	for _, line := range s.lines {
		at, said := len(strings.ReplaceAll(indentation(line), "\t", "        ")), line
		if below < 0 || at <= below && strings.TrimSpace(line) != "" {
			found := secretKey.FindStringIndex(line)
			if below = -1; found == nil {
				continue
			}
			below, said = at, line[found[1]:]
		}
		for _, word := range strings.FieldsFunc(said, func(r rune) bool { return strings.ContainsRune(" \t{}[],'\"*&#", r) }) {
			if !plainWord.MatchString(word) {
				s.addSecret(strings.TrimSuffix(word, ":"))
			}
		}
	}
}

// addSecret makes a value, and each of its lines as it is written, a secret.
func (s *source) addSecret(value string) {
	for line := range strings.Lines(value) {
		if line = strings.TrimSpace(line); len(line) >= shortestSecret && line != "{port}" && line != "{program}" {
			quoted := strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(line)
			s.secrets = append(s.secrets, line, quoted, strings.ReplaceAll(line, "'", "''"), clip(line))
		}
	}
}

// redacted returns a text of this source without its secrets and without the users of
// URLs. What is hidden keeps its width: the caret stands where it stood.
func (s *source) redacted(text string) string {
	for _, secret := range s.secrets {
		text = strings.ReplaceAll(text, secret, strings.Repeat("x", utf8.RuneCountInString(secret)))
	}
	return bench.Redact(text)
}
