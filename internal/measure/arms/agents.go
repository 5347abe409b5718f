package arms

import (
	"authbench/bench"
	"authbench/internal/credential"
	"authbench/internal/measure/agents"
	"authbench/internal/measure/issuer"
	"authbench/internal/method"
)

// withAgents returns minted credentials of which agents of an arm's own hold the valid ones, and
// refresh them at the issuer. No load uses the last reserved of them.
func (w *mintedCredentials) withAgents(e method.Exchange, at *issuer.Realm, reserved int) *mintedCredentials {
	clients := w.issuer.(method.Exchanger) // issuer.SpecFor saw to that
	count := w.credentials.count(bench.Valid)
	own := *w
	own.agents = agents.New(agents.Spec{
		Policy: agents.Policy{Lifetime: e.Lifetime, Refresh: e.Refresh, Jitter: e.Jitter}, Count: count, Used: max(1, count-reserved), Scheme: credential.Bearer,
		At: func(index int) credential.Endpoint { return at.TokenEndpoint(clients.Client(index)) },
	})
	return &own
}
