package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"authbench/bench"
	"authbench/internal/conform"
	"authbench/internal/measure/host"
	"authbench/internal/measure/proc"
	"authbench/internal/measure/runner"
	"authbench/internal/measure/service"
	"authbench/internal/method/all"
	"authbench/internal/show/report"
	"authbench/internal/text/usertext"
)

// verifyFlags are the flags of 'authbench verify'.
type verifyFlags struct {
	method  methodFlags
	attacks string
	cases   []string
	surface string
	seed    uint64
	output  outputFlags

	url  string
	keys knownKeys
}

func verifyCommand() *cobra.Command {
	var f verifyFlags
	c := &cobra.Command{
		Use:   "verify [SCENARIO]",
		Short: "Runs the attack catalogue against methods or a server",
		Long: `verify mints fresh credentials, forges and respells them as the attack catalogue
says, and shows who lets them in: every built-in method, one method, the arms of a
scenario, or a server that runs on this machine.

For a server that runs already it needs what 'authbench mint' writes: the signing key
that the server trusts, or the API keys that it knows. It forges tokens with it. The
command of a scenario's arm is started with keys made here.

It exits 1 if a case fails that means access, exposure or denial of service,
except under policy stock, which is there to show what fails; and 4 if a server does
not let even the valid credential in, or stops doing so on the way.`,
		Example: `  authbench verify
  authbench verify --method jwt -p alg=RS256 -p policy=stock
  authbench verify quick --case NONE-03 --case CONF-01
  authbench verify --url http://127.0.0.1:8080/orders --signing keys/signing.json --credentials keys/credentials.jsonl`,
		Args: oneScenario,
		RunE: func(c *cobra.Command, args []string) error { return verify(c, args, f) },
	}
	f.method.register(c)
	c.Flags().StringVar(&f.attacks, "attacks", "", "another attack catalogue: a `file` of schema attacks/1")
	c.Flags().StringArrayVar(&f.cases, "case", nil, "run only the case with this `id` (repeatable)")
	c.Flags().StringVar(&f.surface, "surface", "both", "where to ask: process, wire or both")
	c.Flags().Uint64Var(&f.seed, "seed", 0, "seed of keys and names (default: a new one)")
	c.Flags().StringVar(&f.url, "url", "", "examine the server at this `address`, over the wire")
	c.Flags().StringVar(&f.keys.credentials, "credentials", "", "`file` of credentials for --url, credentials.jsonl of 'authbench mint' (not taken from the environment)")
	f.keys.register(c, "--url")
	f.output.register(c)
	return c
}

func verify(c *cobra.Command, args []string, f verifyFlags) error {
	catalogue, err := readCatalogue(f)
	if err != nil {
		return usageError(err)
	}
	if f.seed == 0 {
		f.seed = binary.LittleEndian.Uint64(randomBytes(8))
	}
	harness := conform.NewHarness(all.Catalogue(), catalogue, f.seed)
	var scores []*conform.Score
	if f.url != "" {
		veil := openVeil()
		veil.URL(f.url) // so that no error shows what it hides
		scores, err = verifyServer(c.Context(), harness, args, f)
		err = veiled(veil, err)
	} else {
		scores, err = verifyMethods(c, harness, args, f)
	}
	if err != nil && (!unexaminable(err) || len(scores) == 0) {
		return err
	}
	if err := printScores(c.OutOrStdout(), catalogue, scores, f); err != nil {
		return err
	}
	return errors.Join(gateScores(scores), err)
}

// readCatalogue reads the catalogue that is asked for, and keeps the cases that are.
func readCatalogue(f verifyFlags) (*conform.Catalogue, error) {
	catalogue, err := conform.Builtin()
	if f.attacks != "" {
		var text []byte
		if text, err = readFile(f.attacks, usertext.ReadAll); err != nil {
			return nil, fmt.Errorf("--attacks: %w", err)
		}
		catalogue, err = conform.Parse(f.attacks, text)
	}
	if err != nil || len(f.cases) == 0 {
		return catalogue, err
	}
	if catalogue, err = catalogue.Select(f.cases); err != nil {
		return nil, fmt.Errorf("--case: %w", err)
	}
	return catalogue, nil
}

