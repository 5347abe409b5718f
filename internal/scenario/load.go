package scenario

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"authbench/bench"
	"authbench/scenarios"
)

const (
	// folder is where a user's own scenarios are looked for by name.
	folder = "scenarios"
	suffix = ".yaml"
)

// Info describes a scenario.
type Info struct {
	Name string
	// Question is what the scenario answers, or why its file cannot be read.
	Question string
	// Path is the file; "" for a scenario that is built into the program.
	Path string
}

// Changes are what a command line changes in a scenario.
type Changes struct {
	// Full applies the overrides that the scenario itself has for its full size.
	Full bool
	// Set are overrides such as "launches=3", which come after these.
	Set []string
}

// Load reads the scenario with the given name or path, applies the changes and fills in the
// defaults. Text with a separator, or that ends in ".yaml", is
// a path; other names are looked up in ./scenarios and then among the built-in scenarios.
func Load(nameOrPath string, changes Changes, c bench.Catalogue) (bench.Scenario, error) {
	path := nameOrPath
	if !isPath(nameOrPath) {
		path = filepath.Join(folder, nameOrPath+suffix)
	}
	text, err := readFile(path)
	if errors.Is(err, fs.ErrNotExist) && !isPath(nameOrPath) {
		text, err = scenarios.Files.ReadFile(nameOrPath + suffix)
		if err != nil {
			return bench.Scenario{}, unknownName(nameOrPath)
		}
	}
	if err != nil {
		return bench.Scenario{}, fmt.Errorf("read scenario: %w; 'authbench init' writes one, 'authbench list scenarios' shows those that are there", err)
	}
	return Parse(path, text, changes, c)
}

// Parse reads a scenario from text, as [Load] does; file names it in errors.
func Parse(file string, text []byte, changes Changes, c bench.Catalogue) (bench.Scenario, error) {
	src, err := newFile(filepath.ToSlash(file), text)
	if err != nil {
		return bench.Scenario{}, err
	}
	root, p := compose(src)
	if p != nil {
		return bench.Scenario{}, problems{*p}
	}
	t := &tree{file: src, root: root, overridden: map[*yaml.Node]*source{}}
	found := t.change(changes)
	t.hideSecrets(t.root, false)
	s := bench.Scenario{Name: nameOf(file)}
	d := decoder{tree: t}
	d.value(t.root, reflect.ValueOf(&s).Elem(), nil)
	found = append(found, d.found...)
	for _, p := range s.Validate(c) {
		if !isEcho(p.Path, d.faulty) {
			found = append(found, problem{t.locate(p.Path, p.AtKey), p.Text, p.Remedy})
		}
	}
	if len(found) > 0 {
		return bench.Scenario{}, found.sorted()
	}
	return s.WithDefaults(c), nil
}

// List returns the scenarios that can be named, sorted by name: the files in ./scenarios, and
// the built-in ones.
func List() []Info {
	found := map[string]Info{}
	for _, path := range files(scenarios.Files, ".") {
		text, err := scenarios.Files.ReadFile(path)
		found[nameOf(path)] = Info{nameOf(path), question(path, text, err), ""}
	}
	for _, path := range files(os.DirFS("."), folder) {
		text, err := readFile(filepath.FromSlash(path))
		found[nameOf(path)] = Info{nameOf(path), question(path, text, err), path}
	}
	var out []Info
	for _, name := range slices.Sorted(maps.Keys(found)) {
		out = append(out, found[name])
	}
	return out
}

// files returns the scenario files of a folder.
func files(in fs.FS, folder string) []string {
	found, err := fs.Glob(in, path.Join(folder, "*"+suffix))
	if err != nil {
		return nil // only a malformed pattern is an error
	}
	return found
}

// question returns what a scenario file says that it answers, or why that cannot
// be read.
func question(file string, text []byte, err error) string {
	if err != nil {
		return "cannot be read: " + err.Error()
	}
	src, err := newFile(file, text)
	if err != nil {
		return "cannot be read: " + err.Error()
	}
	root, p := compose(src)
	if p != nil {
		return fmt.Sprintf("cannot be read: %s:%d: %s", file, p.line, p.text)
	}
	if _, q := child(root, "question"); q != nil {
		return q.Value
	}
	return ""
}

// readFile reads a file, at most one byte more than a scenario may have: enough to tell that
// it is too large.
func readFile(path string) (_ []byte, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return io.ReadAll(io.LimitReader(f, maxBytes+1))
}

func isPath(name string) bool {
	return strings.ContainsAny(name, `/\`) || strings.HasSuffix(name, suffix) || strings.HasSuffix(name, ".yml")
}

// nameOf returns the name of the scenario in a file.
func nameOf(file string) string {
	base := filepath.Base(file)
	return strings.TrimSuffix(base, filepath.Ext(base))
}

func unknownName(name string) error {
	var names []string
	for _, info := range List() {
		names = append(names, info.Name)
	}
	return fmt.Errorf("unknown scenario %q; %s", name, bench.DidYouMean(name, names))
}
