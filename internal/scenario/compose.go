package scenario

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

const (
	// maxBytes bounds a scenario. The longest that a person would write has some hundred
	// lines.
	maxBytes = 1 << 20
	// maxDepth bounds the nesting. A scenario has six levels.
	maxDepth = 32
)

// depthLimit makes the YAML parser refuse text that is nested deeper than any scenario, before
// it builds the tree.
type depthLimit struct{}

// CheckDepth implements [yaml.LoaderLimitsPlugin].
func (depthLimit) CheckDepth(depth int, _ *yaml.DepthContext) error {
	if depth > maxDepth {
		return fmt.Errorf("nested more than %d levels deep", maxDepth)
	}
	return nil
}

// CheckAlias implements [yaml.LoaderLimitsPlugin]. The decoder refuses every
// alias; none is ever expanded.
func (depthLimit) CheckAlias(int, int) error { return nil }

// compose parses the text of src into its root node.
func compose(src *source) (*yaml.Node, *problem) {
	if p := unreadable(src); p != nil {
		return nil, p
	}
	loader, err := yaml.NewLoader(strings.NewReader(src.text), yaml.WithPlugin(depthLimit{}))
	if err != nil {
		return nil, syntaxProblem(src, err)
	}
	var document, second yaml.Node
	switch err := loader.Load(&document); {
	case errors.Is(err, io.EOF), err == nil && isEmpty(&document):
		return nil, &problem{place{src, 1, 1}.clamp(), "the scenario is empty", "write at least 'baseline:' and 'arms:'; scenarios/quick.yaml is an example"}
	case err != nil:
		return nil, syntaxProblem(src, err)
	}
	switch err := loader.Load(&second); {
	case errors.Is(err, io.EOF):
		return document.Content[0], nil
	case err != nil:
		return nil, syntaxProblem(src, err)
	}
	return nil, &problem{place{src, second.Line, second.Column}.clamp(), "a second document begins here", "keep one scenario per file: remove the line '---' and what follows"}
}

// isEmpty reports whether a document holds nothing but comments.
func isEmpty(document *yaml.Node) bool {
	return len(document.Content) == 0 || isNull(document.Content[0])
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" }

// unreadable finds what the YAML library refuses without saying where: too much
// text, bytes that are not UTF-8, control characters.
func unreadable(src *source) *problem {
	if len(src.text) > maxBytes {
		return &problem{place{src, 1, 1}, fmt.Sprintf("larger than %d KiB", maxBytes>>10), "this is not a scenario"}
	}
	for i, line := range src.lines {
		column := 0
		for at, r := range line {
			column++
			here := place{src, i + 1, column}
			if r == utf8.RuneError && !strings.HasPrefix(line[at:], "\ufffd") {
				return &problem{here, "this byte is not UTF-8", "save the file as UTF-8"}
			}
			// YAML 1.2.2 §5.1, without the line breaks, which were removed before.
			if r < ' ' && r != '\t' || r >= 0x7f && r <= 0x9f || r == 0xfeff || r == 0xfffe || r == 0xffff {
				return &problem{here, fmt.Sprintf("control character %U", r), "remove it"}
			}
		}
	}
	return nil
}

// syntaxRemedies says what to do about the parser's messages, by a part of each.
var syntaxRemedies = []struct{ part, remedy string }{
	{"mapping values are not allowed", "put text that contains ': ' in quotes, or check the indentation"},
	{"did not find expected key", "start the entries of a mapping in the same column"},
	{"did not find expected '-' indicator", "start the entries of a list in the same column, each with '- '"},
	{"could not find expected ':'", "write key: value"},
	{"unexpected end of stream", "close the quotation mark"},
	{"levels deep", "a scenario has no use for that"},
	{"flow", "close every bracket that is opened, and separate entries by commas"},
	{"unknown anchor", "write the value out: anchors and aliases are not supported"},
	{"cannot start any token", "put the text in quotes"},
}

// syntaxProblem places an error of the YAML library.
func syntaxProblem(src *source, err error) *problem {
	src.addSecretsOfUnparsed()
	var load *yaml.LoadError
	if !errors.As(err, &load) {
		return &problem{place{src, 1, 1}, err.Error(), "write YAML"}
	}
	mark, text := load.Mark, load.Message
	if load.ContextMsg != "" {
		text = load.ContextMsg + ": " + text
		// The scanner notices too late, often at the end of the text, and
		// knows where it began.
		if load.Stage == yaml.ScannerStage && load.ContextMark.Line > 0 {
			mark = load.ContextMark
		}
	}
	end := place{src, load.Mark.Line, load.Mark.Column}.clamp()
	if tab := strings.IndexByte(indentation(src.lines[end.line-1]), '\t'); tab >= 0 && load.Stage == yaml.ScannerStage {
		return &problem{place{src, end.line, tab + 1}, "a tab in the indentation", "indent by spaces"}
	}
	p := &problem{place{src, mark.Line, mark.Column}.clamp(), text, "this is not YAML as it stands"}
	for _, s := range syntaxRemedies {
		if strings.Contains(text, s.part) {
			p.remedy = s.remedy
			break
		}
	}
	return p
}

// indentation returns the blanks that a line begins with.
func indentation(line string) string { return line[:len(line)-len(strings.TrimLeft(line, " \t"))] }
