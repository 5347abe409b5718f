package protocol

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// sim is a fleet on a simulated network, in simulated time.
type sim struct {
	t       *testing.T
	began   time.Time
	setup   Setup
	workers []*simWorker
	heard   chan From

	// What is wrong with the network: the share of messages that are lost and doubled, by what
	// they are, and the longest delay, which reorders them.
	loss, doubled func(message any) float64
	delay         time.Duration
	// cut says whether a worker's messages get through at a time.
	cut func(worker string, at time.Duration) bool
	// forget names a worker whose first delta the stream loses after it has acknowledged it.
	forget string
	// coordinatorEnds is when it is killed; 0 for never.
	coordinatorEnds time.Duration

	mu      sync.Mutex     // guards what follows
	fates   map[string]int // how many messages of a kind each worker had
	verdict *Verdict
	t0      time.Duration
}

// simWorker is a worker with its load, which takes a second for each delta.
type simWorker struct {
	*sim
	name   string
	state  Worker
	inbox  chan any
	deltas int
	// clock is how far its clock is ahead of the coordinator's; wrong is the error of what it
	// knows of that, and bound what it takes that for.
	clock, wrong, bound time.Duration
	// kills is when it is killed, killsAt with which request: 0 for never.
	killsAt int
	kills   time.Duration
	halt    chan string
	start   chan time.Duration

	mu   sync.Mutex // guards what follows
	left *Leave
	sent []time.Duration // when, in the coordinator's time
}

func newSim(t *testing.T, workers, seconds int) *sim {
	s := &sim{t: t, heard: make(chan From, 1024), fates: map[string]int{},
		loss: func(any) float64 { return 0 }, doubled: func(any) float64 { return 0 }, cut: func(string, time.Duration) bool { return false }}
	s.setup = Setup{Digests: Digests{"p", "b", "s"}, Length: time.Duration(seconds)*time.Second + 100*time.Millisecond, Patience: 30 * time.Second}
	for i := range workers {
		name := fmt.Sprintf("w%d", i+1)
		s.setup.Places = append(s.setup.Places, Place{name, RoleWorker, `{"part":` + fmt.Sprint(i) + `}`})
		s.workers = append(s.workers, &simWorker{
			sim: s, name: name, deltas: seconds, inbox: make(chan any, 256), halt: make(chan string, 8), start: make(chan time.Duration, 1),
			clock: time.Duration(i%7-3) * time.Hour, wrong: time.Duration(i%5-2) * 100 * time.Microsecond, bound: 300 * time.Microsecond,
			state: Worker{
				Hello:    Hello{V: Version, Instance: "i" + name, Role: RoleWorker, Digests: s.setup.Digests, Host: name, CPUs: 2},
				Patience: 40 * time.Second, Keep: 10 * time.Second,
			},
		})
	}
	return s
}

// now is the coordinator's time, which is the true one.
func (s *sim) now() time.Duration { return time.Since(s.began) }

// fate draws what happens to the next message of a kind from or to a worker: the same in every
// run, in whatever order the workers come to it.
func (s *sim) fate(worker string, m any) *rand.Rand {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := fmt.Sprintf("%s %T", worker, m)
	s.fates[key]++
	h := fnv.New64a()
	h.Write([]byte(key))
	return rand.New(rand.NewPCG(h.Sum64(), uint64(s.fates[key])))
}

func (s *sim) wait(fate *rand.Rand) time.Duration {
	if s.delay == 0 {
		return time.Microsecond
	}
	return time.Duration(fate.Int64N(int64(s.delay)))
}

// carry brings a message from or to a worker, as the network does. What goes through the stream
// is never lost by the network.
func (s *sim) carry(worker string, m any, deliver func(any)) {
	_, isDelta := m.(Delta)
	_, isFinal := m.(Final)
	fate := s.fate(worker, m)
	if !isDelta && !isFinal && (fate.Float64() < s.loss(m) || s.cut(worker, s.now())) {
		return
	}
	if (isDelta || isFinal) && s.cut(worker, s.now()) { // it comes when the network is back
		time.AfterFunc(time.Second, func() { s.carry(worker, m, deliver) })
		return
	}
	if d, is := m.(Delta); is && d.N == 0 && worker == s.forget {
		return
	}
	times := 1
	if fate.Float64() < s.doubled(m) {
		times = 2
	}
	m = s.transcribe(m)
	for range times {
		time.AfterFunc(s.wait(fate), func() { deliver(m) })
	}
}

// transcribe writes a message and reads it again.
func (s *sim) transcribe(m any) any {
	switch m := m.(type) {
	case Hello:
		return again(s.t, m)
	case Welcome:
		return again(s.t, m)
	case Plan:
		return again(s.t, m)
	case PlanReply:
		return again(s.t, m)
	case Armed:
		return again(s.t, m)
	case Start:
		return again(s.t, m)
	case Beat:
		return again(s.t, m)
	case Lease:
		return again(s.t, m)
	case Delta:
		return again(s.t, m)
	case Final:
		return again(s.t, m)
	case Stop:
		return again(s.t, m)
	}
	s.t.Errorf("a message %T", m)
	return nil
}

