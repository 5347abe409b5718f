// Package arms makes a scenario's arms real. What flows in: a scenario, CPUs, a
// secret. What flows out: a [Set], whose arms hold the rendered requests with the
// class and the right statuses of each credential, and start their targets.
//
//  1. [Make] creates one issuer per distinct method, parameters and population,
//     and mints its credentials on all CPUs, or reads them from the user's file.
//     Arms with equal ones share them. Where an issuer is to replace its key, those
//     of the next key are minted, too. Arms for which this machine lacks something
//     are skipped, with the reason.
//  2. It renders the bytes around the credential and builds the workload that
//     the generator draws requests from.
//  3. Where an arm's server is to ask a store, it puts the records in: a store is
//     filled once per run, and shared by arms with equal keys.
//  4. Start then runs once per launch: the built-in target as a child of this
//     same program, or of the one with other JWT engines; the user's command; or a
//     look at the user's URL.
//
// Every wait has an end. A built-in target is given up if it says nothing for
// startupTime, and after loadingTime whatever it says; a command after its ready
// timeout, at each of startAttempts if it loses its port; a URL after dialTime. An end
// takes stopTime, and what the kernel needs to kill. Minting takes longestMint for each
// class of credentials, the filling of a store what internal/credential/store allows for each step.
package arms

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"authbench/bench"
	"authbench/internal/measure/agents"
	"authbench/internal/measure/load"
	"authbench/internal/measure/proc"
	"authbench/internal/measure/runner"
	"authbench/internal/measure/service"
	"authbench/internal/method"
)

// Config is what arms are made with.
type Config struct {
	// Methods is the catalogue.
	Methods method.Catalogue
	Starter *proc.Starter
	// Executable is this program, which built-in targets run. Engines is where
	// the program is, if it was built, that has the JWT engines that this one lacks.
	Executable, Engines string
	// TargetStart says how a gate has an arm's target started. It is asked at every start. Nil:
	// there is no gate.
	TargetStart func(arm string) TargetStart
	ServerCPUs  []int
	// Backends keeps the stores that arms ask for.
	Backends *service.Backends
	// Secret is the run's: keys are derived from it. It never leaves the process
	// but for the targets' socketpairs.
	Secret [32]byte
	// Progress is called before each arm's credentials are minted.
	Progress func(arm string, done, total int)
	// Loading is called now and then while a target loads many records.
	Loading func(arm string, done, total int)
}

// TargetStart is base's or head's way to start a target.
type TargetStart struct {
	// Words are a command. A built-in target is started by it, with its arguments added;
	// in a user's command it takes the place of {program}. None: built-in targets are
	// started by this program, and a user's command has no {program}.
	Words []string
	// Dir is where a user's command starts, and from where a path that names its program
	// leads; empty: where the harness runs.
	Dir string
	// Cage confines what is started, because nobody trusts it; nil: it is not confined.
	Cage *proc.Cage
}

// Set is what became of a scenario's arms.
type Set struct {
	// Arms has the arms that can be measured, in the scenario's order.
	Arms []runner.Arm
	// Infos describes all arms, those included that had to be skipped.
	Infos    []bench.ArmInfo
	Warnings []bench.Warning
}

// Measured returns s with the arms that can be measured.
func (set *Set) Measured(s bench.Scenario) bench.Scenario {
	s.Arms = slices.DeleteFunc(slices.Clone(s.Arms), func(a bench.Arm) bool {
		return !slices.ContainsFunc(set.Arms, func(made runner.Arm) bool { return made.Info().Name == a.Name })
	})
	return s
}

// skip notes an arm that cannot be measured here. The run goes on without it.
func (set *Set) skip(arm, why string) {
	set.Infos = append(set.Infos, bench.ArmInfo{Name: arm, Skipped: why})
	set.Warnings = append(set.Warnings, bench.Warning{
		Code: bench.WarnArmSkipped, Level: bench.Info, Arm: arm, Text: "the arm is skipped: " + why,
	})
}

// Make makes the arms of s, which has its defaults.
func Make(ctx context.Context, s bench.Scenario, c Config) (*Set, error) {
	set := &Set{}
	shared := map[string]*mintedCredentials{}
	for i, a := range s.Arms {
		c.Progress(a.Name, i, len(s.Arms))
		if why := c.missing(a); why != "" {
			if a.Name == s.Baseline {
				return nil, fmt.Errorf("arm %s, which the others are compared with, cannot be measured: %s", a.Name, why)
			}
			set.skip(a.Name, why)
			continue
		}
		w, err := c.mintedFor(ctx, a, shared)
		if err != nil {
			return nil, fmt.Errorf("arm %s: %w", a.Name, err)
		}
		if w, err = c.withKeyRotation(ctx, a, w, shared); err != nil {
			return nil, fmt.Errorf("arm %s: the issuer's next key: %w", a.Name, err)
		}
		if w, err = c.withRemovableKeys(s, a, w); err != nil {
			return nil, fmt.Errorf("arm %s: keys that are removed: %w", a.Name, err)
		}
		arm, err := newArm(ctx, a, w, s.Reserved(), c)
		if err != nil {
			return nil, fmt.Errorf("arm %s: %w", a.Name, err)
		}
		if got := arm.info.Credentials; w.credentials != nil && a.Credentials == "" && got < a.Population.Credentials {
			set.Warnings = append(set.Warnings, bench.Warning{
				Code: bench.WarnFewCredentials, Level: bench.Info, Arm: a.Name,
				Text: fmt.Sprintf("%d credentials instead of %d: minting more would have taken longer than %v", got, a.Population.Credentials, longestMint),
			})
		}
		set.Arms, set.Infos = append(set.Arms, arm), append(set.Infos, arm.info)
	}
	return set, set.checkEpisodes(s)
}

