package attack

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"authbench/internal/method"
)

// keys are what the forger knows of the issuer, and a key that no server knows.
type keys struct {
	kid              string
	issuer, attacker ed25519.PrivateKey
	iss, aud         string
}

// claim is a member of the claims: its name and the JSON of its value.
type claim struct{ name, value string }

// lifetime is how long forged tokens live.
const lifetime = 5 * time.Minute

// newDraft is a token that a server must let in.
func newDraft(m method.Minted) (*draft, error) {
	k, err := readKeys(m)
	if err != nil {
		return nil, err
	}
	d := &draft{Minted: m, keys: k, header: "v4.public.", footer: `{"kid":` + strconv.Quote(k.kid) + `}`}
	d.claims = []claim{
		{"aud", strconv.Quote(k.aud)}, {"exp", d.at(lifetime)}, {"iat", d.at(0)}, {"iss", strconv.Quote(k.iss)},
		{"nbf", d.at(0)}, {"sub", `"user-1"`}, {"tenant", `"tenant-1"`},
	}
	d.sign = func(d *draft, message string) string { return by(d.issuer, d.encoded(message)) }
	return d, nil
}

// readKeys reads the issuer's two files.
func readKeys(m method.Minted) (*keys, error) {
	var published struct{ Issuer, Audience string }
	var signing struct {
		Keys []struct {
			Kid string `json:"kid"`
			D   string `json:"d"`
		} `json:"keys"`
	}
	for _, file := range []struct {
		text func() (json.RawMessage, error)
		into any
	}{{m.Files.Published, &published}, {m.Files.SigningKeys, &signing}} {
		text, err := file.text()
		if err == nil {
			err = json.Unmarshal(text, file.into)
		}
		if err != nil {
			return nil, fmt.Errorf("read the issuer's files: %w", err)
		}
	}
	if len(signing.Keys) != 1 {
		return nil, errors.New("the issuer has not one key")
	}
	seed, err := base64.RawURLEncoding.DecodeString(signing.Keys[0].D)
	if err != nil || len(seed) != ed25519.SeedSize {
		return nil, errors.New("the issuer's key is no seed of Ed25519")
	}
	return &keys{
		kid: signing.Keys[0].Kid, issuer: ed25519.NewKeyFromSeed(seed), iss: published.Issuer, aud: published.Audience,
		attacker: ed25519.NewKeyFromSeed([]byte("an attacker's seed of 32 bytes..")),
	}, nil
}

// at is the JSON of a time from now.
func (d *draft) at(from time.Duration) string {
	return strconv.Quote(d.Now.Add(from).UTC().Truncate(time.Second).Format(time.RFC3339))
}

// expire makes a token that lived its time, and ended so long ago.
func (d *draft) expire(ago time.Duration) {
	d.set("exp", d.at(-ago))
	for _, name := range []string{"iat", "nbf"} {
		d.set(name, d.at(-ago-lifetime))
	}
}

// set replaces a claim, or adds it.
func (d *draft) set(name, value string) {
	d.drop(name)
	d.claims = append(d.claims, claim{name, value})
}

// drop removes a claim.
func (d *draft) drop(name string) {
	var kept []claim
	for _, c := range d.claims {
		if c.name != name {
			kept = append(kept, c)
		}
	}
	d.claims = kept
}

// message is what is signed: the claims in JSON.
func (d *draft) message() string {
	if d.payload != "" {
		return d.payload
	}
	var members []string
	for _, c := range d.claims {
		members = append(members, strconv.Quote(c.name)+":"+c.value)
	}
	return "{" + strings.Join(members, ",") + "}"
}

// encoded is what v4.public signs of a message.
func (d *draft) encoded(message string) string {
	return preAuth(d.header, message, d.footer, d.implicit)
}

// preAuth is the pre-authentication encoding of pieces: how many, and each behind its
// length, all in eight bytes with the lowest first.
func preAuth(pieces ...string) string {
	out := binary.LittleEndian.AppendUint64(nil, uint64(len(pieces)))
	for _, p := range pieces {
		out = binary.LittleEndian.AppendUint64(out, uint64(len(p)))
		out = append(out, p...)
	}
	return string(out)
}

// by is a signature of a text.
func by(key ed25519.PrivateKey, text string) string { return string(ed25519.Sign(key, []byte(text))) }

// encode is base64url without padding.
func encode(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }

// token is the whole token.
func (d *draft) token() string {
	message := d.message()
	token := d.header + encode(message+d.sign(d, message))
	if d.footer != "" {
		token += "." + encode(d.footer)
	}
	if d.text != nil {
		token = d.text(d, token)
	}
	return token
}

// parts are a token's header, payload and footer as they are written.
func parts(token string) (header, payload, footer string) {
	all := strings.SplitN(token, ".", 4)
	return all[0] + "." + all[1] + ".", all[2], all[3]
}
