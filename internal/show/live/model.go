package live

import (
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"authbench/bench"
	"authbench/internal/judge/analysis"
	"authbench/internal/result/validity"
)

// Progress is an event of the runner, with an estimate of the time to go.
type Progress struct {
	bench.Progress
	Left time.Duration
}

// Interim is what the launches so far say; before the first is whole, its rounds.
type Interim struct {
	*analysis.Analysis
	// Noise is the machine's in the launch that ended last.
	Noise bench.Noise
}

// Model is what is shown. It changes by messages only.
type Model struct {
	pen
	scenario      bench.Scenario
	width, height int // of the terminal; 0 until they are known
	at            Progress
	interim       *Interim // nil until a round has ended
	warnings      []bench.Warning
}

var _ tea.Model = Model{}

// NewModel shows a run of s, with colours or without.
func NewModel(s bench.Scenario, color bool) Model { return Model{scenario: s, pen: pen{color}} }

// Init implements [tea.Model]: nothing happens unless it is told.
func (Model) Init() tea.Cmd { return nil }

// Update implements [tea.Model].
func (m Model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.width, m.height = msg.Width, msg.Height
	case Progress:
		m.at = msg
		m.warnings = mergeWarnings(m.warnings, msg.Warnings)
	case Interim:
		m.interim = &msg
		// The analysis has these warnings, too, and merges similar ones.
		m.warnings = mergeWarnings(nil, msg.Summary.Warnings)
	}
	return m, nil
}

// mergeWarnings adds those of more that matter during a run. Informative ones wait for the report, except
// that the machine drifts.
func mergeWarnings(warnings, more []bench.Warning) []bench.Warning {
	warnings = slices.Clone(warnings)
	for _, w := range more {
		if w.Level != bench.Info || w.Code == validity.CodeMachineDrift {
			warnings = append(warnings, w)
		}
	}
	return warnings
}

// View implements [tea.Model].
func (m Model) View() tea.View { return viewOf(m.frame()) }

// viewOf shows a frame. The cursor stays visible, because a program that is killed cannot show it
// again. It stands below the frame, where typed text does no harm.
func viewOf(lines []string) tea.View {
	return tea.View{Content: strings.Join(lines, "\n"), AltScreen: true, DisableBracketedPasteMode: true, Cursor: tea.NewCursor(0, len(lines))}
}
