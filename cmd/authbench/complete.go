package main

import (
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"authbench/bench"
	"authbench/internal/conform"
	"authbench/internal/measure/load"
	"authbench/internal/method/all"
	"authbench/internal/result/limit"
	"authbench/internal/scenario"
	"authbench/internal/text/usertext"
)

// completer returns the words that may stand at the cursor, each followed by a tab and its
// meaning. args are the command's arguments before the cursor.
type completer func(c *cobra.Command, args []string, typed string) []string

// scenarioArguments are the commands whose argument is a scenario, with their default.
var scenarioArguments = map[string]string{"run": "quick", "gate": "gate", "verify": "quick", "history": "quick"}

// directoryArguments are the commands whose arguments are result directories.
var directoryArguments = []string{"report", "compare", "pool", "advise", "serve"}

// complete registers the completions of commands and flags. For a flag without words the shell
// offers files.
func complete(root *cobra.Command) {
	for _, c := range root.Commands() {
		if _, takes := scenarioArguments[c.Name()]; takes {
			c.ValidArgsFunction = cobraCompletion(scenarioNames, cobra.ShellCompDirectiveDefault)
		} else if slices.Contains(directoryArguments, c.Name()) {
			c.ValidArgsFunction = func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
				return nil, cobra.ShellCompDirectiveFilterDirs
			}
		} else {
			c.ValidArgsFunction = cobra.NoFileCompletions
		}
		c.Flags().VisitAll(func(f *pflag.Flag) {
			if words := flagWords(c, f); words != nil {
				// It fails only for a flag that is not there, or has one already.
				_ = c.RegisterFlagCompletionFunc(f.Name, cobraCompletion(words, cobra.ShellCompDirectiveNoFileComp))
			}
		})
	}
}

// cobraCompletion turns a completer into cobra's.
func cobraCompletion(words completer, directive cobra.ShellCompDirective) cobra.CompletionFunc {
	return func(c *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
		var out []string
		open := false // whether a word goes on
		for _, word := range words(c, args, typed) {
			if strings.HasPrefix(word, typed) {
				word, meaning, _ := strings.Cut(word, "\t")
				open = open || strings.ContainsAny(word[len(word)-1:], "=<>:")
				out = append(out, cobra.CompletionWithDesc(word, usertext.Clean(meaning)))
			}
		}
		if open {
			return out, directive | cobra.ShellCompDirectiveNoSpace
		}
		return out, directive
	}
}

