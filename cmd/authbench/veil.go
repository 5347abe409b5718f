package main

import (
	"crypto/rand"
	"os"
	"path/filepath"

	"authbench/bench"
)

// keyFile keeps the key of this user's digests, under the user's cache directory.
const keyFile = "authbench/digest-key"

// openVeil returns a veil with the key of this user on this machine. If the key cannot be
// stored, digests of different results cannot be compared; nothing else changes.
func openVeil() *bench.Veil {
	cache, err := os.UserCacheDir()
	if err != nil {
		return bench.NewVeil(newKey())
	}
	return bench.NewVeil(loadOrCreateKey(filepath.Join(cache, keyFile)))
}

func newKey() (key [32]byte) {
	rand.Read(key[:]) // never fails (crypto/rand)
	return key
}

// loadOrCreateKey reads the key at path, or creates it. If two processes create it at once, the first
// one wins.
func loadOrCreateKey(path string) [32]byte {
	key := newKey()
	if os.MkdirAll(filepath.Dir(path), 0o700) == nil {
		if f, err := createNew(path, 0o600); err == nil {
			_, err = f.Write(key[:])
			_ = f.publish(err) // a failure shows when the file is read below
		}
	}
	kept, err := os.ReadFile(path)
	if err != nil || len(kept) != len(key) {
		return key
	}
	return [32]byte(kept)
}

// veiledError is an error whose text holds nothing that the veil hides.
type veiledError struct {
	err  error
	veil *bench.Veil
}

func (e *veiledError) Error() string { return e.veil.Text(e.err.Error()) }
func (e *veiledError) Unwrap() error { return e.err }

// veiled hides secrets that an error's text may quote from a scenario or an address.
func veiled(v *bench.Veil, err error) error {
	if err == nil {
		return nil
	}
	return &veiledError{err, v}
}
