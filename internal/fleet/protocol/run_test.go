package protocol

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// always is the same for every message.
func always(p float64) func(any) float64 { return func(any) float64 { return p } }

// repeated says of a message that it is sent again until it has its effect.
func repeated(m any) bool {
	switch m.(type) {
	case Hello, Welcome, Plan, PlanReply, Armed, Start, Stop:
		return true
	}
	return false
}

// Runs of which something is known beforehand: what goes wrong, and what is to come of it.
func TestRuns(t *testing.T) {
	const load = 5 // seconds
	for _, c := range []struct {
		name    string
		workers int
		change  func(s *sim)
		want    string // within Why; "" for a whole run
		started bool
	}{
		{"one worker", 1, func(*sim) {}, "", true},
		{"eight workers", 8, func(*sim) {}, "", true},
		{"a slow network that reorders and doubles", 8, func(s *sim) { s.delay, s.doubled = 400*time.Millisecond, always(0.3) }, "", true},
		{"loss of what is repeated", 8, func(s *sim) {
			s.loss = func(m any) float64 {
				if repeated(m) {
					return 0.3
				}
				return 0
			}
		}, "", true},
		{"a lease gets lost now and then", 8, func(s *sim) {
			s.loss = func(m any) float64 {
				if _, is := m.(Lease); is {
					return 0.2
				}
				return 0
			}
		}, "", true},
		{"a beat gets lost", 8, func(s *sim) {
			s.loss = func(m any) float64 {
				if b, is := m.(Beat); is && b.Seq == 4 {
					return 1
				}
				return 0
			}
		}, "its beat 4 never came", true},
		{"a worker is killed", 8, func(s *sim) { s.workers[3].kills = 6 * time.Second }, "w4 is lost: no beat for 3s", true},
		{"a worker is killed before the start", 8, func(s *sim) { s.workers[3].kills = 1200 * time.Millisecond }, "w4 is lost: no beat for 3s", true},
		{"a start that nobody hears", 8, func(s *sim) {
			s.loss = func(m any) float64 {
				if _, is := m.(Start); is {
					return 1
				}
				return 0
			}
		}, "w1 and 7 others of 8 did not acknowledge the start", false},
		{"a worker is cut off", 8, func(s *sim) {
			s.cut = func(w string, at time.Duration) bool { return w == "w2" && at > 5*time.Second }
		}, "w2 is lost: no beat for 3s", true},
		{"a worker is cut off for a moment", 8, func(s *sim) {
			s.cut = func(w string, at time.Duration) bool {
				return w == "w2" && at > 5*time.Second && at < 5200*time.Millisecond
			}
		}, "", true},
		{"the coordinator is killed", 8, func(s *sim) { s.coordinatorEnds = 5 * time.Second }, "-", true},
		{"a worker of another build", 3, func(s *sim) { s.workers[2].state.Hello.Build = "other" }, "w3 was refused: it is of another build", false},
		{"a worker whose machine computes otherwise", 3, func(s *sim) { s.workers[2].state.Hello.Schedule = "other" }, "w3 was refused: its processor", false},
		{"an agent's invitation", 3, func(s *sim) { s.workers[2].state.Hello.Role = RoleTarget }, "w3 was refused: the invitation w3", false},
		{"a worker that does not come", 3, func(s *sim) { s.workers[1].kills = time.Millisecond }, "w2 did not join in time", false},
		{"a stream that loses a delta", 3, func(s *sim) { s.forget = "w2" }, "w2 did not report in time", true},
		{"a clock that is far off", 3, func(s *sim) { s.workers[1].wrong = 3500 * time.Millisecond }, "w2 cannot go on: the start came too late", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSim(t, c.workers, load)
				c.change(s)
				s.check(s.run(), c.want, c.started)
			})
		})
	}
}

