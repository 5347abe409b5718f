package protocol

import (
	"fmt"
	"strings"
	"time"
)

// Worker is what a worker knows. Its zero value with Hello and Patience set is one that has not
// begun.
type Worker struct {
	Hello Hello
	// Patience is how long it tries to join, and Keep how long it keeps what it found for a
	// coordinator that is gone.
	Patience, Keep time.Duration

	Phase Phase
	// Why says why the load was cut off, or why the worker cannot go on; "" if all is well.
	Why string

	began, said, beat, leased, lost time.Duration
	welcomed                        bool
	seq                             int64
	plan                            string // digest
	armed                           Armed
	start                           Start
	clock                           Reading
	load                            Counts
	unstored                        string // why what was measured cannot be stored
}

// What happens to a worker besides the messages [Welcome], [Plan], [Start], [Lease] and [Stop].
type (
	// Tick is a moment; several come each second.
	Tick struct{}
	// Synced is a better knowledge of the coordinator's clock.
	Synced struct{ Clock Clock }
	// Connected says that the connections of a plan stand, or in Err why they do not.
	Connected struct {
		Address string
		Err     string
	}
	// Quit ends the worker for a reason of its own.
	Quit struct{ Why string }
	// Progress is how far the load has come since the progress before.
	Progress struct{ Load Counts }
	// LoadEnded says that the load has ended, by itself or as it was told to, and what it leaves
	// (see [Final]). Err says what went wrong.
	LoadEnded struct {
		Err    string
		Deltas int
		Data   string
	}
	// Delivered says that the final and all deltas were acknowledged.
	Delivered struct{}
	// Unstored says that the stream does not take what was measured, and will not.
	Unstored struct{ Why string }
)

// What a worker is to do, besides sending a message.
type (
	// Arm opens the connections of a plan; the answer is [Connected].
	Arm struct{ Plan Plan }
	// Begin is to start the load at a time of the worker's own clock.
	Begin struct{ At time.Duration }
	// Halt ends the load, or what is done before it.
	Halt struct{ Why string }
	// Leave ends the worker. Err is "" if all is well; Told says that the coordinator has all
	// that was measured, though it may not have been acknowledged.
	Leave struct {
		Err  string
		Told bool
	}
)

// Next is what a worker is, and does, after an event. Now is its own clock's time since any
// fixed moment.
func (w Worker) Next(now time.Duration, event any) (Worker, []any) {
	if w.Phase == Gone {
		return w, nil
	}
	if w.Phase == "" {
		w.Phase, w.began, w.said, w.leased = Joining, now, now-RetryEvery, now
	}
	switch e := event.(type) {
	case Tick:
		return w.tick(now)
	case Synced:
		w.clock = Reading{e.Clock, now}
		return w.arm(now)
	case Progress:
		w.load = w.load.plus(e.Load)
	case Quit:
		return w.halt(e.Why)
	case Welcome:
		return w.welcome(now, e)
	case Lease:
		w.leased = max(w.leased, w.clock.Given(e, now))
	case Plan:
		return w.take(e)
	case Connected:
		return w.connected(now, e)
	case Start:
		return w.begin(now, e)
	case Stop:
		return w.stop(e)
	case LoadEnded:
		return w.ended(now, e)
	case Delivered:
		if w.Phase == Reporting {
			w.Phase = Reported
			return w.say(now)
		}
	case Unstored:
		if w.unstored == "" {
			w.unstored = clip("what it measured cannot be stored: " + e.Why)
			return w.say(now)
		}
	}
	return w, nil
}

// tick does what is due.
func (w Worker) tick(now time.Duration) (Worker, []any) {
	switch {
	case !w.welcomed && now-w.began > w.Patience:
		return w.leave(fmt.Sprintf("the coordinator did not answer within %v: look whether it runs, and whether the invitation names its address", w.Patience))
	case !w.welcomed && now-w.said >= RetryEvery:
		w.said = now
		return w, []any{w.Hello}
	case !w.welcomed:
		return w, nil
	case now-w.leased > LeaseFor:
		return w.orphaned(now)
	}
	var out []any
	if w.Phase == Ready && now-w.said >= RetryEvery {
		w.said = now
		out = append(out, w.armed)
	}
	if w.Phase == Counting && now >= w.clock.Local(w.start.T0) {
		w.Phase = Loading
	}
	if now-w.beat >= BeatEvery {
		var beat []any
		w, beat = w.say(now)
		out = append(out, beat...)
	}
	return w, out
}

// say sends a beat.
func (w Worker) say(now time.Duration) (Worker, []any) {
	b := Beat{V: Version, Instance: w.Hello.Instance, Seq: w.seq, Phase: w.Phase, Clock: w.clock.Clock, Load: w.load, Failed: w.unstored}
	if w.Phase == Failed {
		b.Failed = w.Why
	}
	w.seq++
	w.beat = now
	return w, []any{b}
}

func (w Worker) leave(why string) (Worker, []any) {
	w.Phase, w.Why = Gone, why
	return w, []any{Leave{Err: why}}
}