// verifyMethods examines built-in methods, and the arms of a scenario.
func verifyMethods(c *cobra.Command, harness *conform.Harness, args []string, f verifyFlags) (scores []*conform.Score, err error) {
	surfaces, err := chosenSurfaces(f.surface)
	if err != nil {
		return nil, usageError(err)
	}
	arms, leftOut, err := chosenArms(args, c.InOrStdin(), f)
	if err != nil {
		return nil, usageError(err)
	}
	if f.keys.given() && !slices.ContainsFunc(arms, isRunning) {
		return nil, usageError(errors.New("--credentials, --signing, --issuer and --audience describe the server at --url, or at an arm's; others get keys of their own"))
	}
	chosen := len(arms)
	if arms = reachable(arms, surfaces); len(arms) == 0 {
		return nil, usageError(fmt.Errorf("%d methods have their verifier in the program authbench-engines: 'make engines' builds it beside this one, and --surface must not be process", chosen))
	}
	return examine(c, harness, arms, leftOut, surfaces, f)
}

// examine examines each arm, with the store that it needs. It leaves out an arm whose store is
// not installed, unless only that arm was requested. An arm that cannot be examined becomes part
// of the error; the scores of the others are returned as well.
func examine(c *cobra.Command, harness *conform.Harness, arms []bench.Arm, leftOut []string, surfaces []conform.Surface, f verifyFlags) (scores []*conform.Score, err error) {
	starter, err := proc.NewStarter()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, starter.Close()) }()
	servers, err := serversConfig(starter, host.Allowed())
	if err != nil {
		return nil, err
	}
	harness.Backends = service.NewBackends(starter, servers.Executable, nil)
	defer func() { err = errors.Join(err, harness.Backends.Close()) }()
	progress := newProgress(c.ErrOrStderr(), f.output.quiet, 0)
	defer progress.clear()
	for _, why := range leftOut {
		progress.note("%s", why)
	}
	scored, refused := make([]*conform.Score, len(arms)), make([]error, len(arms))
	order := harness.SlowestFirst(arms)
	err = conform.InParallel(c.Context(), len(arms), func(ctx context.Context, nth int) error {
		i := order[nth]
		a := arms[i]
		if wanted := all.Catalogue().Needs(a.Method).Started(); wanted != "" && f.method.id == "" {
			if why := service.Missing(wanted); why != "" {
				progress.note("%s is not examined: %s", displayName(a), why)
				return nil
			}
		}
		progress.examining(displayName(a), nth, len(arms))
		var server runner.Server
		score, err := f.score(ctx, harness, a, surfaces, launcher(servers, func(s runner.Server) { server = s }))
		if scored[i] = score; unexaminable(err) {
			refused[i] = fmt.Errorf("%s %w%s", displayName(a), err, printed(server))
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s: %w", displayName(a), err)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(scored, func(s *conform.Score) bool { return s == nil }), errors.Join(refused...)
}

// printed quotes the last of what a server of the user's printed; "" for others, and nil.
func printed(s runner.Server) string {
	if one, ok := s.(interface{ Quoted() string }); ok {
		return one.Quoted()
	}
	return ""
}

// reachable keeps the arms whose verifier can be examined: in this process, or over
// the wire in the program of the other engines, if it was built.
func reachable(arms []bench.Arm, surfaces []conform.Surface) []bench.Arm {
	executable, err := os.Executable()
	built := false
	if err == nil {
		_, statErr := os.Stat(enginesProgram(executable))
		built = statErr == nil
	}
	return slices.DeleteFunc(arms, func(a bench.Arm) bool {
		return a.Target == nil && all.Catalogue().InOtherProgram(a.Method) && (!built || !slices.Contains(surfaces, conform.Wire))
	})
}

func chosenSurfaces(name string) ([]conform.Surface, error) {
	switch name {
	case "both":
		return []conform.Surface{conform.Process, conform.Wire}, nil
	case string(conform.Process), string(conform.Wire):
		return []conform.Surface{conform.Surface(name)}, nil
	}
	return nil, fmt.Errorf("--surface %q: choose from process, wire, both", name)
}

// chosenArms are those of the flags, of a scenario, or all methods. leftOut says why arms
// of the scenario are not among them.
func chosenArms(args []string, stdin io.Reader, f verifyFlags) (arms []bench.Arm, leftOut []string, err error) {
	switch {
	case len(args) == 1 && f.method.id != "":
		return nil, nil, errors.New("name a scenario or --method, not both")
	case len(args) == 1:
		return scenarioArms(args[0], stdin, f)
	case f.method.id == "" && len(f.method.params) > 0:
		return nil, nil, errors.New("-p is a parameter of --method, which is missing")
	case f.method.id == "":
		return methodArms(conform.Methods(all.Catalogue())...), nil, nil
	}
	m, err := f.method.parse()
	if err == nil && all.Catalogue().Open(m) {
		err = fmt.Errorf("method %s checks no credential: there is nothing to attack", m.ID)
	}
	return methodArms(m), nil, err
}

// verifyServer examines the server at --url.
func verifyServer(ctx context.Context, harness *conform.Harness, args []string, f verifyFlags) ([]*conform.Score, error) {
	if len(args) > 0 || f.method.id != "" {
		return nil, usageError(errors.New("--url examines one server, by its keys: name neither a scenario nor --method"))
	}
	if f.keys.credentials == "" && f.keys.signing == "" {
		return nil, usageError(errors.New("--url needs --signing for a server of tokens, or --credentials for one of API keys: 'authbench mint' writes both"))
	}
	server, err := f.keys.server(f.url)
	if err != nil {
		return nil, err
	}
	score, err := harness.ScoreServer(ctx, server)
	if err != nil {
		return nil, err
	}
	return []*conform.Score{score}, nil
}

// readFile reads a file of the user's with a reader that is told its name.
func readFile[T any](path string, read func(string, io.Reader) (T, error)) (T, error) {
	file, err := os.Open(path)
	if err != nil {
		var none T
		return none, err
	}
	defer file.Close()
	return read(path, file)
}

func printScores(w io.Writer, c *conform.Catalogue, scores []*conform.Score, f verifyFlags) error {
	if f.output.format == "json" {
		return conform.JSON(w, c, f.seed, scores)
	}
	var out bytes.Buffer
	shown := usertext.Writer{Writer: &out}
	if err := errors.Join(conform.Table(shown, scores), conform.Legend(shown, scores)); err != nil {
		return err
	}
	for _, s := range scores {
		fmt.Fprintln(shown)
		if err := conform.Detail(shown, s); err != nil {
			return err
		}
	}
	fmt.Fprintf(shown, "\n%d cases of catalogue %.12s, seed %d\n", len(c.Cases), c.Digest, f.seed)
	text := out.String()
	if isTerminal(w) {
		text = report.Wrapped(text, terminalWidth(w))
	}
	_, err := io.WriteString(w, text)
	return err
}

// gateScores returns an error if a method is unsafe that must be safe, or if that is not known.
func gateScores(scores []*conform.Score) error {
	var unsafe, unknown []string
	for _, s := range scores {
		switch why := s.Undecided(); {
		case s.Unsafe() && (s.Foreign || conform.MustPass(s.Method)):
			unsafe = append(unsafe, s.Name())
		case why != "":
			unknown = append(unknown, s.Name()+" "+why)
		}
	}
	switch {
	case len(unsafe) > 0:
		return &exitError{exitCheck, fmt.Errorf("unsafe: %s", strings.Join(unsafe, ", "))}
	case len(unknown) > 0:
		return &exitError{exitRuntime, errors.New(strings.Join(unknown, "; "))}
	}
	return nil
}
