package introspection

import (
	"fmt"
	"time"

	"authbench/bench"
	"authbench/internal/credential/jose"
	"authbench/internal/credential/jose/strictjson"
	"authbench/internal/credential/store"
)

const (
	// answerType is the type of a signed answer, as its typ has it (RFC 9701 §5).
	answerType = "token-introspection+jwt"
	// saidMember is the claim that has what the issuer says of a token.
	saidMember = "token_introspection"
)

// signedAnswers returns what reads answers that the issuer signs (RFC 9701 §5): made by it,
// for this server, just now. Whatever else comes is no answer, and lets nobody in.
func signedAnswers(m material, now func() time.Time) (func(body []byte) (answer, error), error) {
	statements, err := jose.NewStatements(answerType, m.AnswerKey)
	if err != nil {
		return nil, fmt.Errorf("the key of the issuer's answers: %w", err)
	}
	return func(body []byte) (answer, error) {
		claims, reason := statements.Fresh(body, now(), m.Issuer, m.ClientID)
		if reason != bench.ReasonNone {
			return answer{}, fmt.Errorf("%w: its JWT is refused: %s", store.ErrCorrupt, reason)
		}
		s := strictjson.Scanner{Data: claims}
		for s.Next() {
			if string(s.Name) == saidMember {
				return readAnswer(s.Value.Text)
			}
		}
		return answer{}, fmt.Errorf("%w: its JWT has no %s", store.ErrCorrupt, saidMember)
	}, nil
}
