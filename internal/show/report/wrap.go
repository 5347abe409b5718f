package report

import "strings"

// Wrapped breaks lines that are wider than a terminal at their blanks. What goes on stands two
// columns farther in than its line begins. A word that is too wide stays whole.
func Wrapped(text string, width int) string {
	var out strings.Builder
	for line := range strings.Lines(text) {
		indent := strings.Repeat(" ", len(line)-len(strings.TrimLeft(line, " "))+2)
		for {
			at := breakAt(line, len(indent), width)
			if at < 0 {
				break
			}
			out.WriteString(strings.TrimRight(line[:at], " ") + "\n")
			line = indent + strings.TrimLeft(line[at:], " ")
		}
		out.WriteString(line)
	}
	return out.String()
}

// breakAt is the last blank behind from at which a line may break so that its beginning fits; where
// none does, the first. It is below 0 for a line that fits or has no blank.
func breakAt(line string, from, width int) int {
	line = strings.TrimRight(line, " \n")
	if displayWidth(line) <= width {
		return -1
	}
	found := -1
	for i, r := range line {
		if r != ' ' || i < from {
			continue
		}
		if found >= 0 && displayWidth(line[:i]) > width {
			break
		}
		found = i
	}
	return found
}
