package arms

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"authbench/bench"
	"authbench/internal/method"
)

// removableKeys are credentials of which some are signed with a key of their own, which stands
// in the issuer's key set until an episode takes it out. The others go on working.
type removableKeys struct {
	credentials
	least  int // of the indices below
	values map[int][]byte
	owners map[int]method.Issuer // each with the key of that credential
}

var _ credentials = (*removableKeys)(nil)

// Append implements load.Credentials.
func (r *removableKeys) Append(dst []byte, class bench.Class, index int) []byte {
	if class == bench.Valid && index >= r.least {
		if value, own := r.values[index]; own {
			return append(dst, value...)
		}
	}
	return r.credentials.Append(dst, class, index)
}

// to implements credentials.
func (r *removableKeys) to(request bench.Message) credentials {
	own := *r
	own.credentials = r.credentials.to(request)
	return &own
}

// issuers returns the issuers of the keys that are not removed, in the order of the credentials.
func (r *removableKeys) issuers(removed map[int]bool) []method.Issuer {
	var out []method.Issuer
	for _, index := range slices.Sorted(maps.Keys(r.owners)) {
		if !removed[index] {
			out = append(out, r.owners[index])
		}
	}
	return out
}

// withRemovableKeys returns w with a key of its own for each credential whose key an episode
// takes out of the key set; w itself for an arm of which no key can be removed. One whose
// issuer replaces its key has no part in this: there is one who says what the set holds.
func (c Config) withRemovableKeys(s bench.Scenario, a bench.Arm, w *mintedCredentials) (*mintedCredentials, error) {
	keys := c.Methods.Needs(a.Method).KeySet
	if keys == nil || keys.Rotation != 0 || a.Target != nil || a.Credentials != "" {
		return w, nil
	}
	count := w.credentials.count(bench.Valid)
	r := &removableKeys{credentials: w.credentials, least: count, values: map[int][]byte{}, owners: map[int]method.Issuer{}}
	for i, e := range s.Episodes {
		if e.Event != bench.RemoveKey {
			continue
		}
		for _, index := range s.Taken(i, a, count) {
			if index < 0 {
				continue
			}
			owner, err := c.Methods.NewWithKey(a.Method, fmt.Sprintf("key-of-%d", index), c.Secret, a.Population.Credentials, time.Now())
			if err != nil {
				return nil, err
			}
			if r.values[index], err = owner.Append(nil, bench.Valid, index); err != nil {
				return nil, err
			}
			r.owners[index], r.least = owner, min(r.least, index)
		}
	}
	if len(r.owners) == 0 {
		return w, nil
	}
	own := *w
	own.credentials, own.removable = r, r
	return &own, nil
}

// publishedKeys is the key set of an arm, without the removed keys.
func (w *mintedCredentials) publishedKeys(removed map[int]bool) ([]byte, error) {
	issuers := []method.Issuer{w.issuer}
	if w.removable != nil {
		issuers = append(issuers, w.removable.issuers(removed)...)
	}
	return method.PublishedKeys(issuers...)
}

// RemoveKey has the server's issuer publish its keys without that of a credential.
func (s *builtinServer) RemoveKey(index int) error {
	if s.minted == nil || s.minted.removable == nil || s.minted.removable.owners[index] == nil {
		return fmt.Errorf("no key signed credential %d alone", index)
	}
	if s.removed == nil {
		s.removed = map[int]bool{}
	}
	s.removed[index] = true
	set, err := s.minted.publishedKeys(s.removed)
	if err != nil {
		return err
	}
	return s.keys.Publish(set)
}
