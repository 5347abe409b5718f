// Package examples carries servers with API keys and JWTs as people write them, each with
// the scenario that measures it: a folder for each language. What flows in: a language.
// What flows out: the files for a user's folder, and what to do with them there.
package examples

import (
	"embed"
	"path"
	"strings"
)

//go:embed my-api.yaml
//go:embed go/main.go go/go.mod.txt go/go.sum.txt go/my-api.yaml
//go:embed node/server.mjs node/package.json node/package-lock.json node/my-api.yaml
//go:embed python/server.py python/requirements.txt python/my-api.yaml
var files embed.FS

// Scenario is the name of the scenario's file in each example.
const Scenario = "my-api.yaml"

// Example is a scenario for a server of the user's, with the server unless it is for one
// that there is.
type Example struct {
	// Language names the folder; empty: a scenario alone.
	Language string
	// Install makes the server ready to start, Build is how a gate does so in a checkout.
	// Either may be empty, for nothing.
	Install, Build string
}

// All are the examples, the one without a server first.
func All() []Example {
	return []Example{
		{},
		{Language: "go", Install: "go build -o my-api .", Build: "go build -ldflags=-randlayout={seed} -o my-api ."},
		{Language: "node", Install: "npm ci", Build: "npm ci"},
		{Language: "python", Install: "python3 -m pip install -r requirements.txt"},
	}
}

// File is one of an example's files.
type File struct {
	Name    string
	Content []byte
}

// notText ends the names of files that must not be called here as in a user's folder: a
// go.mod would make a module of the folder, of which nothing can be embedded.
const notText = ".txt"

// Files returns an example's files, by the names that they have in a user's folder.
func (e Example) Files() ([]File, error) {
	if e.Language == "" {
		content, err := files.ReadFile(Scenario)
		return []File{{Scenario, content}}, err
	}
	entries, err := files.ReadDir(e.Language)
	if err != nil {
		return nil, err
	}
	var out []File
	for _, entry := range entries {
		content, err := files.ReadFile(path.Join(e.Language, entry.Name()))
		if err != nil {
			return nil, err
		}
		name := entry.Name()
		if strings.HasPrefix(name, "go.") {
			name = strings.TrimSuffix(name, notText)
		}
		out = append(out, File{name, content})
	}
	return out, nil
}
