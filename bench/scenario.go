package bench

import "slices"

// Scenario is one question put to the machine: which arms, under which loads,
// by which protocol. Zero fields take the values of [DefaultProtocol],
// [DefaultPopulation] and [defaultLoads] in [Scenario.WithDefaults].
type Scenario struct {
	// Name comes from the file's name, not from its content.
	Name string `json:"name" yaml:"-" jsonschema:"-"`
	// Question is what the scenario answers, one sentence.
	Question string `json:"question" yaml:"question"`
	// Baseline names the arm that the others are compared with.
	Baseline string `json:"baseline" yaml:"baseline"`
	// Safety says what happens to arms that the attack catalogue finds unsafe;
	// [SafetyRequired] if it is left out.
	Safety Safety `json:"safety,omitempty" yaml:"safety"`

	Protocol   `yaml:",inline"`
	Population Population `json:"population" yaml:"population"`
	CPUs       CPUs       `json:"cpus" yaml:"cpus"`
	Loads      []Load     `json:"loads" yaml:"loads"`
	Arms       []Arm      `json:"arms" yaml:"arms"`
	Ladders    []Ladder   `json:"ladders,omitempty" yaml:"ladders"`
	// Episodes follow the last launch.
	Episodes []Episode `json:"episodes,omitempty" yaml:"episodes"`
	// Contrasts are the comparisons that Question asks for. Without any, every arm is
	// compared with the baseline.
	Contrasts []Contrast `json:"contrasts,omitempty" yaml:"contrasts"`
	// Full are overrides, such as "launches=30", with which the scenario takes the time that
	// small differences need: those of 'authbench run --full'.
	Full []string `json:"-" yaml:"full"`
	// Pairs are the arms that a gate compares; see [Scenario.InPairs]. No file has
	// any.
	Pairs []Pair `json:"pairs,omitempty" yaml:"-" jsonschema:"-"`
}

// Protocol says how often and how long each arm is visited.
type Protocol struct {
	// Launches is how often all processes are started afresh and measured. One
	// launch gives one number per arm and metric; intervals are over launches.
	Launches int `json:"launches" yaml:"launches"`
	// Rounds is how often each arm is visited within a launch, per load.
	Rounds int `json:"rounds" yaml:"rounds"`
	// Slice is the measured part of one visit.
	Slice Duration `json:"slice" yaml:"slice"`
	// Settle is the part of a visit before the measured one. It is not counted.
	Settle Duration `json:"settle" yaml:"settle"`
	// Warmup is how long each arm runs, uncounted, after it was started.
	Warmup Duration `json:"warmup" yaml:"warmup"`
}

// CPUs assigns processors. Empty lists are filled in from the machine: one CPU
// for the generator and the rest for the servers, or the same one for both.
type CPUs struct {
	Server    []int `json:"server,omitempty" yaml:"server"`
	Generator []int `json:"generator,omitempty" yaml:"generator"`
}

// Arm is one thing under test.
type Arm struct {
	// Name is unique in the scenario; see [validName].
	Name   string `json:"name" yaml:"name"`
	Method Method `json:"method" yaml:"method"`
	// Target is the user's own server; nil stands for the built-in one.
	Target *Target `json:"target,omitempty" yaml:"target"`
	// Replicas is how many servers of the arm run at once, each with caches and a memory of
	// its own; 0 stands for one. Connections are spread over them.
	Replicas int `json:"replicas,omitempty" yaml:"replicas"`
	// Request is what is sent; its zero value is GET /.
	Request RequestShape `json:"request" yaml:"request"`
	// Expect lists, per credential class, the statuses that are right. Classes
	// that are left out keep [DefaultExpect].
	Expect map[Class]Statuses `json:"expect,omitempty" yaml:"expect"`
	// Credentials is a file of ready-made credentials; see internal/method for
	// its form. Empty: the harness mints them.
	Credentials string `json:"credentials,omitempty" yaml:"credentials"`
	// Population overrides the scenario's, as a whole.
	Population *Population `json:"population,omitempty" yaml:"population"`
}

// Expected returns the statuses that a class must get from the arm.
func (a Arm) Expected(c Class) Statuses {
	if expected := a.Expect[c]; len(expected) > 0 {
		return expected
	}
	return DefaultExpect(c)
}

// Servers is how many of the arm's servers run at once.
func (a Arm) Servers() int { return max(1, a.Replicas) }

// Expects reports whether a class may get a status.
func (a Arm) Expects(c Class, status int) bool { return slices.Contains(a.Expected(c), status) }

// Method is a way to authenticate and its parameters, by the names of the
// method's [MethodSpec].
type Method struct {
	ID     string `json:"id" yaml:"id"`
	Params Params `json:"params,omitempty" yaml:",inline"`
}

