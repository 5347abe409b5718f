package opaque

import (
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/bcrypt"

	"authbench/internal/credential"
	"authbench/internal/credential/store"
)

// The hashes that API keys can be stored as.
const (
	// sha256Hash is enough: a key is 256 random bits, which nobody guesses, however
	// quick a guess is.
	sha256Hash = "sha256"
	// hmacHash keeps a secret of the server's (a pepper) out of the store, so that
	// who can write to the store still cannot make a key.
	hmacHash = "hmac-sha256"
	// bcryptHash and argon2Hash are made slow for passwords, which people choose and
	// others guess. For keys they buy nothing and cost every request.
	bcryptHash = "bcrypt"
	argon2Hash = "argon2id"
)

func hashes() []string { return []string{sha256Hash, hmacHash, bcryptHash, argon2Hash} }

// keyHash compares API keys with what a record holds of them. It is safe for
// concurrent use.
type keyHash interface {
	// matches compares in constant time. For the zero record, which an unknown key has, it
	// takes as long as for any other, and is false.
	matches(r store.Record, key []byte) bool
}

// quickHash is one that is computed of every key when it is needed.
type quickHash interface {
	keyHash
	digest(key []byte) store.Digest
}

// slowHash is too slow for that. Its text has what else it takes to compare.
type slowHash interface {
	keyHash
	text(key []byte) (string, error)
}

// newKeyHash returns a hash by its name; a pepper comes from the run's secret.
func newKeyHash(name string, secret [32]byte) (keyHash, error) {
	switch name {
	case sha256Hash:
		return plainHash{}, nil
	case hmacHash:
		pepper, err := credential.DeriveKey(secret, "apikey pepper", sha256.Size)
		if err != nil {
			return nil, err
		}
		return pepperedHash{pepper, credential.NewHMAC(crypto.SHA256, pepper)}, nil
	case bcryptHash:
		return bcryptKeyHash{}, nil
	case argon2Hash:
		return argon2KeyHash{}, nil
	}
	return nil, fmt.Errorf("unknown hash %q", name)
}

var (
	_ quickHash = plainHash{}
	_ quickHash = pepperedHash{}
	_ slowHash  = bcryptKeyHash{}
	_ slowHash  = argon2KeyHash{}
)

type plainHash struct{}

func (plainHash) digest(key []byte) store.Digest { return sha256.Sum256(key) }

func (plainHash) matches(r store.Record, key []byte) bool {
	digest := sha256.Sum256(key)
	return subtle.ConstantTimeCompare(digest[:], r.Digest[:]) == 1
}

type pepperedHash struct {
	pepper []byte
	mac    *credential.HMAC
}

func (h pepperedHash) digest(key []byte) store.Digest { return h.mac.Sum256(key) }

func (h pepperedHash) matches(r store.Record, key []byte) bool { return h.mac.Verify(key, r.Digest[:]) }

// bcryptCost is the least that OWASP's Password Storage Cheat Sheet has for bcrypt,
// and the library's default.
const bcryptCost = 10

type bcryptKeyHash struct{}

func (bcryptKeyHash) text(key []byte) (string, error) {
	// bcrypt reads 72 bytes and no more; a key has 69.
	hash, err := bcrypt.GenerateFromPassword(key, bcryptCost)
	return string(hash), err
}

// noBcrypt is the hash of no key: zeros, at the same cost.
var noBcrypt = fmt.Sprintf("$2a$%d$%s", bcryptCost, strings.Repeat(".", 22+31))

func (bcryptKeyHash) matches(r store.Record, key []byte) bool {
	hash := r.Hash
	if hash == "" {
		hash = noBcrypt
	}
	return bcrypt.CompareHashAndPassword([]byte(hash), key) == nil && r.Hash != ""
}

// argon2id with 19 MiB, two passes and one lane, as OWASP's Password Storage Cheat
// Sheet has it; its salt and length are those that RFC 9106 §4 recommends.
const (
	argon2KiB    = 19 * 1024
	argon2Passes = 2
	argon2Lanes  = 1
	argon2Salt   = 16
	argon2Size   = 32
)

// argon2Prefix is how the text of a hash starts, in the form of the reference
// implementation; the salt and the hash follow.
var argon2Prefix = fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$", argon2.Version, argon2KiB, argon2Passes, argon2Lanes)

type argon2KeyHash struct{}

func (argon2KeyHash) text(key []byte) (string, error) {
	salt := make([]byte, argon2Salt)
	_, _ = rand.Read(salt) // it never fails
	hash := base64.RawStdEncoding.EncodeToString(salt) + "$" + base64.RawStdEncoding.EncodeToString(argon2Of(key, salt))
	return argon2Prefix + hash, nil
}

func argon2Of(key, salt []byte) []byte {
	return argon2.IDKey(key, salt, argon2Passes, argon2KiB, argon2Lanes, argon2Size)
}

func (argon2KeyHash) matches(r store.Record, key []byte) bool {
	salt, want, err := readArgon2(r.Hash)
	if err != nil {
		salt, want = make([]byte, argon2Salt), make([]byte, argon2Size)
	}
	return subtle.ConstantTimeCompare(argon2Of(key, salt), want) == 1 && err == nil
}

var errArgon2 = errors.New("not an argon2id hash with the parameters of this server")

// readArgon2 reads the text of a hash. Other parameters are refused: a record must
// not choose what checking it costs.
func readArgon2(text string) (salt, hash []byte, err error) {
	rest, ours := strings.CutPrefix(text, argon2Prefix)
	first, second, two := strings.Cut(rest, "$")
	salt, err1 := base64.RawStdEncoding.Strict().DecodeString(first)
	hash, err2 := base64.RawStdEncoding.Strict().DecodeString(second)
	if !ours || !two || errors.Join(err1, err2) != nil || len(salt) != argon2Salt || len(hash) != argon2Size {
		return nil, nil, errArgon2
	}
	return salt, hash, nil
}
