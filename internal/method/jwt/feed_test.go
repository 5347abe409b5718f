package jwt

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"authbench/bench"
	"authbench/internal/credential"
	"authbench/internal/credential/credentialtest"
	"authbench/internal/credential/jose"
	issuing "authbench/internal/measure/issuer"
	"authbench/internal/method"
	"authbench/internal/method/methodtest"
)

// served is an issuer with its process, and verifiers that follow what it takes back.
type served struct {
	method.Issuer
	host      *issuing.Host
	realm     *issuing.Realm
	verifiers []method.Verifier
	hasStatus bool
}

// serveFeed makes so many verifiers of a method, and whom they follow.
func serveFeed(t *testing.T, m bench.Method, count int) *served {
	t.Helper()
	minted, err := methods.NewIssuer(methods.Minted(m), [32]byte{3}, 30, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	needs := methods.Needs(m)
	spec, err := issuing.SpecFor(minted, needs)
	if err != nil {
		t.Fatal(err)
	}
	spec.Client = issuing.Client{ID: "server", Secret: "secret"}
	out := &served{Issuer: minted, hasStatus: needs.StatusList}
	if out.host, err = issuing.Local(); err != nil {
		t.Fatal(err)
	}
	if out.realm, err = out.host.Open(spec); err != nil {
		t.Fatal(err)
	}
	material, err := minted.Verification(out.realm.Places(needs, method.Places{}))
	if err != nil || strings.Contains(string(material), minted.(method.Identifier).Denied()[0]) {
		t.Fatalf("%s, %v", material, err)
	}
	for range count {
		v, err := methods.NewVerifier(m, material, nil)
		if err != nil {
			t.Fatal(err)
		}
		out.verifiers = append(out.verifiers, v)
		t.Cleanup(func() { _ = method.Close(v) })
	}
	return out
}

// takeBack has the issuer take a valid token back.
func (s *served) takeBack(t *testing.T, index int) {
	t.Helper()
	var err error
	if s.hasStatus {
		err = s.realm.Invalidate(s.Issuer.(method.StatusLister).Place(index))
	} else {
		err = s.realm.Deny(s.Issuer.(method.Identifier).ID(index))
	}
	if err != nil {
		t.Fatal(err)
	}
}

func (s *served) decide(t *testing.T, v method.Verifier, class bench.Class, index int) bench.Decision {
	t.Helper()
	return v.Verify(credentialtest.Request{"Authorization": {methodtest.Mint(t, s, class, index)}})
}

// eventually waits for a reason of decisions about a credential.
func (s *served) eventually(t *testing.T, v method.Verifier, index int, want bench.Reason) {
	t.Helper()
	for end := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
		d := s.decide(t, v, bench.Valid, index)
		if d.Reason == want {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("token %d: %+v, want %v", index, d, want)
		}
	}
}

// following are methods that follow their issuer, by either way.
func following(params bench.Params) []bench.Method {
	var out []bench.Method
	for _, own := range []bench.Params{{"revocation": "polled", "poll": "50ms"}, {"revocation": "pushed"}, {"revocation": "status_list", "ttl": "1s"}} {
		for name, value := range params {
			own[name] = value
		}
		m := bench.Method{ID: ID, Params: own}
		if _, err := methods.Find(m); err == nil { // not every policy goes with every way
			out = append(out, m)
		}
	}
	return out
}

