package scenario

// descriptions are what an editor shows for a type or a key, by the Go names
// "Type." and "Type.Field". They are not bench's comments: those speak to
// programmers. A test holds both sets of names equal.
var descriptions = map[string]string{
	"Scenario.":           "One question put to the machine: which arms, under which loads, by which protocol.",
	"Scenario.Question":   "What the scenario answers, in one sentence.",
	"Scenario.Baseline":   "The arm that the others are compared with.",
	"Scenario.Safety":     "What happens to arms that the attack catalogue finds unsafe: required leaves them out of the comparison (default), shown keeps them, marked.",
	"Scenario.Population": "The credentials that every arm's clients hold, and how they use them.",
	"Scenario.CPUs":       "Which CPUs to use. Default: one for the generator, the rest for the servers.",
	"Scenario.Loads":      "How each arm is put under load. Default: one closed and one open load.",
	"Scenario.Arms":       "What is compared.",
	"Scenario.Ladders":    "Lists of arms, each of which does what the one before does and something more: what the steps add takes the cost of the last one apart.",
	"Scenario.Full":       "Overrides such as launches=30, with which the scenario takes the time that small differences need; 'authbench run --full' applies them.",
	"Scenario.Episodes":   "Stretches of open load on each arm, after the last launch, in which credentials are taken back: they find out how long those go on working.",
	"Scenario.Contrasts":  "The comparisons that the question asks for, each {arm: the arm that it is compared with}. The report's first sentences are about these. Default: every arm with the baseline.",

	"Protocol.Launches": "How often all servers are started afresh and measured. Intervals are over launches. Default: 10.",
	"Protocol.Rounds":   "How often each arm is visited within a launch, per load. Default: 8.",
	"Protocol.Slice":    "How long one visit is measured. Default: 100ms.",
	"Protocol.Settle":   "How long a visit runs before it is measured. Default: 20ms.",
	"Protocol.Warmup":   "How long each arm runs, uncounted, after it was started. Default: 150ms.",

	"Population.":            "Credentials and their use.",
	"Population.Credentials": "How many distinct valid credentials there are. Default: 10000.",
	"Population.Zipf":        "How unevenly they are used: the exponent of a Zipf distribution, 0 for all alike. Default: 0.99.",
	"Population.BadShare":    "The part of the requests that carries a credential that must be refused. Default: 0.01.",
	"Population.BadClasses":  "The kinds of bad credentials. Default: all that the method has but oversized and nested.",

	"CPUs.":          "CPU numbers, from 0.",
	"CPUs.Server":    "The CPUs of the servers under test.",
	"CPUs.Generator": "The CPUs of the load generator.",

	"Episode.":            "Open load on one arm, in which credentials are taken back.",
	"Episode.Name":        "A short unique name. Default: revocation.",
	"Episode.Event":       "How they are taken back. revoke: the credential itself (default); remove_key: its issuer takes the key that signed it, a key of its own, out of the key set that servers fetch.",
	"Episode.Revocations": "How many credentials of each arm are taken back. Default: 40.",
	"Episode.ClientRate":  "How many requests per second the holder of each of them sends before. Default: none, but one to each server just before, which is the worst case.",
	"Episode.Rate":        "The open load meanwhile, with other credentials, in requests per second. Default: 500.",
	"Episode.Spread":      "The time into which the revocations fall at random. Default: 5s, and at least 20 intervals of a poll.",
	"Episode.Watch":       "For how long each credential is asked about at most, up to 5m. Default: until its design says that it must be refused, and 5s more.",

	"Load.":            "One way to put an arm under load.",
	"Load.Name":        "A short unique name.",
	"Load.Kind":        "closed: each connection waits for its answer (capacity, CPU per request). open: requests arrive at a rate, whatever the server does (latency). sweep: open, at fractions of each arm's own capacity (latency against throughput). capacity: open, at rates that close in on the highest one that meets an objective. ramp: open, at a rate that changes by stages (latency and throughput over time).",
	"Load.Connections": "Closed: how many connections are kept busy (default 32). Others: how many there are at most (default 64).",
	"Load.Rate":        "Open: requests per second, such as 2000 or 5k, the same for every arm. Default: by utilisation.",
	"Load.Utilisation": "Open, without a rate: the part of the slowest arm's capacity, below 1. Default: 0.5.",
	"Load.Fractions":   "Sweep: parts of each arm's own capacity, below 1. Default: 0.1, 0.3, 0.5, 0.7, 0.8, 0.9.",
	"Load.Stages":      "Ramp: how long each stage takes and the rate that it goes to, evenly, from 0 on, such as 10s:100/s,30s:2k/s. A stage of 0s jumps. Each arm goes through them once in every launch.",
	"Load.SLO":         "Capacity: the objective on the response time, such as p99 < 2ms (p50, p90, p95, p99, p99.9).",
	"Load.Arrivals":    "Not closed: poisson (independent clients) or constant gaps. Default: poisson.",
	"Load.Timeout":     "When an unanswered request is given up and counted as failed. Default: 5s.",

	"Arm.":            "One thing under test: a method, the server that checks it, the credentials that are sent.",
	"Arm.Name":        "A short unique name.",
	"Arm.Method":      "The way to authenticate, and its parameters.",
	"Arm.Target":      "Your own server. Default: the built-in one.",
	"Arm.Replicas":    "How many of its servers run at once, each with caches of its own; connections are spread over them. Default: 1.",
	"Arm.Request":     "What is sent. Default: GET /.",
	"Arm.Expect":      "The right statuses per class of credential: one, a class such as 2xx, or a list of them. Default: 200 for valid ones, 401 for others.",
	"Arm.Credentials": "A file of ready-made credentials. Default: they are made for the run.",
	"Arm.Population":  "Credentials of this arm alone; keys that are left out keep the scenario's values.",

	"Target.":        "A server of your own: a command to start, or the address of one that runs.",
	"Target.Command": "The command and its arguments; {port} becomes a free port, at 127.0.0.1 or ::1.",
	"Target.URL":     "The server's address: http on this machine, or unix:PATH for a Unix socket.",
	"Target.Public":  "true: results may show the command's arguments. Default: their digests alone.",
	"Target.Ready":   "How to learn that the command's server answers.",

	"Ready.":        "When a command's server is ready.",
	"Ready.HTTP":    "A path that answers with 2xx or 3xx when it is. Default: its port accepts a connection.",
	"Ready.Timeout": "How long to wait. Default: 10s.",

	"RequestShape.":        "A request without its credential. {port} in its path, headers and body becomes the server's port.",
	"RequestShape.Method":  "Default: GET.",
	"RequestShape.Path":    "Path and query; what may not stand there is escaped. Default: /.",
	"RequestShape.Headers": "Further header fields. Host replaces the address that was dialled.",
	"RequestShape.Body":    "Default: empty.",
	"RequestShape.Public":  "true: results may show the values of headers and query, and the body. Default: their digests alone, but for such headers as Accept and Content-Type.",
}
