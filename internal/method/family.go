package method

import (
	"encoding/json"
	"time"

	"authbench/bench"
)

// Family is how the examiner makes a method's credentials. It is written without the
// method's own code, so that one fault cannot hide in both: a folder attack beside the
// method has it, and imports neither the method nor what methods share.
//
// The zero value has the issuer's credentials and no case of the catalogue: the examiner
// still sees whether the valid one is let in, and no credential and a broken one are not.
type Family struct {
	// Open says that the method lets everybody in, so that there is nothing to examine. Its
	// facts must say that it does not protect.
	Open bool
	// AppliesTo is what cases of the attack catalogue name in applies_to, "" for none.
	AppliesTo string
	// Scheme stands before the credential, Cookie is the name of the cookie that it is; at
	// most one of them is set.
	Scheme, Cookie string
	// Slow says that verifying a credential takes tens of milliseconds, by design. When many
	// methods are examined, such a one begins first.
	Slow bool
	// Once says that what an issuer proved for one request ([Prover]) is let in once.
	Once bool
	// Token is set where credentials are signed tokens: the examiner forges them.
	Token *Token
	// Mend makes the checksum of a credential right, so that no refusal comes from there.
	// Nil: it has none.
	Mend func(credential string) string
	// Respelled is a credential that differs from a valid one by where it belongs, such as
	// one of a test environment. Nil: there is none.
	Respelled func(valid string) string
	// Attacks are cases that are about this method alone. They are put beside those of the
	// catalogue.
	Attacks []Attack
	// Variants are what is examined of the method if nobody says which parameters.
	Variants Variants
}

// Token is a signed token of compact form (RFC 7515 §7.1).
type Token struct {
	Algorithm string // as headers name it
	Bits      int    // of an RSA key; 0 for the least
}

// Attack is a credential that a method must refuse, or a control that it must let in.
type Attack struct {
	// ID is unlike those of the catalogue, such as BASIC-01.
	ID, Title string
	// Impact is what it means if it is let in, as the catalogue has it: forgery, privilege,
	// leak and dos make a method unsafe, respelling and carrier are counted. That of a
	// control is control.
	Impact string
	// Source says who asks for it, such as RFC 7617 §2.
	Source []string
	// Accept says that it is a control.
	Accept bool
	// Forgeries are its sub-cases.
	Forgeries []Forgery
}

// Forgery is one sub-case of an attack.
type Forgery struct {
	Label string
	// Fields returns the header fields of the request, but for Host: those that carry the
	// credential ([Minted.Carry]) and, of a method with proofs, those beside it.
	Fields func(Minted) ([]bench.Field, error)
	// Steps, in place of Fields, returns those of several requests, one after another: all but
	// the last must be let in, and the last is judged.
	Steps func(Minted) ([][]bench.Field, error)
}

// Requests are the header fields of each of its requests.
func (f Forgery) Requests(m Minted) ([][]bench.Field, error) {
	if f.Steps != nil {
		return f.Steps(m)
	}
	fields, err := f.Fields(m)
	return [][]bench.Field{fields}, err
}

// Minted is what a forger starts from.
type Minted struct {
	// Valid and Other are valid credentials of two holders in two tenants, without what
	// stands before them.
	Valid, Other string
	// Field is the name of the header field that carries them.
	Field string
	// Prove returns the header fields that the issuer makes for a request ([Prover]), Use is
	// the request that the forger writes, with the holder of Valid: Prove(Use) is let in. Prove
	// is nil for a method without proofs.
	Prove func(Use) []bench.Field
	Use   Use
	// Files are the issuer's.
	Files interface {
		Published() (json.RawMessage, error)
		SigningKeys() (json.RawMessage, error)
	}
	Now time.Time
}

// Carry is each value in a field of its own of those that carry the credential. A value is
// whole: behind its scheme, if it has one.
func (m Minted) Carry(values ...string) []bench.Field {
	var out []bench.Field
	for _, value := range values {
		out = append(out, bench.Field{Name: m.Field, Value: value})
	}
	return out
}

// Variants are the combinations of a method's parameters that decide about its safety.
type Variants struct {
	// Deciding are the parameters of which every value is examined with each of the
	// others: those that choose what verifies, and how strictly.
	Deciding []string
	// Carrying is where a credential stands in a request. Nothing behind it depends on
	// it: its values are examined with the defaults of the others.
	Carrying string
	// Remembering are the caches, filters and lists that stand between a request and what
	// a server knows of it, each as name=value pairs. What they remember wrongly is wrong
	// whatever verifies: they are examined with each value of Beside, if it names a
	// parameter, and with no other.
	Remembering [][]string
	Beside      string
	// LeftOut are pairs of values, each as name=value, that are not examined together: what
	// the one decides does not depend on the other, and each is examined with others.
	LeftOut [][2]string
}
