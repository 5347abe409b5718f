package bench

// catalogue is what the tests choose from.
type catalogue struct{}

func (catalogue) Methods() []MethodSpec {
	return []MethodSpec{
		{ID: "none"},
		{
			ID:      "apikey",
			Params:  []ParamSpec{{Name: "keys", Kind: IntParam, Min: 1, Max: 10_000_000, Default: "10000"}},
			Classes: []Class{Valid, Expired, Revoked},
		},
		{
			ID: "jwt",
			Params: []ParamSpec{
				{Name: "alg", Kind: TextParam, Values: []string{"HS256", "RS256"}, Required: true},
				{Name: "bits", Kind: IntParam, Values: []string{"2048", "3072"}},
				{Name: "lifetime", Kind: DurationParam, Min: 1000, Max: 86_400_000},
				{Name: "policy", Kind: TextParam, Values: []string{"hardened", "stock"}, Default: "hardened"},
			},
			Classes: []Class{Valid, Expired, Forged},
			More: func(p Params) []Class {
				if p.Text("policy") == "stock" {
					return []Class{Revoked}
				}
				return nil
			},
			Check: func(p Params) *Problem {
				if p.Text("alg") == "HS256" && p.Int("bits") != 0 {
					return &Problem{Path: []any{"bits"}, Text: "HS256 has no bits", Remedy: "remove it"}
				}
				return nil
			},
		},
		{ID: "parse", Diagnostic: true},
	}
}
