package methodtest

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"sync"

	"authbench/bench"
	"authbench/internal/credential"
	"authbench/internal/method"
)

// Ticket is a method for tests of what carries proofs: a credential, and in a field beside it
// a number that no other request has with its MAC over the request. Its verifier lets each
// number in once. Faulty ones have a fault that the examiner must find.
func Ticket(fault TicketFault) method.Method {
	return method.Method{
		MethodSpec: bench.MethodSpec{ID: "ticket", Summary: "a proof for each request", Reference: "-", Classes: []bench.Class{bench.Valid, bench.Expired, bench.Forged}},
		Issuer:     func(i method.Issue) (method.Issuer, error) { return tickets{secret: i.Secret}, nil },
		Verifier: func(_ bench.Params, verification json.RawMessage, _ func(int, int)) (method.Verifier, error) {
			v := &ticketVerifier{fault: fault, seen: map[string]bool{}}
			return v, json.Unmarshal(verification, &v.secret)
		},
		Facts: func(bench.Params) bench.Facts {
			return bench.Facts{Asks: bench.AskedNobody, Revocation: bench.RevokedByExpiry, Minter: bench.MintedByServer, Bound: true}
		},
		Family: func(bench.Params) method.Family {
			return method.Family{Scheme: "Ticket", Once: true, Attacks: ticketAttacks()}
		},
	}
}

// TicketFault is what a verifier of tickets does wrong.
type TicketFault int

// The faults.
const (
	NoFault     TicketFault = iota
	Forgets                 // it lets a number in again
	IgnoresPath             // the MAC may be over another request
	NoProof                 // it does without
	EmptyKey                // it takes the MAC of the empty key as well
	FirstOnly               // of two proofs it reads the first
)

const ticketProof = "Ticket-Proof"

type tickets struct {
	method.Issuer // nil: of the rest nothing is asked
	secret        [32]byte
}

var _ method.Prover = tickets{}

func (tickets) Field() string { return "Authorization" }

func (tickets) Append(dst []byte, class bench.Class, index int) ([]byte, error) {
	return fmt.Appendf(dst, "Ticket %s-%d", class, index), nil
}

func (t tickets) Verification(method.Places) (json.RawMessage, error) { return json.Marshal(t.secret) }

// Prove implements method.Prover.
func (t tickets) Prove(use method.Use) []bench.Field {
	value, _ := t.Append(nil, use.Class, use.Index)
	serial := strconv.FormatUint(use.Serial, 10)
	mac := ticketMAC(t.secret, serial, use.Method, use.Target, string(value))
	if use.Class == bench.Forged {
		mac = ticketMAC([32]byte{}, serial, use.Method, use.Target, string(value))
	}
	return []bench.Field{{Name: t.Field(), Value: string(value)}, {Name: ticketProof, Value: serial + " " + mac}}
}

func ticketMAC(secret [32]byte, parts ...string) string {
	mac := hmac.New(sha256.New, secret[:])
	for _, p := range parts {
		fmt.Fprintf(mac, "%q", p)
	}
	return hex.EncodeToString(mac.Sum(nil))
}

type ticketVerifier struct {
	secret [32]byte
	fault  TicketFault
	mu     sync.Mutex // guards seen
	seen   map[string]bool
}

func (*ticketVerifier) Scheme() string { return "Ticket" }

// Verify implements method.Verifier.
func (v *ticketVerifier) Verify(r bench.Request) bench.Decision {
	held, reason := credential.Carrier{Field: "Authorization", Scheme: "Ticket"}.Read(r)
	if reason != bench.ReasonNone {
		return bench.Decision{Reason: reason}
	}
	class, index, _ := bytes.Cut(held, []byte("-"))
	if string(class) == string(bench.Expired) {
		return bench.Decision{Reason: bench.ReasonExpired}
	}
	if n, err := strconv.Atoi(string(index)); err != nil || strconv.Itoa(n) != string(index) || string(class) != string(bench.Valid) {
		return bench.Decision{Reason: bench.ReasonUnknown}
	}
	if reason := v.proves(r, "Ticket "+string(held)); reason != bench.ReasonNone {
		return bench.Decision{Reason: reason}
	}
	return bench.Decision{Outcome: bench.Allow, Subject: "holder-" + string(index)}
}

// proves judges the proof of a request.
func (v *ticketVerifier) proves(r bench.Request, value string) bench.Reason {
	proofs := r.Values(ticketProof)
	switch {
	case v.fault == NoProof:
		return bench.ReasonNone
	case len(proofs) == 0 || len(proofs) > 1 && v.fault != FirstOnly:
		return bench.ReasonMissing
	}
	serial, mac, _ := bytes.Cut(proofs[0], []byte(" "))
	right := func(key [32]byte) bool {
		return string(mac) == ticketMAC(key, string(serial), string(r.Method()), string(r.Target()), value)
	}
	if v.fault != IgnoresPath && !right(v.secret) && !(v.fault == EmptyKey && right([32]byte{})) {
		return bench.ReasonBadSignature
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.seen[string(serial)] && v.fault != Forgets {
		return bench.ReasonRevoked
	}
	v.seen[string(serial)] = true
	return bench.ReasonNone
}

// ticketAttacks forge what stands in the field beside the credential.
func ticketAttacks() []method.Attack {
	return []method.Attack{
		{ID: "TICKET-01", Title: "a proof that was made without the key", Impact: "forgery", Source: []string{"-"}, Forgeries: []method.Forgery{
			{Label: "the empty key", Fields: func(m method.Minted) ([]bench.Field, error) {
				value := "Ticket " + m.Valid
				serial := strconv.FormatUint(m.Use.Serial, 10)
				mac := ticketMAC([32]byte{}, serial, m.Use.Method, m.Use.Target, value)
				return append(m.Carry(value), bench.Field{Name: ticketProof, Value: serial + " " + mac}), nil
			}},
		}},
		{ID: "TICKET-02", Title: "two proofs", Impact: "carrier", Source: []string{"RFC 9449 4.3"}, Forgeries: []method.Forgery{
			{Label: "the second is none", Fields: func(m method.Minted) ([]bench.Field, error) {
				return append(m.Prove(m.Use), bench.Field{Name: ticketProof, Value: "x"}), nil
			}},
		}},
		{ID: "TICKET-03", Title: "a proof as it must be", Impact: "control", Accept: true, Source: []string{"-"}, Forgeries: []method.Forgery{
			{Fields: func(m method.Minted) ([]bench.Field, error) { return m.Prove(m.Use), nil }},
		}},
	}
}
