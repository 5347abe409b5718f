package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"authbench/bench"
	"authbench/internal/conform"
	"authbench/internal/credential/document"
	"authbench/internal/credential/jose"
)

// methodArms are arms of built-in methods, which go by the method's name.
func methodArms(methods ...bench.Method) []bench.Arm {
	var out []bench.Arm
	for _, m := range methods {
		out = append(out, bench.Arm{Method: m})
	}
	return out
}

// scenarioArms are what verify examines of a scenario: each built-in method once, and
// the arms whose server is the user's. leftOut says why others are not examined.
func scenarioArms(name string, stdin io.Reader, f verifyFlags) (out []bench.Arm, leftOut []string, err error) {
	s, err := readScenario(name, stdin, nil)
	if err != nil {
		return nil, nil, err
	}
	seen := map[string]bool{}
	for _, a := range s.Arms {
		key := a.Method.ID + " " + a.Method.Params.Key()
		switch {
		case conform.Applies(a.Method) == "" || a.Target == nil && seen[key]:
		case a.Target == nil:
			out = append(out, bench.Arm{Method: a.Method})
			seen[key] = true
		default:
			if why := f.unexamined(a); why != "" {
				leftOut = append(leftOut, fmt.Sprintf("%s is not examined: %s", a.Name, why))
				continue
			}
			out = append(out, a)
		}
	}
	switch {
	case len(out) == 0 && len(leftOut) > 0:
		return nil, nil, errors.New(strings.Join(leftOut, "; "))
	case len(out) == 0:
		return nil, nil, fmt.Errorf("scenario %s has no arm that checks a credential; examine a server of your own with --url", name)
	}
	return out, leftOut, nil
}

// unexamined says why an arm of the user's is not examined, "" if it is.
func (f verifyFlags) unexamined(a bench.Arm) string {
	switch {
	case f.surface == string(conform.Process):
		return "it is a program of its own, and --surface is process"
	case a.Target.URL == "":
		return conform.Unexamined(a)
	case !conform.PlainRequest(a.Request):
		return conform.NotPlain
	case f.signing == "" && a.Method.ID == "jwt":
		return "the server runs already: --signing names the key that it trusts, signing.json of 'authbench mint'"
	case f.signing == "" && f.credentials == "" && a.Credentials == "":
		return "the server runs already: --credentials names the API keys that it knows, credentials.jsonl of 'authbench mint'"
	}
	return ""
}

// describesServer reports whether flags are given that describe a server that runs.
func (f verifyFlags) describesServer() bool {
	return f.credentials != "" || f.signing != "" || f.issuer != "" || f.audience != ""
}

// isRunning reports whether an arm's server runs already.
func isRunning(a bench.Arm) bool { return a.Target != nil && a.Target.URL != "" }

// score examines one arm, by the way that its server is reached.
func (f verifyFlags) score(ctx context.Context, w *conform.Workshop, a bench.Arm, surfaces []conform.Surface, launch conform.Launch) (*conform.Score, error) {
	switch {
	case isRunning(a):
		path := a.Request.Path
		if f.credentials == "" {
			f.credentials = a.Credentials
		}
		s, err := f.server(strings.TrimSuffix(a.Target.URL, "/") + path)
		if err != nil {
			return nil, err
		}
		s.Arm = a.Name
		return w.ScoreServer(ctx, s)
	case a.Target != nil || jose.IsElsewhere(a.Method):
		return w.ScoreArm(ctx, a, launch)
	}
	return w.Score(ctx, a.Method, surfaces...)
}

// server reads what is known of the server at a URL.
func (f verifyFlags) server(url string) (conform.Server, error) {
	s := conform.Server{URL: url, Issuer: f.issuer, Audience: f.audience}
	var err error
	if f.signing != "" {
		if s.Signing, err = readFile(f.signing, document.ReadSigningKeys); err != nil {
			return s, usageError(fmt.Errorf("--signing: %w", err))
		}
	}
	if f.credentials != "" {
		if s.Credentials, err = readFile(f.credentials, document.ReadCredentials); err != nil {
			return s, usageError(fmt.Errorf("--credentials: %w", err))
		}
	}
	return s, nil
}

// named is what an arm is called on the terminal.
func named(a bench.Arm) string {
	if a.Name != "" {
		return a.Name
	}
	return conform.Name(a.Method)
}

// unexaminable tells the arms that cannot be examined from failures of ours.
func unexaminable(err error) bool {
	var why *conform.Unexaminable
	return errors.As(err, &why)
}