// checkEpisodes returns an error if an episode is about no arm.
func (set *Set) checkEpisodes(s bench.Scenario) error {
	for _, e := range s.Episodes {
		if slices.ContainsFunc(set.Infos, func(i bench.ArmInfo) bool { return i.Takes(e.Event) }) {
			continue
		}
		if e.Event == bench.RemoveKey {
			return fmt.Errorf("episode %s: no arm has a server that fetches its keys: add one of method jwt with keys: jwks and without rotation, or remove the episode", e.Name)
		}
		return fmt.Errorf("episode %s: no arm has a server that takes credentials back: add one of method apikey, or remove the episode", e.Name)
	}
	return nil
}

// arm implements runner.Arm for every kind of target.
type arm struct {
	bench.Arm
	info   bench.ArmInfo
	minted *mintedCredentials
	// workload is what is sent, to any server; see Workload.
	workload *load.Workload
	start    func(context.Context) (runner.Server, error)
}

var _ runner.Arm = (*arm)(nil)

func (a *arm) Info() bench.ArmInfo { return a.info }

// Workload renders the request anew: Host names the port, which is another one at each
// launch. What is drawn from stays the same.
func (a *arm) Workload(at bench.Address) (*load.Workload, error) {
	request, err := a.minted.message(a.Arm, at)
	if err != nil {
		return nil, err
	}
	prefix, suffix := request.Bytes()
	return a.workload.To(prefix, suffix, a.minted.to(request)), nil
}

// Agents implements runner.Arm.
func (a *arm) Agents() *agents.Agents { return a.minted.agents }

func (a *arm) Start(ctx context.Context) (runner.Server, error) { return a.start(ctx) }

// misfit says why an arm cannot have what its method needs, nil if it can.
func misfit(a bench.Arm, needs method.Needs) error {
	switch {
	case needs.Store != nil && a.Target != nil:
		return errors.New("only the built-in server asks a store of ours: remove store, or the arm's target")
	case needs.Exchange != nil && (a.Target != nil || a.Credentials != ""):
		return errors.New("clients exchange their keys at the issuer of a run: remove the arm's target, or credentials")
	case needs.AsksIssuer() && a.Target != nil && a.Target.URL == "":
		return errors.New("only the built-in server asks the issuer of a run: remove the arm's target")
	case needs.KeySet != nil && needs.KeySet.Rotation != 0 && a.Servers() > 1:
		return errors.New("an issuer that replaces its key has one server: remove rotation, or the arm's replicas")
	}
	return nil
}

// newArm makes an arm of which no load uses the last reserved valid credentials.
func newArm(ctx context.Context, a bench.Arm, w *mintedCredentials, reserved int, c Config) (*arm, error) {
	out := &arm{Arm: a, minted: w, info: bench.ArmInfo{Name: a.Name, HasCPU: proc.CanMeter, Restarts: true}}
	needs := c.Methods.Needs(a.Method)
	facts := c.Methods.Facts(a.Method)
	out.info.Facts = &facts
	if err := misfit(a, needs); err != nil {
		return nil, err
	}
	switch {
	case a.Target == nil:
		b := builtin{arm: a.Name, method: a.Method, minted: w, config: c}
		var err error
		if b.stored, err = c.store(ctx, needs.Store, w); err != nil {
			return nil, err
		}
		if b.channel, err = c.channel(ctx, needs.Channel); err != nil {
			return nil, err
		}
		b.stored.describe(&out.info)
		b.channel.describe(&out.info)
		if b.realm, err = c.realm(ctx, needs, w, b.channel); err != nil {
			return nil, err
		}
		if needs.Exchange != nil {
			w = w.withAgents(*needs.Exchange, b.realm, reserved)
			out.minted = w
		}
		describeIssuer(&out.info, needs)
		out.info.Revokes, out.info.RemovesKeys = facts.Takes(bench.Revoke), w.removable != nil
		out.start = b.start
	case a.Target.URL != "":
		out.info.HasCPU, out.info.Restarts = false, false
		out.start = func(ctx context.Context) (runner.Server, error) { return findRemote(ctx, a.Target.URL) }
	default:
		out.start = command{a.Name, *a.Target, w.issuer.Published, c}.start
	}
	if w.credentials != nil {
		out.info.Credentials = w.credentials.count(bench.Valid)
		out.info.CredentialBytes = w.credentials.meanBytes()
	}
	var err error
	out.start = replicate(a.Servers(), out.start)
	out.workload, err = workload(a, w, reserved)
	return out, err
}

