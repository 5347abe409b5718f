package arms

import (
	"fmt"
	"io"
	"os"

	"authbench/bench"
	"authbench/internal/credential/document"
)

// message is what an arm sends to its server at an address.
func message(a bench.Arm, at bench.Address, credential string, beside ...string) (bench.Message, error) {
	m, problems := a.Message(at, credential, beside...)
	if len(problems) > 0 {
		return m, fmt.Errorf("request: %w", problems[0])
	}
	return m, nil
}

// Check reports what only a user's file of credentials can spoil about the requests of a
// scenario: the scenario does not say which header carries them.
func Check(s bench.Scenario) error {
	for _, a := range s.Arms {
		if a.Credentials == "" {
			continue
		}
		list, err := readList(a.Credentials, io.Discard)
		if err == nil {
			_, err = message(a, a.SampleAddress(), list.Field)
		}
		if err != nil {
			return fmt.Errorf("arm %s: credentials: %w", a.Name, err)
		}
	}
	return nil
}

// readList reads a file of the user's own credentials to its end, and hands over its content.
func readList(path string, content io.Writer) (document.CredentialList, error) {
	f, err := os.Open(path)
	if err != nil {
		return document.CredentialList{}, fmt.Errorf("read credentials: %w", err)
	}
	defer f.Close()
	return document.ReadCredentials(path, io.TeeReader(f, content))
}
