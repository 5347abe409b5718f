package bench

import (
	"cmp"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Problem is one thing that is wrong with a scenario: where, what, and what to
// do about it.
type Problem struct {
	// Path leads to the value, from the scenario's root: field names and list
	// indices, such as "arms", 2, "method", "alg".
	Path []any
	// AtKey says that the path's last name is at fault, not the value under it.
	AtKey bool
	Text  string
	// Remedy says what to do next; it may be empty where Text says it all.
	Remedy string
}

// Error formats the problem without a position; internal/scenario adds one.
func (p Problem) Error() string {
	var b strings.Builder
	for _, step := range p.Path {
		switch s := step.(type) {
		case int:
			fmt.Fprintf(&b, "[%d]", s)
		default:
			if b.Len() > 0 {
				b.WriteByte('.')
			}
			fmt.Fprint(&b, s)
		}
	}
	if b.Len() > 0 {
		b.WriteString(": ")
	}
	b.WriteString(p.Text)
	if p.Remedy != "" {
		b.WriteString("; " + p.Remedy)
	}
	return b.String()
}

// Limits of what a scenario may ask for. They catch slips of the pen, not
// ambition: each is far above what a run on one machine makes use of.
const (
	maxLaunches    = 1000
	maxRounds      = 10_000
	maxConnections = 60_000 // one address pair has 64,511 ports above 1024
	maxCredentials = 10_000_000
	maxSlice       = 5 * time.Minute
	maxRevocations = 10_000
	maxClientRate  = 1000
	maxRate        = 10_000_000
	maxRamp        = time.Hour
	// leastPart of a ramp holds some requests, and is far above what threads need to
	// wake.
	leastPart = 25 * time.Millisecond
)

// MostReplicas is how many servers of one arm a scenario may ask for.
const MostReplicas = 32

// checker collects problems.
type checker struct{ problems []Problem }

func (k *checker) add(remedy, text string, path ...any) {
	k.problems = append(k.problems, Problem{Path: path, Text: text, Remedy: remedy})
}

// addKey is add for a key that should not be there, or not with this name.
func (k *checker) addKey(remedy, text string, path ...any) {
	k.problems = append(k.problems, Problem{Path: path, AtKey: true, Text: text, Remedy: remedy})
}

// Validate returns everything that is wrong with s, in the order of the file. It
// changes nothing, and judges s as written, before defaults: zero means left out,
// and a written zero is the reader's to report (internal/scenario).
func (s Scenario) Validate(c Catalogue) []Problem {
	var k checker
	if s.Name != "" && !validName(s.Name) {
		k.add("rename the file: lower-case letters, digits, '.', '_' and '-', at most 63", fmt.Sprintf("%q is not a valid scenario name", s.Name))
	}
	if s.Safety != "" && s.Safety != SafetyRequired && s.Safety != SafetyShown {
		k.add("choose from required, shown", fmt.Sprintf("%q is not a way to treat unsafe arms", s.Safety), "safety")
	}
	k.protocol(s.Protocol)
	k.population(s.Population, "population")
	k.cpus(s.CPUs)
	k.loads(s.Loads)
	k.arms(s.Arms, c)
	k.baseline(s)
	k.ladders(s)
	k.contrasts(s)
	k.episodes(s)
	k.diagnostic(s, c)
	return k.problems
}

func (k *checker) protocol(p Protocol) {
	k.intRange(p.Launches, maxLaunches, "launches")
	k.intRange(p.Rounds, maxRounds, "rounds")
	k.durationRange(p.Slice, maxSlice, "slice")
	k.durationRange(p.Settle, maxSlice, "settle")
	k.durationRange(p.Warmup, maxSlice, "warmup")
}

func (k *checker) intRange(v, limit int, path ...any) {
	switch {
	case v < 0:
		k.add(fmt.Sprintf("write a whole number from 1 to %d", limit), fmt.Sprintf("%d is not positive", v), path...)
	case v > limit:
		k.add(fmt.Sprintf("the most is %d", limit), fmt.Sprintf("%d is too large", v), path...)
	}
}

func (k *checker) durationRange(d Duration, limit time.Duration, path ...any) {
	switch {
	case d < 0:
		k.add("write a duration above zero, such as 100ms", fmt.Sprintf("%v is not positive", d), path...)
	case d.Std() > limit:
		k.add(fmt.Sprintf("the most is %v", limit), fmt.Sprintf("%v is too long", d), path...)
	}
}

func (k *checker) population(p Population, path ...any) {
	k.intRange(p.Credentials, maxCredentials, append(path, "credentials")...)
	if p.Zipf != nil && !(*p.Zipf >= 0 && *p.Zipf <= 10) {
		k.add("write an exponent from 0 (all alike) to 10", fmt.Sprintf("%v is not a Zipf exponent", *p.Zipf), append(path, "zipf")...)
	}
	if p.BadShare != nil && !(*p.BadShare >= 0 && *p.BadShare <= 1) {
		k.add("write the part of the requests that is bad, such as 0.01 for 1 %", fmt.Sprintf("%v is not a share between 0 and 1", *p.BadShare), append(path, "bad_share")...)
	}
	for i, c := range p.BadClasses {
		if c.Index() <= 0 {
			k.add("choose from "+classNames(Classes[1:]), fmt.Sprintf("%q is not a class of bad credentials", c), append(slices.Clone(path), "bad_classes", i)...)
		}
	}
}

func (k *checker) cpus(c CPUs) {
	for _, field := range []struct {
		name string
		list []int
	}{{"server", c.Server}, {"generator", c.Generator}} {
		for i, cpu := range field.list {
			if cpu < 0 || cpu > 4095 {
				k.add("CPUs are numbered from 0", fmt.Sprintf("%d is not a CPU number", cpu), "cpus", field.name, i)
			}
		}
	}
}

func (k *checker) loads(loads []Load) {
	seen := map[string]int{}
	for i, l := range loads {
		k.name("load", l.Name, seen, i, "loads", i, "name")
		k.load(l, i)
	}
}

func (k *checker) load(l Load, i int) {
	at := func(field string) []any { return []any{"loads", i, field} }
	if !slices.Contains(LoadKinds, l.Kind) {
		text := fmt.Sprintf("%q is not a kind of load", l.Kind)
		if l.Kind == "" {
			text = "the load has no kind"
		}
		k.add("write closed (CPU per request), open (latency at a rate), sweep (latency at fractions of the capacity), capacity (highest rate that meets an objective) or ramp (latency while the rate changes)", text, at("kind")...)
	}
	k.intRange(l.Connections, maxConnections, at("connections")...)
	k.durationRange(l.Timeout, time.Minute, at("timeout")...)
	if !(l.Rate >= 0 && l.Rate <= maxRate) {
		k.add("write requests per second, such as 2000, or leave it out to use half of the slowest arm's capacity", fmt.Sprintf("rate %v is not positive", l.Rate), at("rate")...)
	}
	if !(l.Utilisation >= 0 && l.Utilisation < 1) {
		k.add("write a share of the slowest arm's capacity below 1, such as 0.5", fmt.Sprintf("%v is not a utilisation", l.Utilisation), at("utilisation")...)
	}
	if l.Rate > 0 && l.Utilisation > 0 {
		k.add("keep one of them", "rate and utilisation exclude each other", at("utilisation")...)
	}
	if l.Arrivals != "" && l.Arrivals != Poisson && l.Arrivals != Constant {
		k.add("write poisson or constant", fmt.Sprintf("%q is not an arrival process", l.Arrivals), at("arrivals")...)
	}
	for f, fraction := range l.Fractions {
		if !(fraction > 0 && fraction < 1) {
			k.add("write shares of the arm's own capacity below 1, such as 0.5", fmt.Sprintf("%v is not a fraction", fraction), append(at("fractions"), f)...)
		}
	}
	k.slo(l, at("slo"))
	k.stages(l, at("stages"))
	k.misplaced(l, at)
}

// stages checks that a ramp has stages that can be paced.
func (k *checker) stages(l Load, path []any) {
	const usual = "write how long each stage takes and the rate that it ends with, such as  stages: '10s:100/s,30s:2k/s'"
	switch {
	case l.Kind != Ramped:
	case len(l.Stages) == 0:
		k.add(usual, "a ramp needs stages", path...)
	case l.Rate > 0:
		k.add("remove the rate; a ramp begins at 0, or with a stage of 0s: '0s:2k/s,1m:5k/s'", "rate and stages exclude each other", path...)
	case l.Ramp().Length() > maxRamp:
		k.add(fmt.Sprintf("the most is %v, for every arm in every launch", maxRamp), fmt.Sprintf("stages of %v are too long", l.Ramp().Length()), path...)
	case l.Part() < leastPart && l.Ramp().Check(maxRate) == nil:
		k.add(fmt.Sprintf("the least is %v; %s", RampParts*leastPart, usual), fmt.Sprintf("stages of %v are too short to see anything change", l.Ramp().Length()), path...)
	default:
		if err := l.Ramp().Check(maxRate); err != nil {
			k.add(usual, err.Error(), path...)
		}
	}
}

// slo checks that a capacity load has an objective that can be read.
func (k *checker) slo(l Load, path []any) {
	if l.Kind == Capacity || l.SLO != "" {
		if o, err := ParseObjective(l.SLO); l.SLO == "" {
			k.add("write one, such as  slo: p99 < 2ms", "a capacity load needs an objective", path...)
		} else if err != nil {
			k.add("such an objective reads  p99 < 2ms", err.Error(), path...)
		} else if timeout := cmp.Or(l.Timeout, defaultTimeout).Std(); o.Limit >= timeout {
			k.add("raise the timeout, or write a shorter time", fmt.Sprintf("the objective's %v is not below the timeout of %v", o.Limit, timeout), path...)
		}
	}
}

// misplaced refuses the keys that a kind of load has no use for.
func (k *checker) misplaced(l Load, at func(string) []any) {
	for _, field := range []struct {
		name  string
		set   bool
		kinds []LoadKind
	}{
		{"rate", l.Rate > 0 && l.Kind != Ramped, []LoadKind{Open}}, // a ramp's is said with its stages
		{"utilisation", l.Utilisation > 0, []LoadKind{Open}},
		{"stages", len(l.Stages) > 0, []LoadKind{Ramped}},
		{"arrivals", l.Arrivals != "", []LoadKind{Open, Sweep, Capacity, Ramped}},
		{"fractions", len(l.Fractions) > 0, []LoadKind{Sweep}},
		{"slo", l.SLO != "", []LoadKind{Capacity}},
	} {
		if field.set && l.Kind != "" && !slices.Contains(field.kinds, l.Kind) {
			k.addKey(fmt.Sprintf("remove it, or write  kind: %s", field.kinds[0]), fmt.Sprintf("a load of kind %s has no %s", l.Kind, field.name), at(field.name)...)
		}
	}
}

// name checks a name's form and that it is new among seen.
func (k *checker) name(what, name string, seen map[string]int, i int, path ...any) {
	if !validName(name) {
		text := fmt.Sprintf("%q is not a valid %s name", name, what)
		if name == "" {
			text = fmt.Sprintf("the %s has no name", what)
		}
		k.add("use lower-case letters, digits, '.', '_' and '-', at most 63, starting with a letter or digit", text, path...)
		return
	}
	if first, dup := seen[name]; dup {
		k.add("give each its own name", fmt.Sprintf("duplicate %s %q: it is already number %d of the list", what, name, first+1), path...)
		return
	}
	seen[name] = i
}

func (k *checker) arms(arms []Arm, c Catalogue) {
	if len(arms) == 0 {
		k.add("list at least one under 'arms:', such as  - {name: apikey, method: {id: apikey}}", "the scenario has no arms", "arms")
	}
	seen := map[string]int{}
	for i, a := range arms {
		k.name("arm", a.Name, seen, i, "arms", i, "name")
		k.method(a.Method, c, i)
		k.target(a.Target, i)
		k.foreign(a, c, i)
		k.request(a, c, i)
		k.replicas(a, i)
		k.expect(a.Expect, i)
		if a.Population != nil {
			k.population(*a.Population, "arms", i, "population")
		}
	}
}

// replicas refuses several servers where the harness starts none.
func (k *checker) replicas(a Arm, i int) {
	k.intRange(a.Replicas, MostReplicas, "arms", i, "replicas")
	if a.Replicas > 1 && a.Target != nil && a.Target.URL != "" {
		k.addKey("remove it, or give the arm a command", "a server that runs already cannot be started several times", "arms", i, "replicas")
	}
}

func (k *checker) method(m Method, c Catalogue, i int) {
	spec, ok := findMethod(c, m.ID)
	if !ok {
		var ids []string
		for _, s := range c.Methods() {
			ids = append(ids, s.ID)
		}
		text := fmt.Sprintf("unknown method %q", m.ID)
		if m.ID == "" {
			text = "the arm has no method"
		}
		k.add(DidYouMean(m.ID, ids), text, "arms", i, "method", "id")
		return
	}
	for _, p := range spec.Problems(m.Params) {
		p.Path = append([]any{"arms", i, "method"}, p.Path...)
		k.problems = append(k.problems, p)
	}
}

func (k *checker) target(t *Target, i int) {
	if t == nil {
		return
	}
	at := func(field string) []any { return []any{"arms", i, "target", field} }
	if (len(t.Command) > 0) == (t.URL != "") {
		k.add("write one of them: a command to start, or the URL of a running server", "a target needs either command or url", "arms", i, "target")
		return
	}
	if t.URL != "" {
		if text, remedy := badURL(t.URL); text != "" {
			k.add(remedy, text, at("url")...)
		}
		return
	}
	if _, problems := t.Ready.Message(sampleAddress); len(problems) > 0 && t.Ready.HTTP != "" {
		k.add("write a path such as /healthz", problems[0].Text, "arms", i, "target", "ready", "http")
	}
	k.command(t.Command, i)
}

// foreign refuses parameters that say how the built-in server verifies where there is
// another one.
func (k *checker) foreign(a Arm, c Catalogue, i int) {
	spec, _ := findMethod(c, a.Method.ID)
	for _, name := range spec.Verifying {
		if _, set := a.Method.Params[name]; set && a.Target != nil {
			k.addKey("remove it, or the arm's target", fmt.Sprintf("%s is how the built-in server verifies, and this arm has a server of your own", name), "arms", i, "method", name)
		}
	}
}

// command refuses words that no process can be started with.
func (k *checker) command(words []string, i int) {
	for w, word := range words {
		if strings.ContainsRune(word, 0) || w == 0 && word == "" {
			k.add("write the program and its arguments, without NUL characters", "the command cannot be started", "arms", i, "target", "command", w)
		}
	}
}

// badURL says what keeps an arm's URL from being usable: load goes to this machine, by
// plain HTTP.
func badURL(raw string) (text, remedy string) {
	const usual = "write an address such as http://127.0.0.1:8080, or unix:/run/api.sock"
	s, p := ParseSite(raw)
	switch {
	case p != nil && strings.Contains(p.Text, "password"):
		return p.Text, "remove it: credentials come from the arm's method"
	case p != nil:
		return p.Text, p.Remedy
	case s.Secure:
		return "scheme \"https\" is not supported: only http", usual
	case !s.Bare:
		return "the url has a path or a query: they belong into the arm's request.path", usual
	case s.Socket != "", s.Name == "localhost", strings.HasSuffix(s.Name, ".localhost"):
		return "", ""
	}
	if addr, err := netip.ParseAddr(s.Name); err != nil || !addr.Unmap().IsLoopback() {
		return fmt.Sprintf("%q is not a loopback address: load goes to this machine only", s.Name), usual + "; a name that the server wants goes into request.headers, as Host"
	}
	return "", ""
}

// request checks what an arm sends.
func (k *checker) request(a Arm, c Catalogue, i int) {
	field := ""
	if spec, ok := findMethod(c, a.Method.ID); ok && a.Credentials == "" {
		field = spec.CredentialField(a.Method.Params)
	}
	_, problems := a.Message(a.SampleAddress(), field)
	for _, p := range problems {
		p.Path = append([]any{"arms", i, "request"}, p.Path...)
		k.problems = append(k.problems, p)
	}
}

func (k *checker) expect(expect map[Class]Statuses, i int) {
	for _, class := range slices.Sorted(maps.Keys(expect)) {
		if class.Index() < 0 {
			k.addKey("choose from "+classNames(Classes[:]), fmt.Sprintf("%q is not a credential class", class), "arms", i, "expect", string(class))
		}
		for _, status := range expect[class] {
			if status < lowestStatus || status > highestStatus {
				k.add("write final statuses, 200 to 999", strconv.Itoa(status)+" is not a final HTTP status", "arms", i, "expect", string(class))
			}
		}
	}
}

func (k *checker) baseline(s Scenario) {
	var names []string
	for _, a := range s.Arms {
		if a.Name == s.Baseline && a.Name != "" {
			return
		}
		names = append(names, a.Name)
	}
	if len(names) == 0 {
		return // no arms: said already
	}
	if s.Baseline == "" {
		k.add("name the arm that the others are compared with: one of "+strings.Join(names, ", "), "the scenario has no baseline", "baseline")
		return
	}
	k.add(DidYouMean(s.Baseline, names), fmt.Sprintf("the baseline %q is not an arm", s.Baseline), "baseline")
}

func classNames(classes []Class) string {
	var names []string
	for _, c := range classes {
		names = append(names, string(c))
	}
	return strings.Join(names, ", ")
}
