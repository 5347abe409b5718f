package main

import (
	"os"
	"slices"
	"testing"

	strict "sigs.k8s.io/yaml"
)

// composeFile is what the file for Compose may have (the Compose Specification).
type composeFile struct {
	Name      string                    `json:"name"`
	Container any                       `json:"x-container"`
	Worker    any                       `json:"x-worker"`
	Services  map[string]composeService `json:"services"`
	Secrets   map[string]composeSource  `json:"secrets"`
}

type composeSource struct {
	File string `json:"file"`
}

type composeService struct {
	Image       string          `json:"image"`
	User        string          `json:"user"`
	Restart     string          `json:"restart"`
	ReadOnly    bool            `json:"read_only"`
	CapDrop     []string        `json:"cap_drop"`
	SecurityOpt []string        `json:"security_opt"`
	Tmpfs       []string        `json:"tmpfs"`
	Entrypoint  []string        `json:"entrypoint"`
	Command     []string        `json:"command"`
	CPUs        float64         `json:"cpus"`
	MemLimit    string          `json:"mem_limit"`
	Secrets     []composeSecret `json:"secrets"`
}

type composeSecret struct {
	Source string `json:"source"`
	Target string `json:"target"`
}

// What Compose is told is what a fleet needs: workers that see their own invitation alone, and
// containers that come once.
func TestCompose(t *testing.T) {
	text, err := os.ReadFile("../../../../deploy/compose/compose.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var f composeFile
	if err := strict.UnmarshalStrict(text, &f); err != nil {
		t.Fatal(err)
	}
	invited := guests(len(f.Services)-1, 0)
	if len(f.Secrets) != len(f.Services) || f.Secrets["coordinator"].File != "fleet/coordinator.json" {
		t.Errorf("secrets: %+v", f.Secrets)
	}
	for _, g := range invited {
		w := f.Services[g.Name]
		if !slices.Equal(w.Secrets, []composeSecret{{g.Name, "invitation.json"}}) || f.Secrets[g.Name].File != "fleet/"+g.Name+".json" {
			t.Errorf("%s: %+v from %+v", g.Name, w.Secrets, f.Secrets[g.Name])
		}
		if !slices.Equal(w.Entrypoint, []string{"/bin/authbench-fleet"}) || !slices.Contains(w.Command, "--invitation=/run/secrets/invitation.json") {
			t.Errorf("%s: %v %v", g.Name, w.Entrypoint, w.Command)
		}
		checkArguments(t, w.Command)
	}
	coordinator := f.Services["coordinator"]
	if !slices.Equal(coordinator.Secrets, []composeSecret{{"coordinator", "coordinator.json"}}) || !slices.Contains(coordinator.Command, "--workers=/run/secrets/coordinator.json") {
		t.Errorf("coordinator: %+v", coordinator)
	}
	for name, s := range f.Services {
		if s.Image != "authbench" || s.Restart != "no" || !s.ReadOnly || !slices.Equal(s.CapDrop, []string{"ALL"}) || s.User == "" || s.CPUs <= 0 || len(s.Tmpfs) != 1 {
			t.Errorf("%s: %+v", name, s)
		}
	}
}