// Target is a server that is not the built-in one: a command that the harness
// starts, or the URL of a server that runs already. Exactly one is set.
type Target struct {
	// Command starts the server; "{port}" in an argument is replaced by a free
	// port, and so it is in the arm's request. Started afresh at each launch. The
	// server is looked for at 127.0.0.1 and at ::1.
	Command []string `json:"command,omitempty" yaml:"command"`
	// URL is the server's address: http on loopback, or unix:PATH for a Unix socket;
	// see [ParseSite]. It is never restarted.
	URL string `json:"url,omitempty" yaml:"url"`
	// Ready says how to learn that a command's server answers.
	Ready Ready `json:"ready,omitzero" yaml:"ready"`
	// Public says that the arguments of Command may be shown; see [Veil].
	Public bool `json:"public,omitempty" yaml:"public"`
}

// Ready says when a user's command is ready: when HTTP answers with 2xx or 3xx,
// or, if empty, when its port accepts a connection.
type Ready struct {
	HTTP string `json:"http,omitempty" yaml:"http"`
	// Timeout bounds the wait (default 10s).
	Timeout Duration `json:"timeout,omitempty" yaml:"timeout"`
}

// RequestShape is the request without its credential. "{port}" in its path, headers
// and body is replaced by the server's port. [NewMessage] says what can be sent.
type RequestShape struct {
	Method  string            `json:"method,omitempty" yaml:"method"`
	Path    string            `json:"path,omitempty" yaml:"path"`
	Headers map[string]string `json:"headers,omitempty" yaml:"headers"`
	Body    string            `json:"body,omitempty" yaml:"body"`
	// Public says that the values above may be shown; see [Veil].
	Public bool `json:"public,omitempty" yaml:"public"`
}

// Population describes the credentials that an arm's clients hold and how they
// use them.
type Population struct {
	// Credentials is how many distinct valid ones there are. One reused
	// credential would flatter every cache.
	Credentials int `json:"credentials" yaml:"credentials"`
	// Zipf is the exponent of their popularity: 0 uses all alike, 0.99 is the
	// usual model of web traffic.
	Zipf *float64 `json:"zipf" yaml:"zipf"`
	// BadShare is the part of the requests (0 to 1) that carries a credential
	// that must be refused.
	BadShare *float64 `json:"bad_share" yaml:"bad_share"`
	// BadClasses are the classes that BadShare is spread over evenly. Empty:
	// all that the method has but the hostile ones; see [Class.Hostile].
	BadClasses []Class `json:"bad_classes,omitempty" yaml:"bad_classes"`
}

// LoadKind says what drives the requests.
type LoadKind string

const (
	// Closed keeps N connections busy: each sends its next request when the
	// last one is answered. It gives capacity and CPU per request.
	Closed LoadKind = "closed"
	// Open sends at the times of an arrival process, whatever the server does.
	// It gives latency.
	Open LoadKind = "open"
	// Sweep is open load at several fractions of each arm's own capacity. It
	// gives latency against throughput.
	Sweep LoadKind = "sweep"
	// Capacity is open load at rates that close in on the highest one that meets
	// an objective. It gives that rate.
	Capacity LoadKind = "capacity"
	// Ramped is open load whose rate changes by stages. It gives latency and throughput
	// over time, beyond the capacity, too.
	Ramped LoadKind = "ramp"
)

// LoadKinds lists all kinds of load.
var LoadKinds = []LoadKind{Closed, Open, Sweep, Capacity, Ramped}

// Scheduled reports whether requests arrive by a schedule, whatever the server
// does: under every kind of load but [Closed].
func (k LoadKind) Scheduled() bool { return k != Closed }

// Arrivals is the process that spaces the requests of an open load.
type Arrivals string

const (
	// Poisson arrivals have exponential gaps: independent clients.
	Poisson Arrivals = "poisson"
	// Constant arrivals have equal gaps.
	Constant Arrivals = "constant"
)

// Load is one way to put an arm under load.
type Load struct {
	Name string   `json:"name" yaml:"name"`
	Kind LoadKind `json:"kind" yaml:"kind"`
	// Connections is how many connections a closed load keeps busy, and how
	// many another load may use at once.
	Connections int `json:"connections" yaml:"connections"`
	// Rate is the open load's requests per second, the same for every arm.
	// 0: Utilisation times the capacity of the slowest comparable arm, which a
	// calibration launch finds.
	Rate float64 `json:"rate,omitempty" yaml:"rate"`
	// Utilisation is the part of the slowest comparable arm's capacity (0 to 1)
	// that an open load without Rate asks for.
	Utilisation float64 `json:"utilisation,omitempty" yaml:"utilisation"`
	// Fractions of each arm's own closed-load capacity (0 to 1) are the rates of
	// a sweep.
	Fractions []float64 `json:"fractions,omitempty" yaml:"fractions"`
	// Stages are the stages of a ramp, which begins at rate 0.
	Stages []RampStage `json:"stages,omitempty" yaml:"stages"`
	// SLO is the objective of a capacity load; see [ParseObjective].
	SLO      string   `json:"slo,omitempty" yaml:"slo"`
	Arrivals Arrivals `json:"arrivals,omitempty" yaml:"arrivals"`
	// Timeout is when an unanswered request is given up, and recorded at its
	// full length as a failure.
	Timeout Duration `json:"timeout" yaml:"timeout"`
}
