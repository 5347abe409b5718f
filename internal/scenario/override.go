package scenario

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"authbench/bench"
)

// overrideRule splits "loads[open].rate=2000" into its path and its value.
var overrideRule = regexp.MustCompile(`(?s)^([A-Za-z0-9_-]+(?:\[[A-Za-z0-9_.-]+\]|\.[A-Za-z0-9_-]+)*)=(.*)$`)

// secretPath matches the path of what is said to a server; see [tree.hideSecrets].
var secretPath = regexp.MustCompile(`\.(request\.(headers|body|path)|target\.command)`)

// stepRule matches one step of a path: a key, or an index or name in brackets.
var stepRule = regexp.MustCompile(`\[[^\]]*\]|[^.\[\]]+`)

// step leads from a node to one below it: the value of a key, or a list's entry.
type step struct {
	name    string
	isEntry bool
	place   place
}

// change applies all overrides.
func (t *tree) change(c Changes) problems {
	var found problems
	var sources []*source
	if c.Full {
		_, list := child(t.root, "full")
		if list == nil || list.Kind != yaml.SequenceNode || len(list.Content) == 0 {
			return problems{{place{t.file, 1, 1}, "the scenario has no full size", "leave --full out, or write overrides under full, such as full: [launches=30]"}}
		}
		for _, n := range list.Content {
			sources = append(sources, newSource("full", len(sources)+1, n.Value))
		}
	}
	for _, expression := range c.Set {
		sources = append(sources, newSource("--set", len(sources)+1, expression))
	}
	for _, src := range sources {
		if p := t.override(src); p != nil {
			found = append(found, *p)
		}
	}
	return found
}

// override replaces or adds a value, for an expression such as "launches=3",
// "arms[1].method.alg=EdDSA" or "loads[open].rate=2000". The value is YAML; a list's entry is
// given by its index from 0 or by its name. After a problem the tree is unchanged.
func (t *tree) override(src *source) *problem {
	parts := overrideRule.FindStringSubmatch(src.text)
	if parts == nil {
		if at := strings.IndexAny(src.text, "=:"); at >= 0 {
			src.addSecret(src.text[at+1:])
		}
		return &problem{place{src, 1, 1}, "this is not an override", "write path=value, such as launches=3, arms[1].method.alg=EdDSA or loads[open].rate=2000"}
	}
	path, text := parts[1], parts[2]
	if strings.TrimSpace(text) == "" {
		return &problem{place{src, 1, len(path) + 2}.clamp(), "the override has no value", "write one after the '='"}
	}
	src.text = strings.Repeat(" ", len(path)+1) + text
	if secretPath.MatchString(path) {
		src.addSecret(text)
	}
	value, p := compose(src)
	if p != nil {
		return p
	}
	t.adopt(value, src)

	var steps []step
	for _, at := range stepRule.FindAllStringIndex(path, -1) {
		name, isEntry := strings.CutPrefix(path[at[0]:at[1]], "[")
		steps = append(steps, step{strings.TrimSuffix(name, "]"), isEntry, place{src, 1, at[0] + 1}})
	}
	root, p := t.assign(t.root, steps, value)
	if p == nil {
		t.root = root
	}
	return p
}

// adopt notes that n and everything in it come from src.
func (t *tree) adopt(n *yaml.Node, src *source) {
	t.overridden[n] = src
	for _, c := range n.Content {
		t.adopt(c, src)
	}
}

// assign returns n with the value at the end of steps replaced. n is nil for a node that the
// file does not have.
func (t *tree) assign(n *yaml.Node, steps []step, value *yaml.Node) (*yaml.Node, *problem) {
	if len(steps) == 0 {
		return value, nil
	}
	if steps[0].isEntry {
		return t.assignEntry(n, steps, value)
	}
	return t.assignKey(n, steps, value)
}

// assignKey continues below a key of the mapping n. It adds a missing key or mapping.
func (t *tree) assignKey(n *yaml.Node, steps []step, value *yaml.Node) (*yaml.Node, *problem) {
	key := steps[0]
	if n == nil {
		n = t.setPlace(&yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}, key.place)
	}
	if n.Kind != yaml.MappingNode {
		return nil, &problem{key.place, fmt.Sprintf("%q is not reached: what stands before it is %s, not a mapping", key.name, describe(n)), "check the path"}
	}
	_, old := child(n, key.name)
	below, p := t.assign(old, steps[1:], value)
	if p != nil {
		return nil, p
	}
	for i := 1; i < len(n.Content); i += 2 {
		if n.Content[i] == old {
			n.Content[i] = below
			return n, nil
		}
	}
	added := t.setPlace(&yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: key.name}, key.place)
	n.Content = append(n.Content, added, below)
	return n, nil
}

// setPlace gives a node that an override adds its position.
func (t *tree) setPlace(n *yaml.Node, at place) *yaml.Node {
	n.Line, n.Column = at.line, at.column
	t.adopt(n, at.src)
	return n
}

// assignEntry continues below an entry of the list n.
func (t *tree) assignEntry(n *yaml.Node, steps []step, value *yaml.Node) (*yaml.Node, *problem) {
	if n == nil || n.Kind != yaml.SequenceNode {
		return nil, &problem{steps[0].place, "there is no such list in " + t.file.name, "only a list that the file spells out can be changed entry by entry"}
	}
	i, p := entryIndex(n, steps[0])
	if p != nil {
		return nil, p
	}
	below, p := t.assign(n.Content[i], steps[1:], value)
	if p == nil {
		n.Content[i] = below
	}
	return n, p
}

// entryIndex finds the entry of a list by its index or its name.
func entryIndex(list *yaml.Node, entry step) (int, *problem) {
	if i, err := strconv.Atoi(entry.name); err == nil {
		if i >= 0 && i < len(list.Content) {
			return i, nil
		}
		return 0, &problem{entry.place, fmt.Sprintf("there is no entry %d", i), fmt.Sprintf("the list has %d, counted from 0", len(list.Content))}
	}
	var names []string
	for i, c := range list.Content {
		_, name := child(c, "name")
		switch {
		case name == nil:
		case name.Value == entry.name:
			return i, nil
		default:
			names = append(names, name.Value)
		}
	}
	return 0, &problem{entry.place, fmt.Sprintf("there is no entry named %q", entry.name), bench.DidYouMean(entry.name, names)}
}
