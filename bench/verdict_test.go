package bench

import "testing"

func TestDecisionStatus(t *testing.T) {
	for _, c := range []struct {
		decision Decision
		want     int
	}{
		{Decision{}, 401}, // a forgotten decision refuses
		{Decision{Outcome: Allow}, 200},
		{Decision{Outcome: Deny, Reason: ReasonExpired}, 401},
		{Decision{Outcome: Deny, Reason: ReasonDuplicate}, 400},
		{Decision{Outcome: Deny, Reason: ReasonScope}, 403},
		{Decision{Outcome: Fail, Reason: ReasonUnavailable}, 503},
		{Decision{Outcome: Fail, Reason: ReasonScope}, 503},
		{Decision{Outcome: 77}, 401},
	} {
		if got := c.decision.Status(); got != c.want {
			t.Errorf("%+v: %d, want %d", c.decision, got, c.want)
		}
	}
}

// Only an explicit Allow is ever answered with a status that lets in.
func TestOnlyAllowLetsIn(t *testing.T) {
	for outcome := range 256 {
		for reason := range ReasonCount {
			d := Decision{Outcome: Outcome(outcome), Reason: reason}
			if in := d.Status() < 300; in != (d.Outcome == Allow) {
				t.Fatalf("%+v gets %d", d, d.Status())
			}
		}
	}
}

func TestReasonNames(t *testing.T) {
	seen := map[string]Reason{}
	for r := range ReasonCount {
		name := r.String()
		if other, twice := seen[name]; name == "" || twice {
			t.Errorf("reason %d is called %q, as is %d", r, name, other)
		}
		seen[name] = r
	}
	if ReasonUnavailable.String() != "unavailable" || ReasonCount.String() != "invalid" {
		t.Errorf("%s, %s", ReasonUnavailable, ReasonCount)
	}
}

func TestClasses(t *testing.T) {
	for i, c := range Classes {
		if c.Index() != i {
			t.Errorf("%s has index %d, want %d", c, c.Index(), i)
		}
		if accepts := DefaultExpect(c)[0] == 200; accepts != (c == Valid) {
			t.Errorf("%s is expected to get %v", c, DefaultExpect(c))
		}
	}
	if Class("other").Index() != -1 {
		t.Error("an unknown class has an index")
	}
}
