package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"authbench/bench"
	"authbench/internal/conform"
	"authbench/internal/credential/document"
	"authbench/internal/method/all"
)

// knownKeys are what the user tells about servers that run already: files of keys and
// credentials, and the claims of tokens. Without them nothing can be forged.
type knownKeys struct {
	credentials, signing string
	issuer, audience     string
}

// register adds the flags, except --credentials, which a scenario sets.
func (k *knownKeys) register(c *cobra.Command, of string) {
	c.Flags().StringVar(&k.signing, "signing", "", "`file` of the signing key for "+of+", signing.json of 'authbench mint'")
	c.Flags().StringVar(&k.issuer, "issuer", "", "issuer that the server at "+of+" demands (default: that of minted tokens)")
	c.Flags().StringVar(&k.audience, "audience", "", "audience that the server at "+of+" demands (default: that of minted tokens)")
}

// given reports whether any of them is set.
func (k knownKeys) given() bool { return k != knownKeys{} }

// unexamined says why an arm whose server runs already is not examined, "" if it is.
func (k knownKeys) unexamined(a bench.Arm) string {
	switch {
	case all.Catalogue().Open(a.Method):
		return bench.ChecksNothing
	case !conform.PlainRequest(a.Request):
		return conform.NotPlain
	case k.signing == "" && all.Catalogue().Family(a.Method).Token != nil:
		return "the server runs already: --signing names the key that it trusts, signing.json of 'authbench mint'"
	case k.signing == "" && k.credentials == "" && a.Credentials == "":
		return "the server runs already: credentials in the scenario, or --credentials of 'authbench verify', name the API keys that it knows, credentials.jsonl of 'authbench mint'"
	}
	return ""
}

// serverOf is what is known of the server of an arm.
func (k knownKeys) serverOf(a bench.Arm) (conform.Server, error) {
	if k.credentials == "" {
		k.credentials = a.Credentials
	}
	s, err := k.server(strings.TrimSuffix(a.Target.URL, "/") + a.Request.Path)
	s.Arm = a.Name
	return s, err
}

// server reads what is known of the server at a URL.
func (k knownKeys) server(url string) (conform.Server, error) {
	s := conform.Server{URL: url, Issuer: k.issuer, Audience: k.audience}
	var err error
	if k.signing != "" {
		if s.Signing, err = readFile(k.signing, document.ReadSigningKeys); err != nil {
			return s, usageError(fmt.Errorf("--signing: %w", err))
		}
	}
	if k.credentials != "" {
		if s.Credentials, err = readFile(k.credentials, document.ReadCredentials); err != nil {
			return s, usageError(fmt.Errorf("--credentials: %w", err))
		}
	}
	return s, nil
}

// conformance examines a server that runs already. If it cannot be examined, the conformance
// says why, and the run goes on.
func (k knownKeys) conformance(ctx context.Context, w *conform.Harness, a bench.Arm, examining func()) (bench.Conformance, error) {
	why := k.unexamined(a)
	if why == "" {
		examining()
		found, err := k.examine(ctx, w, a)
		if err == nil || ctx.Err() != nil {
			return found, ctx.Err()
		}
		why = err.Error()
	}
	return bench.Conformance{Arm: a.Name, Untested: why}, nil
}

func (k knownKeys) examine(ctx context.Context, w *conform.Harness, a bench.Arm) (bench.Conformance, error) {
	s, err := k.serverOf(a)
	if err != nil {
		return bench.Conformance{}, err
	}
	score, err := w.ScoreServer(ctx, s)
	if err != nil {
		return bench.Conformance{}, err
	}
	found := score.Conformance()
	found.Arm = a.Name
	return found, nil
}
