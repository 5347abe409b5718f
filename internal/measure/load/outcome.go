package load

import (
	"time"

	"authbench/bench"
	"authbench/internal/result/hist"
)

// Kinds of errors: why a request has no answer, or a connection did not come
// about.
const (
	ErrorTimeout   = "timeout"   // no answer within the endpoint's timeout
	ErrorReset     = "reset"     // the server broke the connection off
	ErrorClosed    = "closed"    // the server closed before the answer was whole
	ErrorMalformed = "malformed" // the answer is not HTTP/1.1
	ErrorRefused   = "refused"   // nothing listens: the connection was refused
	ErrorDial      = "dial"      // the connection failed in another way
)

// Outcome is what one slice found, as JSON too: to be added where others found the rest of it.
// It counts the slice's requests: in an
// open load the requests whose intended start lies in the measured part, whenever
// they are answered; in a closed load the requests that end in it.
type Outcome struct {
	// Measured is the real time between Begin and End.
	Measured time.Duration `json:"measured_ns"`
	// Scheduled and Sent count an open load's arrivals; they differ if requests
	// found no free connection until one timeout after the end. 0 in a closed load.
	Scheduled int64 `json:"scheduled"`
	Sent      int64 `json:"sent"`
	// SentSum and UnsentSum are the sums of a [Checksum], over the requests that were sent and
	// over the others that were due; 0 in a slice without a part.
	SentSum   uint64 `json:"sent_sum"`
	UnsentSum uint64 `json:"unsent_sum"`
	// Overdue counts those that were sent after the schedule's end, because no
	// connection was free, or the generator was not, when they were due.
	Overdue int64 `json:"overdue"`
	// Completed counts answers, whatever they say.
	Completed int64 `json:"completed"`
	// Answered counts the answers that came within the measured part, whichever
	// part their requests belong to.
	Answered int64 `json:"answered"`
	// Statuses counts answers by class and status.
	Statuses Statuses `json:"statuses"`
	// Errors counts requests without an answer by kind, and failed attempts to
	// open a broken connection again (refused, dial).
	Errors map[string]int64 `json:"errors"`
	// Malformed counts the malformed answers among them by the rule that they
	// broke: one of a dozen fixed texts.
	Malformed map[string]int64 `json:"malformed"`
	// Resent counts requests that were sent a second time, because the connection
	// ended without a byte of answer and had brought answers before, or been idle: the
	// server probably closed it while the request was on its way. Their times are counted
	// from the first sending. Only idempotent requests are sent again, and only once.
	Resent int64 `json:"resent"`
	// Unsolicited counts connections that were dropped because bytes came that no
	// request had asked for, settling part included.
	Unsolicited int64 `json:"unsolicited"`
	// WrongVerdicts counts answers that their class must not get, FalseAccepts
	// those of them that let a bad credential in (2xx).
	WrongVerdicts int64 `json:"wrong_verdicts"`
	FalseAccepts  int64 `json:"false_accepts"`
	// LateSends counts an open load's requests whose lag was above 1 ms.
	LateSends int64 `json:"late_sends"`
	// Clipped counts times outside the histograms' range.
	Clipped int64 `json:"clipped"`
	// Occupancy is the time that an open load's requests spent in the system, from
	// intended start to last byte, summed: the integral of their number over time.
	// It is counted apart from the histograms, which it checks (Little's law).
	Occupancy time.Duration `json:"occupancy_ns"`
	// BytesOut and BytesIn are the sizes of the requests and of what came back.
	BytesOut int64 `json:"bytes_out"`
	BytesIn  int64 `json:"bytes_in"`
	// GeneratorCPU is the generator's CPU time in the measured part (of its
	// threads; of the whole process in the portable engine). GeneratorSpin is
	// the part of it spent in polls that found nothing.
	GeneratorCPU  time.Duration `json:"generator_cpu_ns"`
	GeneratorSpin time.Duration `json:"generator_spin_ns"`
	// Valid has the times of valid credentials with an expected status, Refused
	// those of bad ones. A request that timed out is in them at the full timeout.
	Valid   Latencies `json:"valid"`
	Refused Latencies `json:"refused"`
	// Opening has the times of the connections that the client has opened so far.
	Opening Opening `json:"opening"`
}

// Latencies are the times of one kind of requests. A closed load has no
// response, queue or lag: those are empty.
type Latencies struct {
	Response *hist.Histogram `json:"response,omitempty"`
	Service  *hist.Histogram `json:"service,omitempty"`
	Queue    *hist.Histogram `json:"queue,omitempty"`
	Lag      *hist.Histogram `json:"lag,omitempty"`
	// FirstByte is first byte of the answer − send, Transfer last byte − first byte
	// (0 of an answer that came whole); both as the reads of the socket saw them.
	// Nil without a breakdown.
	FirstByte *hist.Histogram `json:"first_byte,omitempty"`
	Transfer  *hist.Histogram `json:"transfer,omitempty"`
}

// Opening are the times of opening connections. Both are nil without a breakdown.
type Opening struct {
	// Connect is until the connection stands, Handshake from then on until TLS
	// does.
	Connect   *hist.Histogram `json:"connect,omitempty"`
	Handshake *hist.Histogram `json:"handshake,omitempty"`
}

// newOpening returns empty histograms if they are wanted.
func newOpening(e Endpoint) Opening {
	if !e.Breakdown {
		return Opening{}
	}
	return Opening{Connect: hist.New(), Handshake: hist.New()}
}

// merge adds what o has to what is wanted.
func (to Opening) merge(o Opening) {
	if to.Connect != nil && o.Connect != nil && o.Handshake != nil {
		to.Connect.Merge(o.Connect)
		to.Handshake.Merge(o.Handshake)
	}
}

// newLatencies returns empty histograms.
func newLatencies() Latencies {
	return Latencies{Response: hist.New(), Service: hist.New(), Queue: hist.New(), Lag: hist.New()}
}

// newPieces returns empty histograms for answers that came in pieces.
func newPieces() Latencies {
	return Latencies{Service: hist.New(), FirstByte: hist.New(), Transfer: hist.New()}
}

func (l Latencies) all() [6]*hist.Histogram {
	return [6]*hist.Histogram{l.Response, l.Service, l.Queue, l.Lag, l.FirstByte, l.Transfer}
}

func (l Latencies) reset() {
	for _, h := range l.all() {
		if h != nil {
			h.Reset()
		}
	}
}

// merge adds o's values to l, as far as both have their kind, and returns how many
// of them are clipped.
func (l Latencies) merge(o Latencies) (clipped int64) {
	from := o.all()
	for i, h := range l.all() {
		if h != nil && from[i] != nil {
			h.Merge(from[i])
			clipped += from[i].Clipped()
		}
	}
	return clipped
}

// Statuses counts answers by class (its index in [bench.Classes]) and status.
type Statuses [len(bench.Classes)][maxStatus + 1]int64

// maxStatus is the highest three-digit status.
const maxStatus = 999

// StatusCounts returns the statuses that occurred, by class.
func (o *Outcome) StatusCounts() map[bench.Class]map[int]int64 {
	return o.Statuses.byClass()
}
