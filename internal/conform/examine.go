package conform

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// examiner examines the subjects of a method with the cases of a catalogue.
type examiner struct {
	Catalogue *Catalogue
	Fixture   *Fixture
	Subjects  []Subject
	// Build makes a verifier with another key; its error says why the verifier refuses
	// the key. Nil if the subjects' keys cannot be chosen here.
	Build func(victim *key) (Subject, error)
	// Foreign says that the subject is somebody else's server. It may refuse with any
	// status, and must do what RFCs demand; our own must do all that the catalogue says.
	Foreign bool
	// Remedy tells the user what to check if the valid credential is refused.
	Remedy string

	// cpu is shared with the examinations that run at the same time; nil if none do.
	cpu *cpuLock
	// pauses replace [defaultPauses] if they are set.
	pauses            []time.Duration
	decoy             *decoyServer
	examinees         []*examinee
	missingChallenges missingChallenges
}

// Examine returns the score. An error means that the examination itself failed: the
// subject cannot be examined ([Unexaminable]), the catalogue cannot be carried out, or
// ctx has ended.
func (e *examiner) Examine(ctx context.Context) (_ *Score, err error) {
	ctx, end := withDeadline(ctx)
	defer end()
	set, err := e.attackerKeySet()
	if err != nil {
		return nil, err
	}
	if e.decoy, err = newDecoyServer(set); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, e.decoy.close()) }()
	if e.pauses == nil {
		e.pauses = defaultPauses()
	}
	score := &Score{Method: e.Fixture.Method, Catalogue: e.Catalogue.Digest, Foreign: e.Foreign}
	open := CaseResult{Case: controlCase}
	for _, s := range e.Subjects {
		e.examinees = append(e.examinees, &examinee{Subject: s})
		if err := e.control(ctx, e.examinees[len(e.examinees)-1], &open); err != nil {
			return nil, err
		}
	}
	if open.conclude(); open.Status == Failed {
		score.Verdicts = append(score.Verdicts, open)
	}
	for _, c := range slices.Concat(e.Catalogue.Cases, e.Fixture.methodCases) {
		if !c.appliesTo(e.Fixture) {
			continue
		}
		v, err := e.examine(ctx, c)
		if err != nil {
			return nil, fmt.Errorf("case %s: %w", c.ID, err)
		}
		if v.Status != NotApplicable {
			score.Verdicts = append(score.Verdicts, v)
		}
	}
	if v := e.missingChallenges.verdict(); v.Status == Failed {
		score.Verdicts = append(score.Verdicts, v)
	}
	return score, nil
}

// attackerKeySet is the key set that the attacker publishes.
func (e *examiner) attackerKeySet() ([]byte, error) {
	attacker := e.Fixture.keys[roleAttacker]
	if attacker == nil {
		return []byte(`{"keys":[]}`), nil
	}
	jwk, err := attacker.publicJWK()
	if err != nil {
		return nil, err
	}
	jwk = jwk.with("alg", e.Fixture.alg).with("kid", attacker.kid)
	return encodeTree(object{{"keys", []any{jwk}}})
}

// similarAlgorithms names, for algorithms that the catalogue does not list, the listed ones that sign in
// the same way; for ML-DSA every asymmetric family. A case that applies to all of these
// applies to the algorithm, too.
var similarAlgorithms = map[string][]string{
	"PS384": {"PS256"}, "PS512": {"PS256"}, "Ed25519": {"EdDSA"},
	"ML-DSA-44": {"RS256", "ES256", "EdDSA"}, "ML-DSA-65": {"RS256", "ES256", "EdDSA"},
}

// appliesTo reports whether a case applies to the credentials of a fixture: it names them
// or their method, or it names both API keys and tokens and thereby means any credential.
func (c *Case) appliesTo(f *Fixture) bool {
	name := f.credentialKind
	switch {
	case slices.Contains(c.AppliesTo, name), slices.Contains(c.AppliesTo, f.Method.ID):
		return true
	case slices.Contains(c.AppliesTo, baseKey) && slices.ContainsFunc(c.AppliesTo, isAlgorithm):
		return true
	}
	for _, alg := range similarAlgorithms[name] {
		if !slices.Contains(c.AppliesTo, alg) {
			return false
		}
	}
	return len(similarAlgorithms[name]) > 0
}

