package issuer

import (
	"context"
	"encoding/json"
	"time"

	"authbench/internal/credential/feed"
)

// carry publishes on a realm's channel what comes onto its list, until the realm or the server
// is closed. What could not be published is published again: subscribers take a page twice,
// and miss none.
func (s *server) carry(r *realm) {
	defer s.streams.Done()
	defer r.channel.Close()
	pulse := time.NewTicker(beat)
	defer pulse.Stop()
	life, after := r.begun.Load(), r.denied.end()
	for {
		if now := r.begun.Load(); now != life {
			life, after = now, r.denied.end() // who follows sees the other life, and asks
		}
		page, grown := r.denied.page(after)
		f, changed := r.faults.at(eventsPath)
		wait(f.Delay, s.ending)
		if s.publish(r, f, page) {
			if after = page.Next; page.More {
				continue
			}
		}
		select {
		case <-grown:
		case <-pulse.C:
		case <-changed:
		case <-s.ending:
			return
		case <-r.closed:
			return
		}
	}
}

// publish publishes a page, which without ids is a heartbeat, and reports whether it did. A
// fault of the events is one of the channel as well.
func (s *server) publish(r *realm, f Fault, page feed.Page) bool {
	if s.door.isShut() || f.Kind != "" && f.Kind != Slow && f.Kind != Garbled {
		return false
	}
	text, err := json.Marshal(page)
	if f.Kind == Garbled {
		text = []byte(garbage)
	}
	if err != nil || r.channel.Publish(context.Background(), text) != nil || f.Kind == Garbled {
		return false
	}
	if len(page.IDs) > 0 {
		r.events.Add(1)
	}
	return true
}
