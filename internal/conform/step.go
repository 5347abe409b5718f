package conform

import (
	"errors"
	"fmt"
	"slices"
)

// The bounds of a sequence, so that no catalogue can hold a machine up.
const (
	maxRepeat     = 10_000
	maxFlood      = 1_000_000
	maxConcurrent = 64
	maxWait       = 60 // seconds
)

// What a step expects.
const (
	expectAccept = "accept"
	expectReject = "reject"
)

// adminRemoveKey is the only order to the operator of a server: remove a key from the set.
const adminRemoveKey = "remove_key"

// checkSteps checks the steps of a sequence. The first that needs what was sent before must
// follow one that sends.
func checkSteps(steps []step) error {
	if len(steps) == 0 {
		return errors.New("base sequence needs steps")
	}
	sent := false
	for i := range steps {
		s := &steps[i]
		if (s.Same || s.Mutate != nil && s.Flood == 0) && !sent {
			return fmt.Errorf("step %d: nothing was sent before", i+1)
		}
		if err := s.check(); err != nil {
			return fmt.Errorf("step %d: %w", i+1, err)
		}
		sent = sent || s.Credential != "" || s.Recipe != nil
	}
	return nil
}

func (s *step) check() error {
	kinds := 0
	for _, is := range []bool{
		s.Credential != "", s.Recipe != nil, s.Mutate != nil && s.Flood == 0, s.Same,
		s.Wait != 0, s.Admin != "", s.Flood != 0, s.Concurrent != 0,
	} {
		if is {
			kinds++
		}
	}
	if kinds != 1 {
		return errors.New("it needs exactly one of credential, recipe, mutate, same, wait_s, admin, flood, concurrent")
	}
	quiet := s.Wait != 0 || s.Admin != ""
	if quiet != (s.Expect == "") || !quiet && s.Expect != expectAccept && s.Expect != expectReject {
		return fmt.Errorf("expect %q: a step that sends expects accept or reject; wait_s and admin expect nothing", s.Expect)
	}
	return errors.Join(s.checkNames(), s.checkBounds(), checkOps(textOps(), s.Mutate), s.checkValues())
}

func (s *step) checkNames() error {
	if s.Admin != "" && s.Admin != adminRemoveKey {
		return fmt.Errorf("unknown admin operation %q", s.Admin)
	}
	if s.Admin != "" && !slices.Contains(roles, s.Key) || s.Admin == "" && s.Key != "" {
		return fmt.Errorf("unknown key role %q", s.Key)
	}
	if s.Identity != "" && s.Identity != "own" || s.Identity != "" && s.Concurrent == 0 {
		return fmt.Errorf("unknown identity %q", s.Identity)
	}
	for _, name := range append(slices.Clone(s.Alternate), s.Credential) {
		if name != "" && name != credentialValid {
			if err := checkRole(name); err != nil {
				return err
			}
		}
	}
	if s.Recipe != nil {
		if b := s.Recipe.Base; b != baseToken && b != baseKey {
			return fmt.Errorf("a step's recipe starts from jwt or apikey, not from %q", b)
		}
		return s.Recipe.check()
	}
	return nil
}

func (s *step) checkBounds() error {
	if s.Repeat < 0 || s.Repeat > maxRepeat || s.Flood < 0 || s.Flood > maxFlood ||
		s.Concurrent < 0 || s.Concurrent > maxConcurrent || s.Count < 0 || s.Count > maxFlood || s.Wait < 0 || s.Wait > maxWait {
		return fmt.Errorf("a number is out of range: repeat up to %d, flood and count up to %d, concurrent up to %d, wait_s up to %d",
			maxRepeat, maxFlood, maxConcurrent, maxWait)
	}
	if (s.Concurrent != 0) != (len(s.Alternate) > 0 && s.Count > 0) {
		return errors.New("concurrent needs alternate and count, and these need concurrent")
	}
	if s.Flood != 0 && (s.Mutate == nil || s.Expect != expectReject) {
		return errors.New("a flood needs mutate, and expects reject")
	}
	return nil
}

func (s *step) checkValues() error {
	if s.Within == nil {
		return nil
	}
	return checkValues(s.Within.tree)
}