// check holds what is true of every run against one: load began at one time and ended in time,
// nobody is left, and the verdict says what happened.
func (s *sim) check(v *Verdict, want string, started bool) {
	s.t.Helper()
	if v == nil {
		if want != "-" {
			s.t.Fatal("there is no verdict")
		}
		if late := s.silent(); late > s.coordinatorEnds+LeaseFor+time.Second {
			s.t.Errorf("load at %v, the coordinator ended at %v", late, s.coordinatorEnds)
		}
		return
	}
	if v.Started != started || (want == "") != (v.Why == "") || !strings.Contains(v.Why, want) {
		s.t.Errorf("started: %v, %q; want %q", v.Started, v.Why, want)
	}
	for i, w := range s.workers {
		if s.t.Failed() {
			return // one is enough to say
		}
		m := v.Members[i]
		if w.left == nil && w.kills == 0 && w.killsAt == 0 {
			s.t.Errorf("%s has not left", w.name)
		}
		if want == "" && (!m.Reported || m.Deltas != w.deltas || len(w.sent) != 10*w.deltas || w.left.Err != "") {
			s.t.Errorf("%s has sent %d requests and left with %+v; known of it: %s, %d deltas", w.name, len(w.sent), w.left, m.Phase, m.Deltas)
		}
		if len(w.sent) > 0 {
			if off := (w.sent[0] - s.t0 + w.wrong).Abs(); off > time.Millisecond {
				s.t.Errorf("%s began %v from the start", w.name, off)
			}
		}
	}
	if !started && s.silent() > 0 {
		s.t.Errorf("load was sent at %v, but the run did not start", s.silent())
	}
}

// A stopped run is silent soon after its reason.
func TestStopIsSoon(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSim(t, 20, 60)
		s.workers[3].kills = 10 * time.Second
		s.check(s.run(), "w4 is lost", true)
		if late := s.silent(); late > 10*time.Second+LostAfter+time.Second {
			t.Errorf("load at %v", late)
		}
	})
}

// Thousands of workers on a bad network end in the right verdict, and all have left.
func TestThousands(t *testing.T) {
	workers := 5000
	if testing.Short() || raceEnabled {
		workers = 500
	}
	for _, c := range []struct {
		name   string
		change func(s *sim)
		want   string
	}{
		{"whole", func(*sim) {}, ""},
		{"one is killed", func(s *sim) { s.workers[77].killsAt = 15 }, "w78 is lost"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSim(t, workers, 3)
				s.delay, s.doubled = 200*time.Millisecond, always(0.05)
				s.loss = func(m any) float64 {
					if repeated(m) {
						return 0.01 // of 5,000 workers, one in 200 runs would be silent for three seconds
					}
					return 0
				}
				c.change(s)
				s.check(s.run(), c.want, true)
			})
		})
	}
}

// With everything lost at random, a run may end in any way but a wrong one: a run that counts
// as whole has all that its workers sent.
func TestAnyLoss(t *testing.T) {
	whole := 0
	for i := range 40 {
		synctest.Test(t, func(t *testing.T) {
			s := newSim(t, 5, 2)
			s.loss, s.doubled, s.delay = always(float64(i)/400), always(0.1), 300*time.Millisecond
			v := s.run()
			if v == nil {
				t.Fatal("there is no verdict")
			}
			for k, w := range s.workers {
				if w.left == nil {
					t.Errorf("%s has not left", w.name)
				}
				if v.Why == "" && (v.Members[k].Deltas != 2 || len(w.sent) != 20) {
					t.Errorf("%s sent %d requests, known is %+v", w.name, len(w.sent), v.Members[k])
				}
			}
			if v.Why == "" {
				whole++
			}
		})
	}
	if whole == 0 || whole == 40 {
		t.Errorf("%d of 40 runs were whole: the losses show nothing", whole)
	}
}