// examineesFor returns the subjects that a case can be asked of.
func (e *examiner) examineesFor(c *Case) []*examinee {
	var out []*examinee
	for _, s := range e.examinees {
		process := s.Surface() == Process
		if c.Surface == surfaceBoth || (c.Surface == surfaceHTTP) != process {
			out = append(out, s)
		}
	}
	return out
}

// surfaceMismatch says why a case cannot be asked of the subjects at hand.
var surfaceMismatch = map[string]string{
	surfaceValidator: "a header cannot carry it: it is for a verifier in process",
	surfaceHTTP:      "it is about HTTP: it is for a server",
}

// examine sends every sub-case to every subject.
func (e *examiner) examine(ctx context.Context, c *Case) (CaseResult, error) {
	v := CaseResult{Case: c}
	if c.Surface == surfaceConfig {
		return e.examineConfig(ctx, c)
	}
	subjects := e.examineesFor(c)
	if len(subjects) == 0 {
		v.skip(surfaceMismatch[c.Surface])
	}
	for _, s := range subjects {
		if err := e.examineOn(ctx, &v, s); err != nil {
			return v, err
		}
	}
	v.conclude()
	return v, context.Cause(ctx)
}

func inSubCase(label string) string {
	if label == "" {
		return ""
	}
	return fmt.Sprintf(" (sub-case %s)", label)
}

// hasChecksumVariant reports whether a sub-case is sent a second time with a correct checksum. Keys
// that are sent as they were issued have a correct one already.
func (e *examiner) hasChecksumVariant(r *recipe) bool {
	return e.Fixture.fixChecksum != nil && r.Base == baseKey && (len(r.Text) > 0 || len(r.Compare) > 0)
}

// attempt runs one sub-case on one subject. It skips a recipe that cannot be made for the
// method.
func (e *examiner) attempt(ctx context.Context, c *Case, r *recipe, s *examinee, fixChecksum bool) (result, error) {
	a := &attempt{examiner: e, Case: c, subject: s.Subject, fixesChecksum: fixChecksum, minter: minter{Fixture: e.Fixture, now: time.Now()}}
	if _, watched := c.limit(limitNoOutbound); watched {
		a.minter.decoyURL = e.decoy.url
	}
	before := e.decoy.fetches.Load()
	release := e.cpu.acquire(c.cpuMode(r))
	t, err := a.run(ctx, r)
	release() // others may go on while this one waits for connections
	if err != nil {
		return skipInapplicable(err)
	}
	if t.fault != "" || t.skipped != "" {
		return t, nil
	}
	for _, l := range c.limits {
		if !slices.Contains(limitsOfKind[r.kind()], l.name) && !slices.Contains(limitsAlways, l.name) {
			t.unjudged = append(t.unjudged, l.name)
		}
	}
	return a.outbound(ctx, t, before), nil
}

// limitsAlways are the demands that every answer is held to. judged are the further ones
// that can be checked, by kind of recipe.
var (
	limitsAlways = []string{limitNo5xx, limitChallenge, limitNoOutbound, limitNoBurst}
	limitsOfKind = map[string][]string{
		baseToken:    {limitNoEcho, limitSignature, limitAlloc, limitTime},
		baseCompare:  {limitUniform},
		baseSequence: {limitHeap, limitIdentity},
	}
)

// kind sorts recipes by how they run, and names each kind by its base: one credential and
// one answer, a comparison, or a sequence.
func (r *recipe) kind() string {
	switch {
	case r.Base == baseCompare || len(r.Compare) > 0:
		return baseCompare
	case r.Base == baseSequence:
		return baseSequence
	}
	return baseToken
}

// skipInapplicable turns an [inapplicable] error into a skip. Other errors remain.
func skipInapplicable(err error) (result, error) {
	if why := inapplicable(""); errors.As(err, &why) {
		return skip("%s", why), nil
	}
	return result{}, err
}

// attempt is one sub-case on one subject.
type attempt struct {
	examiner *examiner
	*Case
	minter
	subject       Subject
	fixesChecksum bool
	// restore undoes the operator's order; nil if there is nothing to undo.
	restore func(context.Context) error
}

// maxBurst is how many fetches a flood of unknown keys may cause: one that is under way,
// and one more.
const maxBurst = 2

// outbound judges the connections that the subject opened.
func (a *attempt) outbound(ctx context.Context, t result, before int64) result {
	_, none := a.limit(limitNoOutbound)
	_, few := a.limit(limitNoBurst)
	if !none && !few {
		return t
	}
	switch n := a.examiner.decoy.count(ctx) - before; {
	case none && n > 0, few && n > maxBurst:
		return failed(outbound, "%d connections to where the token points", n)
	}
	return t
}

