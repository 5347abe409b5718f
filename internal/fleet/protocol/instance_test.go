package protocol

import (
	"strings"
	"testing"
	"time"
)

// begun is a run of two workers, w1 of the instance "a" and w2 of "b", whose load has begun.
func begun(t *testing.T) *Coordinator {
	t.Helper()
	digests := Digests{"p", "b", "s"}
	k := NewCoordinator(Setup{Digests: digests, Places: []Place{{"w1", RoleWorker, "{}"}, {"w2", RoleWorker, "{}"}}, Length: time.Hour, Patience: time.Minute, Expires: 2 * time.Hour}, 0)
	members := map[string]string{"w1": "a", "w2": "b"}
	for name, instance := range members {
		k.Next(time.Second, From{name, Hello{V: Version, Instance: instance, Role: RoleWorker, Digests: digests}})
		k.Next(time.Second, From{name, Armed{Instance: instance, Digest: DigestOf("{}")}})
	}
	for name, instance := range members {
		k.Next(2*time.Second, From{name, Beat{Instance: instance, Phase: Counting}})
	}
	k.Next(2*time.Second+StartLead, Tick{})
	if _, known := k.T0(); !known || k.Text() != "load is sent" {
		t.Fatal(k.Text())
	}
	return k
}

// stopped is why an answer stops a run, "" if it does not.
func stopped(actions []any) string {
	for _, a := range actions {
		if s, is := a.(Stop); is && !s.Done {
			return s.Reason
		}
	}
	return ""
}

// Who has a worker's invitation, and is another process, cannot speak in its place: not to keep it
// alive, not to report for it.
func TestOtherInstances(t *testing.T) {
	for _, m := range []func(instance string) any{
		func(i string) any { return PlanReply{V: Version, Instance: i} },
		func(i string) any { return Armed{V: Version, Instance: i, Digest: DigestOf("{}")} },
		func(i string) any { return Beat{V: Version, Instance: i, Seq: 1, Phase: Loading} },
		func(i string) any { return Delta{V: Version, Instance: i, Data: "{}"} },
		func(i string) any { return Final{V: Version, Instance: i, Data: "{}"} },
	} {
		now := 3*time.Second + StartLead
		if why := stopped(begun(t).Next(now, From{"w1", m("a")})); why != "" {
			t.Errorf("%+v of w1 itself: %s", m("a"), why)
		}
		for _, other := range []string{"b", "", "A", "aa"} {
			k := begun(t)
			if why := stopped(k.Next(now, From{"w1", m(other)})); !strings.Contains(why, "another process than the one that joined speaks as w1") {
				t.Errorf("%+v: %q", m(other), why)
			}
			if got := k.Members()[0]; got.Reported || got.Deltas > 0 || got.Phase != Counting {
				t.Errorf("%+v counts: %+v", m(other), got)
			}
		}
	}
}

// Who says that he cannot go on ends the run, whatever his phase is.
func TestFailedInAnyPhase(t *testing.T) {
	for _, phase := range []Phase{Counting, Loading, Reporting, Failed} {
		b := Beat{V: Version, Instance: "a", Seq: 1, Phase: phase, Failed: "the disk is full"}
		if why := stopped(begun(t).Next(3*time.Second+StartLead, From{"w1", b})); why != "w1 cannot go on: the disk is full" {
			t.Errorf("%s: %q", phase, why)
		}
	}
}

// What cannot be stored is in each beat from then on, with the first reason, and the load goes on
// until the coordinator stops it: so the final has all.
func TestUnstored(t *testing.T) {
	w := Worker{Hello: Hello{Instance: "a"}, Phase: Loading, welcomed: true, leased: time.Second}
	w, out := w.Next(time.Second, Unstored{"the stream is full"})
	for _, why := range []string{"", "something else"} {
		if why != "" {
			if w, out = w.Next(time.Second, Unstored{why}); len(out) != 0 {
				t.Errorf("a second reason: %+v", out)
			}
			w, out = w.Next(time.Second+BeatEvery, Tick{})
		}
		b, is := out[0].(Beat)
		if !is || len(out) != 1 || b.Failed != "what it measured cannot be stored: the stream is full" || b.Phase != Loading || b.Instance != "a" {
			t.Errorf("%+v", out)
		}
	}
}

// A coordinator that looks late looks at who knows the start all the same.
func TestAcknowledgementIsNotSkipped(t *testing.T) {
	for _, late := range []time.Duration{-AckLead, -AckLead / 2, 0, time.Millisecond, time.Hour} {
		digests := Digests{"p", "b", "s"}
		k := NewCoordinator(Setup{Digests: digests, Places: []Place{{"w1", RoleWorker, "{}"}, {"w2", RoleWorker, "{}"}}, Length: time.Hour, Patience: time.Minute}, 0)
		for _, name := range []string{"w1", "w2"} {
			k.Next(time.Second, From{name, Hello{V: Version, Instance: name, Role: RoleWorker, Digests: digests}})
			k.Next(time.Second, From{name, Armed{Instance: name, Digest: DigestOf("{}")}})
		}
		t0, _ := k.T0()
		k.Next(2*time.Second, From{"w1", Beat{Instance: "w1", Phase: Counting}})
		for _, m := range k.Members() {
			m.heard = t0 + late // what waited for the coordinator has come, and is heard first
		}
		if why := stopped(k.Next(t0+late, Tick{})); why != "w2 did not acknowledge the start" {
			t.Errorf("%v from the start: %q", late, why)
		}
	}
}

// A run ends before its invitations do, and says so.
func TestRunEndsBeforeItsInvitations(t *testing.T) {
	k := begun(t)
	for _, m := range k.Members() {
		m.heard = 2 * time.Hour
	}
	if why := stopped(k.Next(2*time.Hour-1, Tick{})); strings.Contains(why, "expire") {
		t.Errorf("too soon: %s", why)
	}
	k = begun(t)
	for _, m := range k.Members() {
		m.heard = 2 * time.Hour
	}
	if why := stopped(k.Next(2*time.Hour, Tick{})); !strings.Contains(why, "the invitations expire") || !strings.Contains(why, "--ttl") {
		t.Errorf("%q", why)
	}
}

// A lease counts from when it was given, as far as that is known; an old one changes nothing.
func TestLeaseCountsFromWhenItWasGiven(t *testing.T) {
	known := Reading{Clock: Clock{Probes: FewestProbes, OffsetNanos: int64(time.Hour), BoundNanos: int64(time.Second)}}
	at := func(own time.Duration) int64 { return int64(own + time.Hour) } // on the coordinator's clock
	for _, c := range []struct {
		name  string
		clock Reading
		lease int64
		want  time.Duration // heard at 100 s, the one before was given at 90 s
	}{
		{"fresh", known, at(99900 * time.Millisecond), 100 * time.Second},
		{"within what is known of the clock", known, at(99 * time.Second), 100 * time.Second},
		{"three seconds old", known, at(97 * time.Second), 98 * time.Second},
		{"older than the one before", known, at(80 * time.Second), 90 * time.Second},
		{"of an hour ago", known, at(-time.Hour), 90 * time.Second},
		{"of the future", known, at(time.Hour), 100 * time.Second},
		{"by a clock that nobody knows", Reading{}, at(-time.Hour), 100 * time.Second},
	} {
		w := Worker{Phase: Loading, welcomed: true, clock: c.clock, leased: 90 * time.Second}
		if w, _ = w.Next(100*time.Second, Lease{V: Version, At: c.lease}); w.leased != c.want {
			t.Errorf("%s: leased at %v, want %v", c.name, w.leased, c.want)
		}
	}
}
