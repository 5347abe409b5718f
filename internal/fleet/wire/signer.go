package wire

import (
	"fmt"
	"strings"

	"github.com/nats-io/nkeys"
)

// Signer signs users of an account.
type Signer struct {
	key nkeys.KeyPair
	// account is that which the key signs for; "" if the key is the account's own.
	account string
}

// ReadSigner reads a file with the seed of an account's key, or of a key that signs for the account
// of a name. The key stays there: invitations have what it signed, and no one needs it again.
func ReadSigner(path, account string) (Signer, error) {
	if account != "" && !nkeys.IsValidPublicAccountKey(account) {
		return Signer{}, fmt.Errorf("the account %q: write its public key, which begins with A", account)
	}
	text, err := readPrivate(path)
	if err != nil {
		return Signer{}, fmt.Errorf("read the key that signs: %w", err)
	}
	key, err := nkeys.ParseDecoratedNKey(text)
	if err != nil {
		return Signer{}, fmt.Errorf("read the key that signs: %s: %w: it has the seed of an account's key, which begins with SA", path, err)
	}
	id, err := key.PublicKey()
	if err != nil {
		return Signer{}, fmt.Errorf("read the key that signs: %s: %w", path, err)
	}
	if !strings.HasPrefix(id, "A") {
		return Signer{}, fmt.Errorf("read the key that signs: %s has the seed of another kind of key (%s…): that of an account begins with SA", path, id[:1])
	}
	if id == account {
		account = ""
	}
	return Signer{key, account}, nil
}