// What one message does, without a network.
func TestCoordinatorAnswers(t *testing.T) {
	setup := Setup{Digests: Digests{"p", "b", "s"}, Places: []Place{{"w1", RoleWorker, "{}"}, {"w2", RoleWorker, "{}"}}, Length: time.Second, Patience: time.Minute}
	hello := func(change func(*Hello)) Hello {
		h := Hello{V: Version, Instance: "a", Role: RoleWorker, Digests: setup.Digests}
		change(&h)
		return h
	}
	same := func(*Hello) {}
	for _, c := range []struct {
		name   string
		hellos []Hello // of w1, one after another
		want   string  // the last refusal
	}{
		{"one", []Hello{hello(same)}, ""},
		{"repeated", []Hello{hello(same), hello(same)}, ""},
		{"doubled", []Hello{hello(same), hello(func(h *Hello) { h.Instance = "b" })}, "another process has joined with the invitation w1"},
		{"another build", []Hello{hello(func(h *Hello) { h.Build = "x" })}, "of another build"},
		{"another protocol", []Hello{hello(func(h *Hello) { h.Protocol = "x" })}, "of another build"},
		{"another schedule", []Hello{hello(func(h *Hello) { h.Schedule = "x" })}, "other arrival times"},
		{"an agent", []Hello{hello(func(h *Hello) { h.Role = RoleTarget })}, "is for a worker"},
		{"refused, then right", []Hello{hello(func(h *Hello) { h.Build = "x" }), hello(same)}, ""},
	} {
		k := NewCoordinator(setup, 0)
		var last To
		for _, h := range c.hellos {
			last = k.Next(time.Second, From{"w1", h})[0].(To)
		}
		got := last.Message.(Welcome).Refused
		if last.Name != "w1" || (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s: refused %q, want %q", c.name, got, c.want)
		}
	}
	k := NewCoordinator(setup, 0)
	for _, e := range []any{From{"w1", Beat{V: Version}}, From{"w3", hello(same)}, From{"w1", Armed{}}} {
		if got := k.Next(time.Second, e); got != nil {
			t.Errorf("%+v of somebody who has not joined: %+v", e, got)
		}
	}
}