// run carries the recipe out.
func (a *attempt) run(ctx context.Context, r *recipe) (result, error) {
	switch r.Base {
	case baseToken:
		if a.namesMethodAlg(r) {
			return result{}, inapplicable("the sub-case names the method's own algorithm")
		}
		var err error
		if a.cred, err = a.token(r); err != nil {
			return result{}, err
		}
		t := a.send(ctx, a.requestWith(a.cred))
		if shift := pastLeeway(r); shift != 0 && t.fault == falseAccept && a.examiner.Foreign {
			return a.allowsLeeway(ctx, r, shift)
		}
		return t, nil
	case baseKey:
		return a.runKey(ctx, r)
	case baseValid:
		request, err := a.request(r)
		if err != nil {
			return result{}, err
		}
		return a.send(ctx, request), nil
	case baseCompare:
		return a.compare(ctx, r)
	case baseForged:
		return a.runForged(ctx, r.forged)
	}
	return a.sequence(ctx, r.Steps)
}

// mostLeeway is more than the leeway that a verifier may allow for a token's times: "no
// more than a few minutes" (RFC 7519 §4.1.4, §4.1.5). The largest common default is .NET's
// five minutes.
const mostLeeway = 6 * time.Minute

// pastLeeway is by how much the clock must be moved so that no leeway covers the recipe's
// token; 0 if the recipe is not about leeway.
func pastLeeway(r *recipe) time.Duration {
	if r.Claims == nil {
		return 0
	}
	if _, set := r.Claims.Set.get("nbf"); set {
		return mostLeeway
	}
	if _, set := r.Claims.Set.get("exp"); set {
		return -mostLeeway
	}
	return 0
}

// allowsLeeway asks again with a token that no leeway covers.
func (a *attempt) allowsLeeway(ctx context.Context, r *recipe, shift time.Duration) (result, error) {
	a.now = a.now.Add(shift)
	var err error
	if a.cred, err = a.token(r); err != nil {
		return result{}, err
	}
	t := a.send(ctx, a.requestWith(a.cred))
	if t.fault == "" {
		t.choice = "allows for a leeway of some minutes"
	}
	return t, nil
}

// namesMethodAlg reports whether a sub-case about other algorithms names the method's own
// one: its token would be valid.
func (a *attempt) namesMethodAlg(r *recipe) bool {
	if r.Header == nil || a.Expect.Outcome != outcomeReject {
		return false
	}
	name, set := r.Header.Set.get("alg")
	return set && name == a.alg && a.Class == "alg-substitution" && r.Claims == nil && len(r.Sig) == 0 && len(r.Text) == 0
}

func (a *attempt) runKey(ctx context.Context, r *recipe) (result, error) {
	if len(r.Compare) > 0 {
		return a.compareKeys(ctx, r)
	}
	key, err := a.apiKey(r, a.fixesChecksum)
	if err != nil {
		return result{}, err
	}
	if r.Resource != "" {
		return a.resource(ctx, key, r)
	}
	a.cred = key
	return a.send(ctx, a.requestWith(key)), nil
}

// resource judges a key that asks for another tenant's resource. Our own targets have no
// resources. They must report the key's own tenant, by which an application would decide.
func (a *attempt) resource(ctx context.Context, key string, r *recipe) (result, error) {
	owner, err := a.roleCredential(roleVictim)
	if err != nil {
		return result{}, err
	}
	own, err := a.subject.Ask(ctx, a.requestWith(owner))
	if err != nil {
		return failed(serverError, "%v", err), nil
	}
	asked, err := a.subject.Ask(ctx, a.requestWith(key))
	if err != nil {
		return failed(serverError, "%v", err), nil
	}
	switch {
	case !asked.accepted():
		return a.judge(asked, outcomeReject, a.Expect.Status), nil
	case asked.Tenant == "" || own.Tenant == "":
		return skip("the server does not tell whom it let in, and %s's resources are not known here", r.Resource), nil
	case asked.Tenant == own.Tenant:
		return failed(wrongName, "%s as tenant %q, which is the other one's", describe(asked), asked.Tenant), nil
	}
	return skip("the target has no resources of a tenant's; it reports the key's own tenant, as it must"), nil
}
