package arms

import (
	"testing"

	"authbench/bench"
	"authbench/internal/method"
)

// TestIssuerIsDescribed: an issuer that is asked for keys or revocations now and then is no server that
// requests wait for, so that checks of a busy machine hold for its arms as for others.
func TestIssuerIsDescribed(t *testing.T) {
	for _, c := range []struct {
		needs         method.Needs
		named, server bool
	}{
		{method.Needs{}, false, false},
		{method.Needs{KeySet: &method.KeySet{}}, true, false},
		{method.Needs{Feed: true}, true, false},
		{method.Needs{Tokens: true}, true, true},
	} {
		var info bench.ArmInfo
		describeIssuer(&info, c.needs)
		if (len(info.Backends) > 0) != c.named || info.Awaits() != c.server {
			t.Errorf("%+v: %+v", c.needs, info)
		}
	}
}