// Launch starts the server of an arm that is a program of its own, with material that
// the caller made: that of another program of ours, or the user's command.
func Launch(ctx context.Context, a bench.Arm, material json.RawMessage, c Config) (runner.Server, error) {
	if a.Target != nil {
		return command{a.Name, *a.Target, func() (json.RawMessage, error) { return material, nil }, c}.start(ctx)
	}
	s, err := builtin{arm: a.Name, method: a.Method, config: c}.launch(ctx, func(*builtinServer) (json.RawMessage, error) { return material, nil })
	if err != nil {
		return nil, err
	}
	return s, nil
}

// workload is what an arm draws its requests from.
func workload(a bench.Arm, w *mintedCredentials, reserved int) (*load.Workload, error) {
	request, err := w.message(a, a.SampleAddress())
	if err != nil {
		return nil, err
	}
	spec := load.WorkloadSpec{Zipf: *a.Population.Zipf}
	spec.Prefix, spec.Suffix = request.Bytes()
	for i, class := range bench.Classes {
		spec.Expect[i] = a.Expected(class)
	}
	if w.credentials != nil {
		spec.Credentials = w.to(request)
		spec.Mix = w.mix(*a.Population.BadShare, reserved)
	}
	return load.NewWorkload(spec)
}

// mintedCredentials is what an arm's clients hold, and what its target must know.
type mintedCredentials struct {
	field       string      // header field of the credential; "" for none
	beside      []string    // its further fields
	credentials credentials // nil for none
	issuer      method.Issuer
	name        string       // tells it from the run's others
	next        *keyRotation // nil unless the issuer replaces its key
	// agents hold the valid ones, and refresh them; nil where these live long.
	agents *agents.Agents
	// removable are the credentials with keys of their own, nil if there are none.
	removable *removableKeys
}

// to are the credentials as they are sent with a request, nil for none.
func (w *mintedCredentials) to(request bench.Message) load.Credentials {
	switch {
	case w.next != nil:
		return w.next.to(request)
	case w.agents != nil:
		return w.agents.Of(w.credentials.to(request))
	case w.credentials != nil:
		return w.credentials.to(request)
	}
	return nil
}

// message is what an arm with these credentials sends to its server at an address.
func (w *mintedCredentials) message(a bench.Arm, at bench.Address) (bench.Message, error) {
	return message(a, at, w.field, w.beside...)
}

// mintedFor mints an arm's credentials, or finds those of an equal arm.
func (c Config) mintedFor(ctx context.Context, a bench.Arm, shared map[string]*mintedCredentials) (*mintedCredentials, error) {
	minted, key := c.Methods.Minted(a.Method), c.mintedKey(a)
	if a.Credentials != "" {
		key += " " + a.Credentials
	}
	if w := shared[key]; w != nil {
		return w, nil
	}
	issuer, err := c.Methods.NewIssuer(minted, c.Secret, a.Population.Credentials, time.Now())
	if err != nil {
		return nil, err
	}
	w := &mintedCredentials{field: issuer.Field(), issuer: issuer, name: key}
	switch {
	case a.Credentials != "":
		w.field, w.credentials, err = fromFile(a.Credentials, io.Discard)
	case w.field != "":
		w.credentials, w.beside, err = mint(ctx, issuer, *a.Population)
	}
	if err != nil {
		return nil, err
	}
	shared[key] = w
	return w, nil
}

// mintedKey is equal for arms whose credentials are.
func (c Config) mintedKey(a bench.Arm) string {
	minted := c.Methods.Minted(a.Method)
	return fmt.Sprintf("%s %s %d %v", minted.ID, minted.Params.Key(), a.Population.Credentials, a.Population.BadClasses)
}

// mix spreads the bad share over the bad classes that have credentials. It leaves the last reserved
// valid credentials out.
func (w *mintedCredentials) mix(badShare float64, reserved int) []load.Share {
	var bad []load.Share
	for _, class := range bench.Classes[1:] {
		if n := w.credentials.count(class); n > 0 {
			bad = append(bad, load.Share{Class: class, Count: n})
		}
	}
	if len(bad) == 0 {
		badShare = 0
	}
	for i := range bad {
		bad[i].Share = badShare / float64(len(bad))
	}
	// Valid ones first: the generator compares with the shares in this order.
	valid := load.Share{Class: bench.Valid, Share: 1 - badShare, Count: max(1, w.credentials.count(bench.Valid)-reserved)}
	return append([]load.Share{valid}, bad...)
}