// TestFollowedRevocations: a token that the issuer takes back is refused by each server,
// whatever engine verifies, also one that a cache knows, and no other token is.
func TestFollowedRevocations(t *testing.T) {
	for _, i := range jose.Implementations() {
		for _, m := range following(bench.Params{"alg": "EdDSA", "engine": i.Engine, "policy": i.Policy, "cache_size": 100, "cache_ttl": "1h"}) {
			s := serveFeed(t, m, 3)
			for _, v := range s.verifiers {
				for index, class := range []bench.Class{bench.Valid, bench.Revoked} {
					if d := s.decide(t, v, class, index); (d.Reason == bench.ReasonRevoked) != (class == bench.Revoked) {
						t.Errorf("%v: %s token: %+v", m.Params, class, d)
					}
				}
				s.eventually(t, v, 7, bench.ReasonNone)
				if v.(method.Denier).Deny("x") == nil {
					t.Errorf("%v: it takes orders about a list that is its issuer's", m.Params)
				}
			}
			s.takeBack(t, 7)
			for _, v := range s.verifiers {
				s.eventually(t, v, 7, bench.ReasonRevoked)
				if d := s.decide(t, v, bench.Valid, 8); d.Outcome != bench.Allow {
					t.Errorf("%v: its neighbour: %+v", m.Params, d)
				}
				if err := method.Close(v); err != nil {
					t.Error(err)
				}
			}
			if err := s.host.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}

// TestWithoutTheFeed nobody is let in, and nobody is refused for good: not by a server that
// never heard it, and not by one that lost it, as its operator is told.
func TestWithoutTheFeed(t *testing.T) {
	for _, m := range following(bench.Params{"alg": "HS256"}) {
		t.Run(m.Params.Text("revocation"), func(t *testing.T) {
			t.Parallel()
			s := serveFeed(t, m, 1)
			s.eventually(t, s.verifiers[0], 1, bench.ReasonNone)
			if err := s.host.Close(); err != nil {
				t.Fatal(err)
			}
			s.eventually(t, s.verifiers[0], 1, bench.ReasonUnavailable)
			_, never := methodtest.NewPair(t, methods, m, 30, time.Now())
			for what, v := range map[string]method.Verifier{"lost": s.verifiers[0], "never heard": never} {
				for _, class := range []bench.Class{bench.Valid, bench.Revoked, bench.Forged} {
					if d := s.decide(t, v, class, 1); d.Outcome != bench.Fail || d.Reason != bench.ReasonUnavailable {
						t.Errorf("%s: %s token: %+v", what, class, d)
					}
				}
				said := ""
				method.OnNotice(v, func(text string) { said = text })
				if !strings.Contains(said, "no request is let in") {
					t.Errorf("%s: the operator is told %q", what, said)
				}
			}
		})
	}
}

// TestWithoutTheChannel, or without knowing where it is, a server that is to hear one lets nobody
// in.
func TestWithoutTheChannel(t *testing.T) {
	m := bench.Method{ID: ID, Params: bench.Params{"alg": "HS256", "revocation": "pushed", "via": "redis"}}
	minted, never := methodtest.NewPair(t, methods, m, 30, time.Now())
	s := &served{Issuer: minted}
	for _, class := range []bench.Class{bench.Valid, bench.Revoked, bench.Forged} {
		if d := s.decide(t, never, class, 1); d.Outcome != bench.Fail || d.Reason != bench.ReasonUnavailable {
			t.Errorf("%s token: %+v", class, d)
		}
	}
	said := ""
	method.OnNotice(never, func(text string) { said = text })
	if !strings.Contains(said, "the server of the channel") || !strings.Contains(said, "no request is let in") {
		t.Errorf("the operator is told %q", said)
	}
	material, err := minted.Verification(method.Places{Feed: &credential.Endpoint{URL: "http://127.0.0.1:9/"}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := methods.NewVerifier(m, material, nil); err == nil || !strings.Contains(err.Error(), "only a run has one") {
		t.Errorf("without a channel: %v", err)
	}
}

// TestMaterialOfFeeds: a server that is to follow a feed is told which.
func TestMaterialOfFeeds(t *testing.T) {
	for _, m := range following(bench.Params{"alg": "HS256"}) {
		minted, err := methods.NewIssuer(methods.Minted(m), [32]byte{3}, 30, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		for want, at := range map[string]method.Places{
			"only a run has one": {}, "loopback": {Feed: &credential.Endpoint{URL: "http://192.0.2.1:80/"}, StatusList: "http://192.0.2.1:80/"},
		} {
			material, err := minted.Verification(at)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := methods.NewVerifier(m, material, nil); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%v: %v, want %s", m.Params, err, want)
			}
		}
		published, err := minted.Published()
		if err != nil {
			t.Fatal(err)
		}
		var file struct{ Revoked []string }
		if err := json.Unmarshal(published, &file); err != nil || len(file.Revoked) != 30 {
			t.Errorf("other people's servers are told of %d revocations, %v", len(file.Revoked), err)
		}
	}
}

// TestIDs: a token is put on a denylist by the id that the issuer says it has.
func TestIDs(t *testing.T) {
	m := bench.Method{ID: ID, Params: bench.Params{"alg": "HS256", "revocation": "denylist"}}
	issuer, v := methodtest.NewPair(t, methods, m, 30, time.Now())
	s := &served{Issuer: issuer}
	if err := v.(method.Denier).Deny(issuer.(method.Identifier).ID(7)); err != nil {
		t.Fatal(err)
	}
	for index, want := range map[int]bench.Reason{6: bench.ReasonNone, 7: bench.ReasonRevoked, 8: bench.ReasonNone} {
		if d := s.decide(t, v, bench.Valid, index); d.Reason != want {
			t.Errorf("token %d: %+v, want %v", index, d, want)
		}
	}
	_, none := methodtest.NewPair(t, methods, bench.Method{ID: ID, Params: bench.Params{"alg": "HS256"}}, 30, time.Now())
	if none.(method.Denier).Deny("x") == nil {
		t.Error("a server without a denylist puts an id on it")
	}
}

// TestUnknownStatus: a token whose status nobody can know is refused, not failed: one that
// says nothing of its place, and one whose place is beyond the end of the list.
func TestUnknownStatus(t *testing.T) {
	s := serveFeed(t, following(bench.Params{"alg": "EdDSA"})[2], 1)
	s.eventually(t, s.verifiers[0], 1, bench.ReasonNone)
	defer func() {
		if err := s.host.Close(); err != nil {
			t.Error(err)
		}
	}()
	beyond, err := methods.NewIssuer(bench.Method{ID: ID, Params: bench.Params{"alg": "EdDSA", "revocation": "status_list"}}, [32]byte{3}, 1000, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	nowhere, err := methods.NewIssuer(bench.Method{ID: ID, Params: bench.Params{"alg": "EdDSA", "revocation": "denylist"}}, [32]byte{3}, 1000, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	for what, c := range map[string]struct {
		issuer method.Issuer
		index  int
		want   bench.Reason
	}{
		"on the list": {beyond, 29, bench.ReasonNone}, "taken back": {beyond, 30, bench.ReasonRevoked},
		"beyond the end": {beyond, 64, bench.ReasonMalformed}, "far beyond": {beyond, 999, bench.ReasonMalformed},
		"nowhere": {nowhere, 1, bench.ReasonMalformed},
	} {
		d := s.verifiers[0].Verify(credentialtest.Request{"Authorization": {methodtest.Mint(t, c.issuer, bench.Valid, c.index)}})
		if d.Reason != c.want || (d.Outcome == bench.Deny) != (c.want != bench.ReasonNone) {
			t.Errorf("%s: %+v, want %v", what, d, c.want)
		}
	}
}

// TestFactsOfRevocation: how a token is taken back, and how late a server may learn of it.
func TestFactsOfRevocation(t *testing.T) {
	for text, want := range map[string]struct {
		kind  bench.RevocationKind
		lag   time.Duration
		bound time.Duration
		asks  bool
	}{
		"":                                {bench.RevokedByExpiry, 0, 0, false},
		"revocation=none":                 {bench.RevokedByExpiry, 0, 0, false},
		"revocation=denylist":             {bench.RevokedByList, 0, 0, false},
		"revocation=polled":               {bench.RevokedByList, time.Second, 4 * time.Second, true},
		"revocation=polled poll=250ms":    {bench.RevokedByList, 250 * time.Millisecond, 1750 * time.Millisecond, true},
		"revocation=pushed":               {bench.RevokedByList, 0, 3 * time.Second, true},
		"revocation=pushed via=redis":     {bench.RevokedByList, 0, 3 * time.Second, true},
		"revocation=status_list":          {bench.RevokedByList, 5 * time.Second, 16 * time.Second, true},
		"revocation=status_list ttl=1s":   {bench.RevokedByList, time.Second, 4 * time.Second, true},
		"revocation=pushed cache_size=10": {bench.RevokedByList, 0, 3 * time.Second, true},
	} {
		pairs := append([]string{"alg=HS256"}, strings.Fields(text)...)
		if strings.Contains(text, "cache_size") {
			pairs = append(pairs, "cache_ttl=1h")
		}
		m, err := bench.ParseMethod(ID, pairs, methods)
		if err != nil {
			t.Fatal(err)
		}
		facts := methods.Facts(m)
		if facts.Revocation != want.kind || facts.RevocationLag != want.lag.Nanoseconds() || facts.Asks != bench.AskedNobody || methods.Needs(m).AsksIssuer() != want.asks || facts.RevocationBound != want.bound.Nanoseconds() {
			t.Errorf("%s: %+v, %+v", text, facts, methods.Needs(m))
		}
	}
}
