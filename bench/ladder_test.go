package bench

import (
	"slices"
	"strings"
	"testing"
)

// laddered is sound with a ladder up to the arm jwt.
func laddered() Scenario {
	s := sound()
	s.Arms = append(s.Arms, Arm{Name: "decoded", Method: Method{ID: "parse"}})
	s.Ladders = []Ladder{{"none", "decoded", "jwt"}}
	return s
}

func TestLadders(t *testing.T) {
	for _, c := range []struct {
		spoil func(*Scenario)
		want  string
	}{
		{func(*Scenario) {}, ""},
		{func(s *Scenario) { s.Ladders[0][0] = "non" }, `ladders[0][0]: the step "non" is not an arm; did you mean "none"`},
		{func(s *Scenario) { s.Ladders[0] = Ladder{"none", "decoded", "none"} }, `ladders[0][2]: the step "none" stands twice`},
		{func(s *Scenario) { s.Ladders = append(s.Ladders, Ladder{"jwt"}) }, "ladders[1]: a ladder needs two steps"},
		{func(s *Scenario) { s.Ladders = nil }, "arms[4].method.id: method parse protects nothing"},
		{func(s *Scenario) { s.Ladders[0] = Ladder{"none", "jwt", "decoded"} }, "arms[4].method.id: method parse protects nothing"},
	} {
		s := laddered()
		c.spoil(&s)
		var got []string
		for _, p := range s.Validate(catalogue{}) {
			got = append(got, p.Error())
		}
		if text := strings.Join(got, "\n"); (c.want == "") != (text == "") || !strings.Contains(text, c.want) || len(got) > 1 {
			t.Errorf("got %q, want %q", text, c.want)
		}
	}
}

func TestOnly(t *testing.T) {
	for _, c := range []struct {
		names, arms []string
		ladders     int
	}{
		{nil, []string{"none", "jwt", "mine", "running", "decoded"}, 1},
		{[]string{"mine"}, []string{"none", "mine"}, 0},
		{[]string{"jwt"}, []string{"none", "jwt", "decoded"}, 1},
		{[]string{"decoded", "running"}, []string{"none", "jwt", "running", "decoded"}, 1},
		{[]string{"none"}, []string{"none", "jwt", "decoded"}, 1},
	} {
		s, err := laddered().Only(c.names)
		var got []string
		for _, a := range s.Arms {
			got = append(got, a.Name)
		}
		if err != nil || !slices.Equal(got, c.arms) || len(s.Ladders) != c.ladders {
			t.Errorf("%v keeps %v and %v (%v)", c.names, got, s.Ladders, err)
		}
		if problems := s.Validate(catalogue{}); len(problems) > 0 {
			t.Errorf("%v: %v", c.names, problems)
		}
	}
	if _, err := laddered().Only([]string{"jvt"}); err == nil || !strings.Contains(err.Error(), `did you mean "jwt"`) {
		t.Errorf("error %v", err)
	}
}
