package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"authbench/bench"
	"authbench/internal/credential/document"
	"authbench/internal/method"
	"authbench/internal/method/all"
)

// mintFlags are the flags of 'authbench mint'.
type mintFlags struct {
	method  methodFlags
	count   int
	classes []string
	out     string
}

func mintCommand() *cobra.Command {
	var f mintFlags
	c := &cobra.Command{
		Use:   "mint --method METHOD",
		Short: "Mints credentials and keys, for curl or another tool",
		Long: `mint writes four files into a directory:

  credentials.jsonl  the credentials, each with its class
  verification.json  what another server needs to verify them
  target.json        the same for 'authbench target --keys'
  signing.json       the signing keys (mode 0600); no server needs them`,
		Example: `  authbench mint --method apikey -n 3 --out keys
  authbench mint --method jwt -p alg=RS256 --classes valid,expired --out keys`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return mint(c.OutOrStdout(), f) },
	}
	f.method.register(c)
	c.Flags().IntVarP(&f.count, "count", "n", 10, "how many credentials of each class")
	c.Flags().StringSliceVar(&f.classes, "classes", nil, "classes to mint (default: all that the method has but oversized and nested)")
	c.Flags().StringVar(&f.out, "out", "", "`directory` to write into")
	_ = c.MarkFlagRequired("out") // fails only for a flag that is not there
	return c
}

func mint(out io.Writer, f mintFlags) error {
	m, err := f.method.parse()
	if err != nil {
		return usageError(err)
	}
	if f.count < 1 {
		return usageError(fmt.Errorf("-n %d: write how many credentials of each class, at least 1", f.count))
	}
	classes, err := mintClasses(m, f.classes)
	if err != nil {
		return usageError(err)
	}
	files, err := mintedFiles(f.out)
	if err != nil {
		return err
	}
	defer files.discard()
	issuer, err := all.Catalogue().NewIssuer(m, [32]byte(randomBytes(32)), f.count, time.Now())
	if err != nil {
		return err
	}
	if err := checkFits(m, issuer); err != nil {
		return usageError(err)
	}
	list := document.CredentialList{Field: issuer.Field()}
	for _, class := range classes {
		for i := range f.count {
			value, err := issuer.Append(nil, class, i)
			if err != nil {
				return fmt.Errorf("mint %s credential %d: %w", class, i, err)
			}
			list.Credentials = append(list.Credentials, document.Credential{Class: class, Value: string(value)})
		}
	}
	if err := writeMinted(files, issuer, list); err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "%d credentials in %s\n", len(list.Credentials), filepath.Join(f.out, "credentials.jsonl"))
	return err
}

// checkFits reports as an error that no file can hold an issuer's credentials.
func checkFits(m bench.Method, issuer method.Issuer) error {
	if _, proves := issuer.(method.Prover); proves {
		return fmt.Errorf("the credentials of method %s hold for one request alone: 'authbench run' makes them as it sends", m.ID)
	}
	return nil
}

// mintClasses checks the wanted classes against what the method has.
func mintClasses(m bench.Method, wanted []string) ([]bench.Class, error) {
	has := bench.ClassesOf(all.Catalogue(), m)
	if len(has) == 0 {
		return nil, fmt.Errorf("method %s sends no credential: there is nothing to mint", m.ID)
	}
	if len(wanted) == 0 {
		return slices.DeleteFunc(slices.Clone(has), bench.Class.Hostile), nil
	}
	var out []bench.Class
	for _, w := range wanted {
		found := false
		for _, h := range has {
			if string(h) == w {
				out, found = append(out, h), true
			}
		}
		if !found {
			return nil, fmt.Errorf("--classes: method %s has no class %q; it has %v", m.ID, w, has)
		}
	}
	return out, nil
}

// mintedMode: files that hold secrets are the owner's only.
const mintedMode = 0o600

// mintedFiles opens the four files, in the order of their contents in
// [writeMinted]. Keys that a server trusts are not overwritten.
func mintedFiles(dir string) (newFiles, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, pathError(fmt.Errorf("--out: create the directory: %w", err))
	}
	var files newFiles
	for _, name := range []string{"signing.json", "target.json", "verification.json", "credentials.jsonl"} {
		f, err := createNew(filepath.Join(dir, name), mintedMode)
		if err != nil {
			files.discard()
			return nil, fmt.Errorf("--out: %w", err)
		}
		files = append(files, f)
	}
	return files, nil
}

// writeMinted writes the four files.
func writeMinted(files newFiles, issuer method.Issuer, list document.CredentialList) error {
	verification, err1 := issuer.Verification(method.Places{})
	published, err2 := issuer.Published()
	signing, err3 := issuer.SigningKeys()
	credentials, err4 := list.Encode()
	err := errors.Join(err1, err2, err3, err4)
	for i, content := range [][]byte{signing, verification, published, credentials} {
		if err == nil {
			_, err = files[i].Write(content)
		}
	}
	return files.publish(err)
}
