package arms

import (
	"context"
	"errors"

	"authbench/bench"
	"authbench/internal/credential"
	"authbench/internal/credential/jose"
	"authbench/internal/measure/issuer"
	"authbench/internal/measure/proc"
	"authbench/internal/method"
)

// tokens has the run's issuer know a wallet's tokens, nil where no server asks about them.
func (c Config) tokens(ctx context.Context, needs method.Needs, w *wallet) (*issuer.Realm, error) {
	if !needs.Tokens {
		return nil, nil
	}
	knows, ok := w.issuer.(method.TokenIssuer)
	if !ok {
		return nil, errors.New("the method has no tokens that an issuer could be asked about")
	}
	tokens, err := knows.Tokens()
	if err != nil {
		return nil, err
	}
	return c.Depot.Realm(ctx, w.name, issuer.Spec{Tokens: tokens, Name: jose.IssuerName, Audience: jose.AudienceName})
}

// endpoint is where a server asks about tokens.
func endpoint(r *issuer.Realm) *credential.Endpoint {
	c := r.Client()
	return &credential.Endpoint{URL: r.IntrospectionURL(), ClientID: c.ID, ClientSecret: c.Secret}
}

// describeIssuer says in a result that the server asks its issuer: about each token, or now
// and then for keys. In the latter case no request waits for it as for a store.
func describeIssuer(info *bench.ArmInfo, needs method.Needs) {
	if needs.Tokens || needs.KeySet != nil {
		info.Store, info.StoreServer, info.StoreCPU = "the issuer, started for the run", needs.Tokens, proc.CanMeter
	}
}