// flagWords is the completer of a flag, nil for a flag that takes any text.
func flagWords(c *cobra.Command, f *pflag.Flag) completer {
	switch f.Name {
	case "arms":
		return inList(armNames)
	case "fail-on":
		return limitWords
	case "metric":
		return inList(fixed(limit.Names(limit.Run)...))
	case "set":
		return settingWords
	case "param":
		return paramWords
	case "classes":
		return inList(classNames)
	case "case":
		return caseIDs
	case "method":
		if c.Name() == "load" {
			return fixed("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
		}
		return methodIDs
	case "output":
		_, forms, _ := strings.Cut(f.Usage, ": ")
		return fixed(strings.Split(forms, ", ")...)
	case "engine":
		return fixed(load.Auto, load.Uring, load.Epoll, load.Portable)
	case "poll":
		return fixed(string(load.PollAlways), string(load.PollHybrid), string(load.PollNever))
	case "arrivals":
		return fixed(string(bench.Poisson), string(bench.Constant))
	case "lang":
		return fixed(languages()...)
	case "surface":
		return fixed("both", string(conform.Process), string(conform.Wire))
	}
	return nil
}

func fixed(words ...string) completer {
	return func(*cobra.Command, []string, string) []string { return words }
}

// inList completes the last entry of a list with commas.
func inList(entries completer) completer {
	return func(c *cobra.Command, args []string, typed string) []string {
		before := typed[:strings.LastIndexByte(typed, ',')+1]
		var out []string
		for _, entry := range entries(c, args, typed) {
			if !slices.Contains(strings.Split(before, ","), entry) {
				out = append(out, before+entry)
			}
		}
		return out
	}
}

func scenarioNames(_ *cobra.Command, args []string, _ string) []string {
	if len(args) > 0 {
		return nil
	}
	var out []string
	for _, info := range scenario.List() {
		out = append(out, info.Name+"\t"+info.Question)
	}
	return out
}

// typedScenario is the scenario on the command line, else the command's default. It is empty
// if it cannot be read.
func typedScenario(c *cobra.Command, args []string) bench.Scenario {
	name := scenarioArguments[c.Name()]
	if len(args) > 0 {
		name = args[0]
	}
	if name == "" || name == standardInput { // a completion must not read standard input
		return bench.Scenario{}
	}
	s, err := scenario.Load(name, scenario.Changes{}, all.Catalogue())
	if err != nil {
		return bench.Scenario{}
	}
	return s
}

func armNames(c *cobra.Command, args []string, _ string) []string {
	var out []string
	for _, a := range typedScenario(c, args).Arms {
		out = append(out, a.Name)
	}
	return out
}

// limitWords completes "[ARM:]METRIC>".
func limitWords(c *cobra.Command, args []string, typed string) []string {
	arm, _, named := strings.Cut(typed, ":")
	var out []string
	for _, metric := range limit.Names(limit.Run | limit.Load) {
		for _, beyond := range []string{">", "<"} {
			if named {
				out = append(out, arm+":"+metric+beyond)
			} else {
				out = append(out, metric+beyond)
			}
		}
	}
	if !named {
		for _, arm := range armNames(c, args, typed) {
			out = append(out, arm+":")
		}
	}
	return out
}

// settingWords completes the path of an override as far as the scenario has it, and the values
// of a method's parameter.
func settingWords(c *cobra.Command, args []string, typed string) []string {
	out := []string{"launches=", "rounds=", "slice=", "settle=", "warmup=", "safety=", "population.credentials=", "population.zipf=", "population.bad_share="}
	s := typedScenario(c, args)
	for _, l := range s.Loads {
		for _, key := range []string{"connections", "rate", "utilisation", "arrivals", "timeout"} {
			out = append(out, "loads["+l.Name+"]."+key+"=")
		}
	}
	for _, a := range s.Arms {
		for _, p := range paramsOf(a.Method.ID) {
			path := "arms[" + a.Name + "].method." + p.Name + "="
			out = append(out, path)
			if strings.HasPrefix(typed, path) {
				out = append(out, valuesBehind(path, p)...)
			}
		}
	}
	return out
}

func methodIDs(*cobra.Command, []string, string) []string {
	var out []string
	for _, m := range all.Catalogue().Methods() {
		out = append(out, m.ID+"\t"+m.Summary)
	}
	return out
}

func paramsOf(method string) []bench.ParamSpec {
	for _, m := range all.Catalogue().Methods() {
		if m.ID == method {
			return m.Params
		}
	}
	return nil
}

// paramWords completes the parameters of --method and their values.
func paramWords(c *cobra.Command, _ []string, typed string) []string {
	var out []string
	for _, p := range paramsOf(c.Flag("method").Value.String()) {
		if !strings.Contains(typed, "=") {
			out = append(out, p.Name+"=\t"+p.Doc)
		}
		out = append(out, valuesBehind(p.Name+"=", p)...)
	}
	return out
}

// valuesBehind are a parameter's values, each with before as its prefix.
func valuesBehind(before string, p bench.ParamSpec) []string {
	var out []string
	for _, value := range p.Values {
		out = append(out, before+value)
	}
	return out
}

func classNames(c *cobra.Command, _ []string, _ string) []string {
	var out []string
	id := c.Flag("method").Value.String()
	for _, m := range all.Catalogue().Methods() {
		if id == "" || m.ID == id {
			for _, class := range m.Classes {
				out = append(out, string(class))
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func caseIDs(*cobra.Command, []string, string) []string {
	catalogue, err := conform.Builtin()
	if err != nil {
		return nil
	}
	found := map[string]bool{}
	for _, one := range catalogue.Cases {
		found[one.ID] = true
	}
	return slices.Sorted(maps.Keys(found))
}
