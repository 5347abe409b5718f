package crew

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"authbench/internal/fleet/consent"
	"authbench/internal/fleet/protocol"
	"authbench/internal/measure/courier"
	"authbench/internal/measure/loadtest"
)

// AgentOptions say what an agent beside a server does.
type AgentOptions struct {
	GuestOptions
	// CPU reads the server's CPU clock; nil if nobody may look at it.
	CPU func() (time.Duration, error)
	// Consent is where the agent says that the server consents, nil if the server does so
	// itself. Document is what it says.
	Consent  net.Listener
	Document consent.Document
}

// Attend is an agent from its invitation to its end.
func Attend(ctx context.Context, o AgentOptions) error {
	if o.Consent != nil {
		text, err := json.Marshal(o.Document)
		if err != nil {
			return err
		}
		mux := http.NewServeMux()
		mux.HandleFunc("GET "+consent.Path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Cache-Control", "no-store") // it holds as long as the agent is there to say it
			_, _ = w.Write(text)                        // who did not get it asks again
		})
		server := &http.Server{Handler: mux, ReadTimeout: connectTimeout, WriteTimeout: connectTimeout}
		var serving sync.WaitGroup
		serving.Go(func() { _ = server.Serve(o.Consent) }) // it says that it was closed
		defer serving.Wait()
		defer server.Close()
	}
	return attend(ctx, o.GuestOptions, agent{o})
}

// connectTimeout bounds what somebody may hold up the agent's server.
const connectTimeout = 10 * time.Second

// agent reads the server's CPU clock at the edges of the measured part.
type agent struct{ AgentOptions }

var _ duty = agent{}

// watch is what an agent is told: when the measured part begins and how long it is, 0 if that
// is not known.
type watch struct {
	Warmup   time.Duration `json:"warmup_ns"`
	Duration time.Duration `json:"duration_ns"`
}

// watchOf is what an agent is to do in a load.
func watchOf(j loadtest.Job) watch { return watch{j.Warmup.Std(), j.Duration.Std()} }

func (a agent) do(ctx context.Context, text string, ready func(string) (time.Time, error), _ func(int, any, protocol.Counts)) (int, string, error) {
	var w watch
	if err := json.Unmarshal([]byte(text), &w); err != nil {
		return 0, "", fmt.Errorf("read what to watch: %w", err)
	}
	if a.CPU != nil {
		if _, err := a.CPU(); err != nil {
			return 0, "", err
		}
	}
	start, err := ready("agent")
	if err != nil {
		return 0, "", err
	}
	from := start.Add(w.Warmup)
	if err := until(ctx, from); err != nil || a.CPU == nil || w.Duration == 0 {
		return 0, "", errors.Join(err, until(ctx, from.Add(w.Duration)))
	}
	began, before, err := a.read()
	if err != nil {
		return 0, "", err
	}
	cut := until(ctx, from.Add(w.Duration))
	ended, after, err := a.read()
	if err != nil {
		return 0, "", err
	}
	data, err := json.Marshal(courier.Target{CPUNanos: int64(after - before), MeasuredNanos: int64(ended.Sub(began))})
	return 0, string(data), errors.Join(err, cut)
}

// read is the server's CPU clock, and when it was read.
func (a agent) read() (time.Time, time.Duration, error) {
	cpu, err := a.CPU()
	return time.Now(), cpu, err
}

// until waits for a time.
func until(ctx context.Context, at time.Time) error {
	timer := time.NewTimer(time.Until(at))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
