package serve

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"path"
	"slices"
	"time"

	"authbench/bench"
	"authbench/internal/judge/analysis"
	"authbench/internal/result"
	"authbench/internal/show/report"
	"authbench/internal/show/svg"
	"authbench/internal/text/usertext"
)

// view is what a page shows of a running run.
type view struct {
	Scenario, Question string
	Launches, Planned  int
	// Now says what was measured last, and Episode which episode is under way, if one is.
	Now, Episode string
	// Episodes are those that are over.
	Episodes []episodeRow
	// Provisional says that the table is of the first launch's rounds so far.
	Provisional bool
	Table       template.HTML
	Traces      []trace
	Warnings    []report.Note
	// Ended says how the run ended; empty while it goes on.
	Ended string
	Href  string // its report's address
}

// trace is an arm's median time, slice after slice.
type trace struct {
	Arm  string
	Line svg.Line
}

// watchedRun is a run that one page watches.
type watchedRun struct {
	entry    *entry
	file     *result.Follower
	running  analysis.Running
	view     view
	analysed time.Time
	took     time.Duration
	launches int // that the view's figures are from
	slices   int // that had been read by then
}

func watch(e *entry) *watchedRun {
	return &watchedRun{entry: e, file: result.NewFollower(path.Join(e.id, result.FileName))}
}

// live answers with the page of a run that goes on.
func (s *Server) live(w http.ResponseWriter, r *http.Request) {
	e, err := s.index.one(resultID(r))
	if err != nil {
		writeError(w, err)
		return
	}
	watched := watch(e)
	if err := watched.readNew(s); err != nil {
		writeError(w, err)
		return
	}
	body := struct {
		Events string
		View   view
	}{resultAddress("/events/", e.id), watched.view}
	writePage(w, "live", "Running: "+usertext.Clean(e.scenario), liveScript, body, "; connect-src 'self'")
}