// fail tells the coordinator why the worker cannot go on, again and again until it is stopped.
func (w Worker) fail(now time.Duration, why string) (Worker, []any) {
	w.Phase, w.Why = Failed, clip(why)
	w, beat := w.say(now)
	return w, append([]any{Halt{w.Why}}, beat...)
}

// clip bounds a text from elsewhere, and leaves out a character that it cuts: JSON would write a
// longer one for it.
func clip(text string) string {
	return strings.ToValidUTF8(text[:min(len(text), maxText)], "")
}

func (w Worker) welcome(now time.Duration, m Welcome) (Worker, []any) {
	switch {
	case w.welcomed:
		return w, nil
	case m.Refused != "":
		return w.leave("the coordinator refuses this worker: " + m.Refused)
	}
	w.welcomed, w.Phase, w.leased = true, Waiting, now
	return w.say(now)
}

// take answers a plan.
func (w Worker) take(p Plan) (Worker, []any) {
	reply := PlanReply{V: Version, Instance: w.Hello.Instance, Digest: p.Digest}
	switch {
	case w.Phase == Joining:
		return w, nil // it has overtaken the welcome, and comes again
	case w.plan == p.Digest:
		return w, []any{reply}
	case w.plan != "":
		reply.Refused = "it has another plan already"
		return w, []any{reply}
	case w.Phase != Waiting:
		reply.Refused = "it is " + string(w.Phase)
		return w, []any{reply}
	}
	w.plan, w.Phase = p.Digest, Arming
	return w, []any{reply, Arm{p}}
}

// connected goes on once the connections stand.
func (w Worker) connected(now time.Duration, a Connected) (Worker, []any) {
	if w.Phase != Arming || w.armed.V != 0 {
		return w, nil
	}
	if a.Err != "" {
		return w.fail(now, a.Err)
	}
	w.armed = Armed{V: Version, Instance: w.Hello.Instance, Digest: w.plan, Address: a.Address}
	return w.arm(now)
}

// arm tells the coordinator that the worker could begin, once its connections stand and it
// knows the coordinator's clock.
func (w Worker) arm(now time.Duration) (Worker, []any) {
	if w.Phase != Arming || w.armed.V == 0 || !w.clock.known() {
		return w, nil
	}
	w.Phase, w.said, w.armed.Clock = Ready, now, w.clock.Clock
	return w, []any{w.armed}
}

// begin takes the start. It counts once; a start that comes too late for this machine is a
// failure of all.
func (w Worker) begin(now time.Duration, s Start) (Worker, []any) {
	switch {
	case w.start == s || w.Phase != Ready && w.start == Start{}:
		return w, nil
	case w.start != Start{}:
		return w.halt("the coordinator named two starts")
	case !w.clock.known():
		return w.fail(now, "it does not know the coordinator's clock: a clock was set, or a machine was suspended")
	case w.clock.Local(s.T0) <= now:
		return w.fail(now, "the start came too late")
	}
	w.start, w.Phase = s, Counting
	w, beat := w.say(now) // the coordinator waits for this one
	return w, append([]any{Begin{w.clock.Local(s.T0)}}, beat...)
}

// halt ends what goes on. The final comes from [LoadEnded].
func (w Worker) halt(why string) (Worker, []any) {
	if w.Why == "" {
		w.Why = clip(why)
	}
	switch w.Phase {
	case Arming, Ready, Counting, Loading:
		return w, []any{Halt{w.Why}}
	case Reporting:
		return w, nil
	}
	return w.leave(w.Why)
}

func (w Worker) stop(s Stop) (Worker, []any) {
	switch {
	case !s.Done:
		return w.halt("the coordinator stopped the run: " + s.Reason)
	case w.Phase == Reporting || w.Phase == Reported:
		w.Phase = Gone
		return w, []any{Leave{w.Why, true}}
	}
	return w.halt("the run ended without this worker")
}

// ErrSilent says that the coordinator does not live any more, or cannot be heard.
var ErrSilent = fmt.Errorf("the coordinator has been silent for %v", LeaseFor)

// orphaned ends the load of a worker whose coordinator is silent, and the worker as soon as it
// has nothing left to hand over.
func (w Worker) orphaned(now time.Duration) (Worker, []any) {
	why := ErrSilent.Error()
	switch w.Phase {
	case Arming, Ready, Counting, Loading:
		w.leased = now // once is enough, until it is silent for as long again
		return w.halt(why)
	case Reporting:
		if w.lost == 0 {
			w.lost = now
		}
		if now-w.lost < w.Keep {
			return w, nil
		}
		return w.leave(why + "; what was measured is in the spool")
	case Reported:
		return w.leave(w.Why) // its part is done
	}
	return w.leave(why)
}

// ended reports what the load has left.
func (w Worker) ended(now time.Duration, e LoadEnded) (Worker, []any) {
	switch w.Phase {
	case Arming, Ready, Counting, Loading:
	default:
		return w, nil
	}
	if w.Why == "" {
		w.Why = clip(e.Err)
	}
	w.Phase = Reporting
	w, beat := w.say(now)
	return w, append([]any{Final{V: Version, Instance: w.Hello.Instance, Deltas: e.Deltas, Cut: w.Why, Clock: w.clock.Clock, Data: e.Data}}, beat...)
}
