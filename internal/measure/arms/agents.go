package arms

import (
	"time"

	"authbench/bench"
	"authbench/internal/credential"
	"authbench/internal/measure/agents"
	"authbench/internal/measure/issuer"
	"authbench/internal/method"
)

// withAgents returns minted credentials of which agents of an arm's own hold the valid ones, and
// refresh them at the issuer. No load uses the last reserved of them.
func (w *mintedCredentials) withAgents(r bench.Renewal, at *issuer.Realm, reserved int) *mintedCredentials {
	clients := w.issuer.(method.Exchanger) // issuer.SpecFor saw to that
	count := w.credentials.count(bench.Valid)
	own := *w
	own.agents = agents.New(agents.Spec{
		Policy: agents.Policy{Lifetime: time.Duration(r.Lifetime), Refresh: time.Duration(r.After), Jitter: r.Jitter}, Count: count, Used: max(1, count-reserved), Scheme: credential.Bearer,
		At: func(index int) credential.Endpoint { return at.TokenEndpoint(clients.Client(index)) },
	})
	return &own
}
