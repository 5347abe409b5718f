package bench

import (
	"slices"
	"strings"
	"testing"
)

func TestContrasts(t *testing.T) {
	for _, c := range []struct {
		contrasts []Contrast
		want      string
	}{
		{nil, ""},
		{[]Contrast{{Arm: "jwt", Versus: "mine", Says: "a token"}, {Arm: "mine", Versus: "none"}}, ""},
		{[]Contrast{{Arm: "jvt", Versus: "mine"}}, `contrasts[0].jvt: "jvt", which a contrast compares, is not an arm; did you mean "jwt"`},
		{[]Contrast{{Arm: "jwt", Versus: "min"}}, `contrasts[0].jwt: "min", which jwt is compared with, is not an arm; did you mean "mine"`},
		{[]Contrast{{Arm: "jwt", Versus: "jwt"}}, "contrasts[0].jwt: jwt is compared with itself; name another arm"},
		{[]Contrast{{Arm: "jwt", Versus: "none"}, {Arm: "jwt", Versus: "none"}}, "contrasts[1].jwt: jwt and none are compared already"},
		{[]Contrast{{Arm: "jwt", Versus: "none"}, {Arm: "none", Versus: "jwt"}}, "contrasts[1].none: none and jwt are compared already"},
		{[]Contrast{{}}, "is not an arm"},
	} {
		s := sound()
		s.Contrasts = c.contrasts
		var got []string
		for _, p := range s.Validate(catalogue{}) {
			got = append(got, p.Error())
		}
		if text := strings.Join(got, "\n"); (c.want == "") != (text == "") || !strings.Contains(text, c.want) || len(got) > 1 {
			t.Errorf("%v: got %q, want %q", c.contrasts, text, c.want)
		}
	}
}

// A contrast stays with both of its arms alone, and adds none.
func TestOnlyKeepsWholeContrasts(t *testing.T) {
	all := []Contrast{{Arm: "jwt", Versus: "none"}, {Arm: "jwt", Versus: "mine"}}
	for _, c := range []struct {
		names []string
		want  []Contrast
	}{
		{nil, all}, {[]string{"jwt", "mine"}, all}, {[]string{"jwt"}, all[:1]}, {[]string{"mine"}, nil},
	} {
		s := sound()
		s.Contrasts = slices.Clone(all)
		got, err := s.Only(c.names)
		if err != nil || !slices.Equal(got.Contrasts, c.want) {
			t.Errorf("%v keeps %v (%v), want %v", c.names, got.Contrasts, err, c.want)
		}
		if !slices.Equal(s.Contrasts, all) {
			t.Errorf("%v changes the scenario that it was taken from", c.names)
		}
	}
}
