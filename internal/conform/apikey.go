package conform

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// The roles of API keys.
const (
	roleSecond = "second"
	roleStored = "stored-hash"
	// credentialValid is a fresh token, or the victim's API key.
	credentialValid = "valid"
)

var keyRoles = []string{
	roleVictim, roleSecond, roleTenantB, "revoked", "expired", "never-issued", "test-env", roleStored,
}

func checkRole(role string) error {
	if !slices.Contains(keyRoles, role) {
		return fmt.Errorf("unknown API key role %q", role)
	}
	return nil
}

// digestEncodings are the encodings of a stored digest.
var digestEncodings = []string{"hex", "HEX", "base64", "base64url", "raw-latin1"}

func encodeDigest(digest []byte, encoding string) string {
	switch encoding {
	case "hex":
		return hex.EncodeToString(digest)
	case "HEX":
		return strings.ToUpper(hex.EncodeToString(digest))
	case "base64":
		return base64.StdEncoding.EncodeToString(digest)
	case "base64url":
		return base64.RawURLEncoding.EncodeToString(digest)
	}
	return string(digest) // raw-latin1: a byte per character
}

// apiKey mints an API key by its recipe. With fixChecksum it corrects the key's checksum.
func (m *minter) apiKey(r *recipe, fixChecksum bool) (string, error) {
	var key string
	var err error
	if r.Credential == roleStored {
		if key, err = m.roleCredential(roleVictim); err == nil {
			sum := sha256.Sum256([]byte(key))
			key = encodeDigest(sum[:], r.Encoding)
		}
	} else {
		key, err = m.roleCredential(r.Credential)
	}
	if err != nil {
		return "", err
	}
	if key, err = apply(m, textOps(), r.Text, key); err != nil || !fixChecksum {
		return key, err
	}
	return m.fixChecksum(key), nil
}

// roleCredential returns a credential by its role. For methods with tokens it mints a
// valid token of one of two tenants.
func (m *minter) roleCredential(role string) (string, error) {
	if m.keys != nil {
		return m.roleToken(role)
	}
	if role == credentialValid {
		role = roleVictim
	}
	if key, ok := m.credentials[role]; ok {
		return key, nil
	}
	return "", inapplicable(fmt.Sprintf("there is no %s credential", role))
}

func (m *minter) roleToken(role string) (string, error) {
	switch role {
	case credentialValid, roleVictim:
		return m.token(&recipe{Base: baseToken})
	case roleTenantB:
		other := object{{"sub", "user-2"}, {"tenant", roleTenantB}}
		return m.token(&recipe{Base: baseToken, Claims: &edit{Set: other}})
	}
	return "", inapplicable("there is no " + role + " token")
}

// parseCompared reads a credential of a recipe's member compare: a role, or a role with an
// operation, such as "victim+mutate_tail:8".
func parseCompared(text string) (role string, ops []op, err error) {
	role, rest, changed := strings.Cut(text, "+")
	if err := checkRole(role); err != nil || !changed {
		return role, nil, err
	}
	name, number, _ := strings.Cut(rest, ":")
	n, err := strconv.Atoi(number)
	if name != "mutate_tail" || err != nil || n < 1 {
		return "", nil, fmt.Errorf("unknown operation %q in compare", rest)
	}
	var o op
	err = o.UnmarshalJSON(fmt.Appendf(nil, `{"op":%q,"n":%d}`, name, n))
	return role, []op{o}, err
}