func again[M Message](t *testing.T, m M) M {
	text, err := Encode(m)
	if err != nil {
		t.Error(err)
	}
	out, err := Decode[M](text)
	if err != nil {
		t.Error(err)
	}
	return out
}

// coordinate is the coordinator's loop.
func (s *sim) coordinate() {
	c := NewCoordinator(s.setup, s.now())
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		var actions []any
		select {
		case from := <-s.heard:
			actions = c.Next(s.now(), from)
		case <-tick.C:
			actions = c.Next(s.now(), Tick{})
		}
		if s.coordinatorEnds > 0 && s.now() > s.coordinatorEnds {
			return
		}
		for _, a := range actions {
			switch a := a.(type) {
			case To:
				w := s.worker(a.Name)
				s.carry(a.Name, a.Message, w.receive)
			case Over:
				s.mu.Lock()
				s.verdict = &a.Verdict
				s.t0, _ = c.T0()
				s.mu.Unlock()
				return
			default:
				for _, w := range s.workers {
					s.carry(w.name, a, w.receive)
				}
			}
		}
	}
}

func (s *sim) worker(name string) *simWorker {
	var i int
	fmt.Sscanf(name, "w%d", &i)
	return s.workers[i-1]
}

func (w *simWorker) receive(m any) {
	select {
	case w.inbox <- m:
	default: // nobody reads any more
	}
}

func (w *simWorker) dead() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.kills > 0 && w.sim.now() >= w.kills || w.killsAt > 0 && len(w.sent) >= w.killsAt
}

// work is the worker's loop.
func (w *simWorker) work() {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	own := func() time.Duration { return w.sim.now() + w.clock }
	next := func(e any) (over bool) {
		var actions []any
		w.state, actions = w.state.Next(own(), e)
		for _, a := range actions {
			over = w.act(a) || over
		}
		return over
	}
	for synced := 0; ; {
		var event any = Tick{}
		select {
		case event = <-w.inbox:
		case <-tick.C:
			if synced++; synced%10 == 1 {
				over := next(Synced{Clock{OffsetNanos: int64(-w.clock + w.wrong), BoundNanos: int64(w.bound), Probes: 16}})
				if over {
					close(w.halt)
					return
				}
			}
		}
		if w.dead() || next(event) {
			close(w.halt)
			return
		}
	}
}

func (w *simWorker) act(action any) (over bool) {
	switch a := action.(type) {
	case Arm:
		go w.load()
	case Begin:
		w.start <- a.At - w.clock
	case Halt:
		select {
		case w.halt <- a.Why:
		default:
		}
	case Leave:
		w.mu.Lock()
		w.left = &a
		w.mu.Unlock()
		return true
	case Final:
		w.carry(w.name, a, func(m any) {
			w.heard <- From{w.name, m}
			w.receive(Delivered{})
		})
	default:
		w.carry(w.name, a, func(m any) { w.heard <- From{w.name, m} })
	}
	return false
}

// load sends one request each tenth of a second, and a delta each second.
func (w *simWorker) load() {
	w.receive(Connected{Address: "127.0.0.1:80"})
	select {
	case at := <-w.start:
		select {
		case <-time.After(at - w.sim.now()):
		case <-w.halt:
			w.receive(LoadEnded{Err: "halted"})
			return
		}
	case <-w.halt:
		w.receive(LoadEnded{Err: "halted"})
		return
	}
	deltas := 0
	for i := range 10 * w.deltas {
		if w.dead() {
			return
		}
		w.mu.Lock()
		w.sent = append(w.sent, w.sim.now())
		w.mu.Unlock()
		select {
		case <-w.halt:
			w.receive(LoadEnded{Err: "halted", Deltas: deltas, Data: "{}"})
			return
		case <-time.After(100 * time.Millisecond):
		}
		if i%10 == 9 {
			w.carry(w.name, Delta{V: Version, Instance: "i" + w.name, N: deltas, Data: "{}"}, func(m any) { w.heard <- From{w.name, m} })
			deltas++
		}
	}
	w.receive(LoadEnded{Deltas: deltas, Data: "{}"})
}

// run runs the fleet until nobody is left, and returns the verdict: nil if the coordinator was
// killed.
func (s *sim) run() *Verdict {
	s.began = time.Now()
	var all, workers sync.WaitGroup
	all.Go(s.coordinate)
	for _, w := range s.workers {
		workers.Go(w.work)
	}
	workers.Wait()
	stop := make(chan struct{})
	go func() { // what still comes is heard by nobody
		for {
			select {
			case <-s.heard:
			case <-stop:
				return
			}
		}
	}()
	all.Wait()
	time.Sleep(time.Minute)
	close(stop)
	synctest.Wait()
	return s.verdict
}

// silent is when the last request of all was sent.
func (s *sim) silent() (last time.Duration) {
	for _, w := range s.workers {
		w.mu.Lock()
		if n := len(w.sent); n > 0 {
			last = max(last, w.sent[n-1])
		}
		w.mu.Unlock()
	}
	return last
}