// events sends the changes of a run as server-sent events: each "view" is the content of the
// page's main part, and "end" is the last event.
func (s *Server) events(w http.ResponseWriter, r *http.Request) {
	select {
	case s.watching <- struct{}{}:
		defer func() { <-s.watching }()
	default:
		http.Error(w, "too many pages watch runs: close some", http.StatusServiceUnavailable)
		return
	}
	e, err := s.index.one(resultID(r))
	if err != nil {
		http.Error(w, err.Error(), http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	stream := &stream{w: w, controller: http.NewResponseController(w)}
	if r.Method == http.MethodHead {
		return
	}
	// The only possible error is that the browser is gone; errors of the file go to the page.
	_ = stream.follow(r.Context(), watch(e), s)
}

// stream writes events.
type stream struct {
	w          http.ResponseWriter
	controller *http.ResponseController
	sent       []byte
}

func (t *stream) follow(ctx context.Context, run *watchedRun, s *Server) error {
	ticker := time.NewTicker(s.poll)
	defer ticker.Stop()
	for {
		err := run.readNew(s)
		if err != nil {
			run.view.Ended = "It cannot be read any more: " + err.Error()
		}
		if err := t.view(run.view); err != nil {
			return err
		}
		if run.view.Ended != "" {
			return t.event("end", nil)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
		}
	}
}

// view sends a view if it differs from the last.
func (t *stream) view(v view) error {
	var out bytes.Buffer
	if err := pages.ExecuteTemplate(&out, "view", v); err != nil {
		return err
	}
	if bytes.Equal(out.Bytes(), t.sent) {
		return nil
	}
	t.sent = slices.Clone(out.Bytes())
	return t.event("view", out.Bytes())
}

// event sends one event. Its data are lines, each marked as such.
func (t *stream) event(name string, data []byte) error {
	var out bytes.Buffer
	fmt.Fprintf(&out, "event: %s\n", name)
	for line := range bytes.Lines(append(bytes.TrimRight(data, "\n"), '\n')) {
		fmt.Fprintf(&out, "data: %s\n", bytes.TrimRight(line, "\r\n"))
	}
	out.WriteByte('\n')
	err := t.controller.SetWriteDeadline(time.Now().Add(longestWrite))
	if errors.Is(err, http.ErrNotSupported) {
		err = nil
	}
	if err == nil {
		_, err = t.w.Write(out.Bytes())
	}
	if err == nil {
		err = t.controller.Flush()
	}
	return err
}

// readNew reads what the run has added, and says what its launches so far say.
func (w *watchedRun) readNew(s *Server) error {
	f, err := s.root.Open(path.Join(w.entry.id, result.FileName))
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if err := w.file.Follow(f, info.Size()); err != nil {
		return err
	}
	run := &w.file.Run
	v := &w.view
	v.Scenario, v.Question, v.Href = run.Header.Scenario.Name, run.Header.Scenario.Question, resultAt(w.entry.id)
	v.Launches, v.Planned, v.Now = wholeLaunches(run), run.Header.Scenario.Launches, nowOf(run)
	v.Episode, v.Episodes = episodeNow(run, time.Since(info.ModTime())), episodesSoFar(run)
	if run.Footer != nil {
		v.Ended = endOf(run.Footer)
	}
	// Before the first launch is whole, each visit may complete a round.
	known := v.Launches == w.launches && (v.Launches > 0 || len(run.Slices) == w.slices)
	if known || v.Ended == "" && time.Since(w.analysed) < analysisShare*w.took {
		return nil
	}
	return w.analyse(run)
}

func (w *watchedRun) analyse(run *result.Run) error {
	began := time.Now()
	a, err := w.running.SoFar(run)
	if err != nil {
		return err
	}
	if a.Provisional || w.view.Launches > 0 {
		var table bytes.Buffer
		if err := report.TableHTML(&table, &a.Summary); err != nil {
			return err
		}
		w.view.Provisional = a.Provisional
		w.view.Table, w.view.Traces, w.view.Warnings = template.HTML(table.String()), tracesOf(a), report.Notes(a.Summary.Warnings)
	}
	w.launches, w.slices, w.analysed = w.view.Launches, len(run.Slices), time.Now()
	w.took = w.analysed.Sub(began)
	return nil
}

// wholeLaunches is how many launches are whole; the one that calibrates is number 0.
func wholeLaunches(run *result.Run) int {
	n := 0
	for _, l := range run.Launches {
		if l.Launch > 0 {
			n++
		}
	}
	return n
}

// nowOf says what was measured last.
func nowOf(run *result.Run) string {
	if len(run.Slices) == 0 {
		return "calibration: no launch has been measured yet"
	}
	last := run.Slices[len(run.Slices)-1]
	if last.Launch == 0 {
		return "calibration: how much each server can take"
	}
	return fmt.Sprintf("launch %d, round %d: %s under %s load", last.Launch, last.Round+1, usertext.Clean(last.Arm), usertext.Clean(last.Load))
}

func endOf(f *bench.Footer) string {
	text := "The run is " + string(f.Status) + "."
	if f.Reason != "" {
		text += " " + usertext.Clean(f.Reason) + "."
	}
	return text
}

// tracesOf are the arms' medians over time, under the open load if there is one: its
// times are those of a server that is not saturated.
func tracesOf(a *analysis.Analysis) []trace {
	load := ""
	for _, arm := range a.Summary.Arms {
		for _, l := range arm.Loads {
			if l.Kind == bench.Open || l.Kind == bench.Closed && load == "" {
				load = l.Name
			}
			if l.Kind == bench.Open {
				break
			}
		}
	}
	var out []trace
	for _, arm := range a.Summary.Arms {
		var medians []float64
		for _, p := range a.Points {
			if p.Arm == arm.Name && p.Load == load {
				medians = append(medians, p.MedianMicros)
			}
		}
		if l := svg.Sparkline(medians); l.Points != "" {
			out = append(out, trace{usertext.Clean(arm.Name), l})
		}
	}
	return out
}