// A clock that was badly known when the load was to begin stays in the result, in whatever order
// its beats come.
func TestWorstBound(t *testing.T) {
	digests := Digests{"p", "b", "s"}
	bound := func(d time.Duration) Clock { return Clock{Probes: 16, BoundNanos: int64(d)} }
	for _, c := range []struct {
		name  string
		beats []Beat // after the start was named
		want  time.Duration
	}{
		{"bad at the beginning", []Beat{{Seq: 1, Phase: Counting, Clock: bound(time.Second)}, {Seq: 2, Phase: Loading, Clock: bound(time.Millisecond)}}, time.Second},
		{"bad later", []Beat{{Seq: 1, Phase: Counting, Clock: bound(time.Millisecond)}, {Seq: 2, Phase: Loading, Clock: bound(2 * time.Second)}}, 2 * time.Second},
		{"bad, and overtaken", []Beat{{Seq: 2, Phase: Loading, Clock: bound(time.Millisecond)}, {Seq: 1, Phase: Counting, Clock: bound(time.Second)}}, time.Second},
		{"good", []Beat{{Seq: 1, Phase: Counting, Clock: bound(time.Millisecond)}}, time.Millisecond},
	} {
		k := NewCoordinator(Setup{Digests: digests, Places: []Place{{"w1", RoleWorker, "{}"}}, Length: time.Second, Patience: time.Minute}, 0)
		k.Next(time.Second, From{"w1", Hello{V: Version, Instance: "a", Role: RoleWorker, Digests: digests}})
		k.Next(time.Second, From{"w1", Beat{Instance: "a", Phase: Waiting, Clock: bound(time.Minute)}}) // it has just begun to ask
		k.Next(time.Second, From{"w1", Armed{Instance: "a", Digest: DigestOf("{}"), Clock: bound(time.Millisecond)}})
		for _, b := range c.beats {
			b.Instance = "a"
			k.Next(2*time.Second, From{"w1", b})
		}
		if got := time.Duration(k.Members()[0].WorstBoundNanos); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

// Who does not know the coordinator's clock does not begin.
func TestBeginNeedsTheClock(t *testing.T) {
	for _, c := range []struct {
		name   string
		clock  Clock // when the start comes
		begins bool
	}{
		{"known", Clock{Probes: 17, BoundNanos: 1e6}, true},
		{"badly known", Clock{Probes: 17, BoundNanos: 1e9}, true},
		{"too few probes", Clock{Probes: 15}, false},
		{"no probe", Clock{}, false},
		{"set since it was known", Clock{Probes: 17, BoundNanos: int64(ClockUnknown)}, false},
	} {
		w := Worker{Phase: Ready, welcomed: true, armed: Armed{V: Version}, clock: Reading{Clock: Clock{Probes: 16}}}
		w, _ = w.Next(time.Second, Synced{c.clock})
		w, out := w.Next(2*time.Second, Start{Version, int64(time.Minute)})
		begins := false
		for _, a := range out {
			_, is := a.(Begin)
			begins = begins || is
		}
		if begins != c.begins || begins != (w.Phase == Counting) || !begins && w.Phase != Failed {
			t.Errorf("%s: %s, %+v", c.name, w.Phase, out)
		}
	}
	w := Worker{Phase: Arming, welcomed: true, armed: Armed{V: Version}}
	if w, out := w.Next(time.Second, Synced{Clock{Probes: 16, BoundNanos: int64(ClockUnknown)}}); w.Phase != Arming || len(out) > 0 {
		t.Errorf("armed by a clock that was set: %s, %+v", w.Phase, out)
	}
}

// A plan counts once.
func TestPlanCountsOnce(t *testing.T) {
	w := Worker{Hello: Hello{V: Version}, Patience: time.Minute}
	do := func(e any) string {
		var out []any
		w, out = w.Next(time.Second, e)
		text := ""
		for _, a := range out {
			switch a := a.(type) {
			case PlanReply:
				text += "reply " + a.Refused + ";"
			default:
				text += fmt.Sprintf("%T;", a)
			}
		}
		return text
	}
	plan := func(job string) Plan { return Plan{Version, DigestOf(job), job} }
	for _, c := range []struct {
		event any
		want  string
	}{
		{plan("a"), ""},
		{Welcome{V: Version}, "protocol.Beat;"},
		{Welcome{V: Version}, ""},
		{plan("a"), "reply ;protocol.Arm;"},
		{plan("a"), "reply ;"},
		{plan("b"), "reply it has another plan already;"},
		{Start{Version, int64(time.Hour)}, ""},
		{Synced{Clock{Probes: 15}}, ""},
		{Connected{Address: "x"}, ""},
		{Start{Version, int64(time.Hour)}, ""},
		{Synced{Clock{Probes: 16}}, "protocol.Armed;"},
		{Synced{Clock{Probes: 17}}, ""},
		{Connected{Address: "x"}, ""},
		{plan("a"), "reply ;"},
		{Start{Version, int64(time.Hour)}, "protocol.Begin;protocol.Beat;"},
		{Start{Version, int64(time.Hour)}, ""},
		{Start{Version, int64(time.Hour) + 1}, "protocol.Halt;"},
		{LoadEnded{Err: "x"}, "protocol.Final;protocol.Beat;"},
		{Stop{V: Version}, ""},
		{Delivered{}, "protocol.Beat;"},
		{Stop{V: Version}, "protocol.Leave;"},
		{Tick{}, ""},
	} {
		if got := do(c.event); got != c.want {
			t.Errorf("%T %+v: %q, want %q", c.event, c.event, got, c.want)
		}
	}
	// A coordinator that is done has the final, whether that was acknowledged or not.
	done := Worker{Phase: Reporting, welcomed: true}
	if _, out := done.Next(time.Second, Stop{V: Version, Done: true}); len(out) != 1 || out[0] != any(Leave{Told: true}) {
		t.Errorf("a run that is done: %+v", out)
	}
	if !strings.Contains(w.Why, "two starts") {
		t.Errorf("why: %q", w.Why)
	}
}
