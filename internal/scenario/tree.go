package scenario

import "go.yaml.in/yaml/v4"

// tree is a parsed scenario: its nodes, and where each was written.
type tree struct {
	file *source
	root *yaml.Node
	// overridden holds the nodes of overrides; all others come from the file.
	overridden map[*yaml.Node]*source
}

// place returns where n was written.
func (t *tree) place(n *yaml.Node) place {
	src := t.file
	if s, ok := t.overridden[n]; ok {
		src = s
	}
	return place{src, n.Line, n.Column}.clamp()
}

// locate returns the place of the value at path, or of its key. If the path does not exist, it
// returns the place of the nearest value around it.
func (t *tree) locate(path []any, atKey bool) place {
	at, key := t.root, t.root
	for _, step := range path {
		k, v := child(at, step)
		if v == nil {
			return t.place(at)
		}
		at, key = v, k
	}
	if atKey {
		return t.place(key)
	}
	return t.place(at)
}

// child returns the value in n under a key or at an index, and the node of the key; for a list
// that is the value itself. Both are nil if there is none.
func child(n *yaml.Node, step any) (key, value *yaml.Node) {
	switch s := step.(type) {
	case string:
		if n.Kind == yaml.MappingNode {
			for k, v := range pairs(n) {
				if k.Value == s {
					return k, v
				}
			}
		}
	case int:
		if n.Kind == yaml.SequenceNode && s < len(n.Content) {
			return n.Content[s], n.Content[s]
		}
	}
	return nil, nil
}
