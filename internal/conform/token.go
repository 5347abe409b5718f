package conform

import (
	"bytes"
	"compress/flate"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// maxTokenTries bounds how many tokens are minted until an operation can be applied to one.
// The rarest success is that of rsa_plus_n: one in seven.
const maxTokenTries = 256

// token mints a token by its recipe, in this order: header and claims, signature,
// operations on the signature's bytes, operations on the text.
func (m *minter) token(r *recipe) (string, error) {
	if m.keys == nil {
		return "", inapplicable("the method has no tokens")
	}
	for range maxTokenTries {
		text, err := m.tryToken(r)
		if !errors.Is(err, errUnsuitable) {
			return text, err
		}
	}
	return "", inapplicable("no signature was found that the operation can change")
}

// draft is a token before it is signed.
type draft struct {
	header  []byte
	claims  []byte
	segment [2]string // header and payload as they are sent
}

func (m *minter) tryToken(r *recipe) (string, error) {
	jti := m.fresh()
	d, err := m.draft(r, jti)
	if err != nil {
		return "", err
	}
	s := r.Sign
	if s == nil {
		s = &signing{}
	}
	signature, err := m.signature(s, d, jti)
	if err != nil {
		return "", err
	}
	if signature, err = apply(m, signatureOps(), r.Sig, signature); err != nil {
		return "", err
	}
	token := strings.Join(append(d.segment[:], base64.RawURLEncoding.EncodeToString(signature)), ".")
	return apply(m, textOps(), r.Text, token)
}

// draft makes a token's header and payload.
func (m *minter) draft(r *recipe, jti string) (*draft, error) {
	d := &draft{}
	var err error
	if d.header, err = m.edited(m.base.Header, r.Header, jti); err != nil {
		return nil, fmt.Errorf("header: %w", err)
	}
	if d.claims, err = m.edited(m.base.Claims, r.Claims, jti); err != nil {
		return nil, fmt.Errorf("claims: %w", err)
	}
	payload := base64.RawURLEncoding.EncodeToString(d.claims)
	if s := r.Sign; s != nil {
		switch {
		case s.B64 != nil && !*s.B64:
			// A dot would end the segment (RFC 7797 §5.2).
			payload = strings.ReplaceAll(string(d.claims), ".", `\u002e`)
		case s.Deflate:
			packed, err := deflate(d.claims)
			if err != nil {
				return nil, err
			}
			payload = base64.RawURLEncoding.EncodeToString(packed)
		}
	}
	d.segment = [2]string{base64.RawURLEncoding.EncodeToString(d.header), payload}
	if r.Sign == nil || len(r.Sign.Presign) == 0 {
		return d, nil
	}
	text, err := apply(m, textOps(), r.Sign.Presign, strings.Join(d.segment[:], "."))
	if err != nil {
		return nil, fmt.Errorf("presign_text: %w", err)
	}
	var ok bool
	if d.segment[0], d.segment[1], ok = strings.Cut(text, "."); !ok {
		return nil, errors.New("presign_text: the text has only one segment")
	}
	return d, nil
}

func deflate(content []byte) ([]byte, error) {
	var out bytes.Buffer
	w, err := flate.NewWriter(&out, flate.DefaultCompression)
	if err != nil {
		return nil, err
	}
	_, err = w.Write(content)
	return out.Bytes(), errors.Join(err, w.Close())
}

// edited applies a recipe's edit to the default header or claims.
func (m *minter) edited(base object, e *edit, jti string) ([]byte, error) {
	if e != nil && e.Raw != nil {
		text, err := m.text(e.Raw)
		return []byte(text), err
	}
	o := make(object, 0, len(base))
	for _, each := range base {
		switch each.value {
		case textMethod:
			each.value = m.alg
		case textFresh:
			each.value = jti
		}
		o = append(o, each)
	}
	if e != nil {
		for _, name := range e.Del {
			o = o.without(name)
		}
		for _, set := range e.Set {
			o = o.with(set.name, set.value)
		}
	}
	computed, err := m.value(o)
	if err != nil {
		return nil, err
	}
	text, err := encodeTree(computed)
	if err != nil || e == nil || e.RawHex == "" {
		return text, err
	}
	raw, err := rawBytes(e.RawHex)
	return raw.into(text), err
}

// rawInsert are bytes that JSON does not allow where they are inserted.
type rawInsert []byte

// byteOrderMark is inserted before the JSON text, all else into the subject's string.
var byteOrderMark = []byte{0xef, 0xbb, 0xbf}

// rawBytes reads raw_hex.
func rawBytes(text string) (rawInsert, error) {
	content, err := hex.DecodeString(text)
	if err != nil {
		return nil, fmt.Errorf("raw_hex %q is not hexadecimal", text)
	}
	return content, nil
}

// subjectEnd is where the subject's string ends in the default claims.
var subjectEnd = []byte(`"sub":"user-1`)

func (r rawInsert) into(text []byte) []byte {
	if bytes.Equal(r, byteOrderMark) {
		return append(bytes.Clone(byteOrderMark), text...)
	}
	return bytes.Replace(text, subjectEnd, append(bytes.Clone(subjectEnd), r...), 1)
}

// signature makes a token's signature.
func (m *minter) signature(s *signing, d *draft, jti string) ([]byte, error) {
	switch s.Mode {
	case modeEmpty:
		return nil, nil
	case modeOriginal:
		original, err := m.draft(&recipe{}, jti)
		if err != nil {
			return nil, err
		}
		return m.signature(&signing{}, original, jti)
	case modeOther:
		other, err := m.token(&recipe{Base: baseToken})
		if err != nil {
			return nil, err
		}
		return signatureOf(other)
	case modeLast:
		return signatureOf(m.lastSent)
	}
	signer, err := m.signer(s.Key)
	if err != nil {
		return nil, err
	}
	alg, err := m.signingAlg(s, d)
	if err != nil {
		return nil, err
	}
	var salt *int
	if s.PSSSalt != nil {
		n, err := saltLength(s.PSSSalt.tree)
		if err != nil {
			return nil, err
		}
		salt = &n
	}
	return signer.sign(alg, []byte(strings.Join(d.segment[:], ".")), salt)
}

func signatureOf(token string) ([]byte, error) {
	parts, err := signedParts(token)
	if err != nil {
		return nil, inapplicable("the credential that was sent before is not a token")
	}
	return base64.RawURLEncoding.DecodeString(parts[2])
}

// signingAlg is the algorithm that a token is signed with.
func (m *minter) signingAlg(s *signing, d *draft) (string, error) {
	name := algMethod
	if s.Alg != nil {
		value, err := m.value(s.Alg.tree)
		if err != nil {
			return "", err
		}
		name, _ = value.(string)
	}
	switch name {
	case algMethod:
		return m.alg, nil
	case algHeader:
		var header struct {
			Alg string `json:"alg"`
		}
		if err := json.Unmarshal(d.header, &header); err != nil {
			return "", inapplicable("the header names no algorithm to sign with")
		}
		return header.Alg, nil
	}
	return name, nil
}

// signer returns the key that a recipe signs with, the victim's if it names none.
func (m *minter) signer(spec *keySpec) (*key, error) {
	switch {
	case spec == nil:
		return m.roleKey(roleVictim)
	case spec.Role != "":
		return m.roleKey(spec.Role)
	case spec.Generate != nil:
		private, err := generateRSA(spec.Generate.Bits)
		return &key{kid: victimKID, private: private}, err
	}
	secret, err := m.hmacSecret(spec.HMAC)
	return &key{kid: victimKID, private: secret}, err
}

// hmacSecret makes a secret. It is never nil, because an empty secret is one, too.
func (m *minter) hmacSecret(h *hmacSpec) ([]byte, error) {
	secret := []byte(h.Prefix)
	if h.UTF8 != nil {
		return append(secret, *h.UTF8...), nil
	}
	role, encoding := roleVictim, h.VictimPublic
	if h.AttackerPublic != "" {
		role, encoding = roleAttackerPair, h.AttackerPublic
	}
	pair, err := m.roleKey(role)
	if err != nil {
		return nil, err
	}
	text, err := pair.encodedPublic(encoding)
	return append(secret, text...), err
}
