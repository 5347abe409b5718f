package live

import (
	"image/color"

	"charm.land/lipgloss/v2"

	"authbench/bench"
)

// pen writes with colours, or without.
type pen struct{ color bool }

// accent is the colour of what moves.
var accent color.Color = lipgloss.Cyan

func colorOf(l bench.Level) color.Color {
	switch l {
	case bench.Void:
		return lipgloss.Red
	case bench.Suspicious:
		return lipgloss.Yellow
	}
	return accent
}

func (p pen) paint(c color.Color, text string) string {
	return p.render(lipgloss.NewStyle().Foreground(c), text)
}
func (p pen) bold(text string) string  { return p.render(lipgloss.NewStyle().Bold(true), text) }
func (p pen) faint(text string) string { return p.render(lipgloss.NewStyle().Faint(true), text) }

func (p pen) render(s lipgloss.Style, text string) string {
	if !p.color || text == "" {
		return text
	}
	return s.Render(text)
}
