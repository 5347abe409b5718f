package scenario

import (
	"slices"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"

	"authbench/bench"
)

// asking are the keys below which an arm says something to a server that a problem must
// not show, whatever is misspelt there; open those below them that are no secret.
var (
	asking = []string{"request", "target"}
	open   = []string{"method", "ready", "url", "public"}
)

// shortestSecret is from how many bytes on a value is hidden: "GET" and "1" are parts
// of other words, and no secrets.
const shortestSecret = 4

// hide notes as secrets of their sources what the arms below n say to servers.
func (t *tree) hide(n *yaml.Node, asks bool) {
	if n.Kind == yaml.ScalarNode && asks {
		src := t.place(n).src
		value := n.Value
		if strings.HasPrefix(value, "/") { // of a path, its query
			_, value, _ = strings.Cut(value, "?")
		}
		src.keep(value)
		return
	}
	if n.Kind != yaml.MappingNode {
		for _, c := range n.Content {
			t.hide(c, asks)
		}
		return
	}
	for key, value := range pairs(n) {
		if key.Value == "command" && value.Kind == yaml.SequenceNode && len(value.Content) > 0 {
			value = &yaml.Node{Kind: yaml.SequenceNode, Content: value.Content[1:]} // the program is none
		}
		t.hide(value, (asks || slices.Contains(asking, key.Value)) && !slices.Contains(open, key.Value))
	}
}

// keep makes a value, and each of its lines as it is written, a secret.
func (s *source) keep(value string) {
	for line := range strings.Lines(value) {
		if line = strings.TrimSpace(line); len(line) >= shortestSecret && line != "{port}" && line != "{program}" {
			quoted := strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(line)
			s.secrets = append(s.secrets, line, quoted, strings.ReplaceAll(line, "'", "''"), clip(line))
		}
	}
}

// shown returns a text of this source without its secrets and without the users of
// URLs. What is hidden keeps its width: the caret stands where it stood.
func (s *source) shown(text string) string {
	for _, secret := range s.secrets {
		text = strings.ReplaceAll(text, secret, strings.Repeat("x", utf8.RuneCountInString(secret)))
	}
	return bench.Redact(text)
}
