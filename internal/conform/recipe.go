package conform

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"authbench/internal/method"
)

// recipe says how a case's credentials and requests are made. [bases] says which members
// go with which base. [minter.token], [minter.apiKey] and [minter.request] apply them.
type recipe struct {
	Base string `json:"base"`

	Header *edit    `json:"header"`
	Claims *edit    `json:"claims"`
	Sign   *signing `json:"sign"`
	Sig    []op     `json:"sig"`
	Text   []op     `json:"text"`

	Credential string   `json:"credential"`
	Encoding   string   `json:"encoding"`
	Resource   string   `json:"resource"`
	Compare    []string `json:"compare"`

	Request          *requestSpec `json:"request"`
	TextOnCredential []op         `json:"text_on_credential"`

	Key     *keySpec `json:"key"`
	Steps   []step   `json:"steps"`
	Recipes []recipe `json:"recipes"`

	forged method.Forgery // of a method's own case, else empty
}

// The bases that a recipe may start from.
const (
	baseToken    = "jwt"
	baseKey      = "apikey"
	baseValid    = "valid"
	baseConfig   = "config"
	baseSequence = "sequence"
	baseCompare  = "compare"
)

// bases are the members that go with each base.
var bases = map[string][]string{
	baseToken:    {"header", "claims", "sign", "sig", "text"},
	baseKey:      {"credential", "encoding", "resource", "compare", "text"},
	baseValid:    {"request", "text_on_credential"},
	baseConfig:   {"key"},
	baseSequence: {"steps"},
	baseCompare:  {"recipes"},
}

// edit changes a header or claims.
type edit struct {
	Set    object   `json:"set"`
	Del    []string `json:"del"`
	Raw    *node    `json:"raw"`     // text instead of JSON
	RawHex string   `json:"raw_hex"` // see rawBytes
}

// signing says how a token gets its signature.
type signing struct {
	Mode    string   `json:"mode"`
	Key     *keySpec `json:"key"`
	Alg     *node    `json:"alg"`
	PSSSalt *node    `json:"pss_salt"`
	B64     *bool    `json:"b64"`
	Deflate bool     `json:"deflate"`
	Presign []op     `json:"presign_text"`
}

// The ways to get a signature; without a mode, modeSign.
const (
	modeSign     = "sign"
	modeEmpty    = "empty"
	modeOriginal = "original"
	modeOther    = "from_other"
	modeLast     = "from_last"
)

// keySpec names a key: by its role, or by how to make it.
type keySpec struct {
	Role     string
	HMAC     *hmacSpec     `json:"hmac"`
	Generate *generateSpec `json:"generate"`
}

// hmacSpec is a secret made from a text.
type hmacSpec struct {
	UTF8           *string `json:"utf8"`
	VictimPublic   string  `json:"victim_public"`
	AttackerPublic string  `json:"attacker_public"`
	Prefix         string  `json:"prefix"`
}

// generateSpec is a fresh key of a chosen kind.
type generateSpec struct {
	Type string `json:"kty"`
	Bits int    `json:"bits"`
}

// UnmarshalJSON implements json.Unmarshaler.
func (k *keySpec) UnmarshalJSON(text []byte) error {
	if len(text) > 0 && text[0] == '"' {
		return json.Unmarshal(text, &k.Role)
	}
	type spec keySpec // without this method
	return decodeStrict(text, (*spec)(k))
}

// requestSpec is an HTTP request around a credential.
type requestSpec struct {
	Method     *node   `json:"method"`
	Target     *node   `json:"target"`
	Headers    *[]pair `json:"headers"`
	RawHeaders *node   `json:"raw_headers"`
}

// pair is a header field: its name and its value.
type pair [2]node

// UnmarshalJSON implements json.Unmarshaler. encoding/json would accept arrays of any
// length.
func (p *pair) UnmarshalJSON(text []byte) error {
	var list []node
	if err := json.Unmarshal(text, &list); err != nil {
		return err
	}
	if len(list) != len(p) {
		return errors.New("a header is a list of its name and its value")
	}
	*p = pair(list)
	return nil
}

// step is one step of a sequence. The member that is set says what it does.
type step struct {
	Credential string  `json:"credential"`
	Recipe     *recipe `json:"recipe"`
	Mutate     []op    `json:"mutate"`
	Same       bool    `json:"same"`
	Wait       float64 `json:"wait_s"`
	Admin      string  `json:"admin"`
	Flood      int     `json:"flood"`
	Concurrent int     `json:"concurrent"`

	Key       string   `json:"key"`
	Alternate []string `json:"alternate"`
	Count     int      `json:"count"`
	Identity  string   `json:"identity"`
	Expect    string   `json:"expect"`
	Repeat    int      `json:"repeat"`
	Within    *node    `json:"within_s"`
}

// compile decodes a recipe from a tree without lists, and checks all that it names.
func compile(tree any) (recipe, error) {
	text, err := encodeTree(tree)
	if err != nil {
		return recipe{}, err
	}
	var r recipe
	if err := decodeStrict(text, &r); err != nil {
		return r, err
	}
	o, _ := tree.(object)
	for _, m := range o {
		if m.name != "base" && !slices.Contains(bases[r.Base], m.name) && bases[r.Base] != nil {
			return r, fmt.Errorf("member %q does not go with base %q", m.name, r.Base)
		}
	}
	return r, r.check()
}

// decodeStrict decodes one JSON value and refuses unknown members.
func decodeStrict(text []byte, out any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	err := d.Decode(out)
	if err != nil {
		return errors.New(strings.TrimPrefix(err.Error(), "json: "))
	}
	return nil
}

// check returns an error for whatever is unknown or missing in r.
func (r *recipe) check() error {
	switch r.Base {
	case baseToken:
		return errors.Join(checkEdit("header", r.Header), checkEdit("claims", r.Claims), checkSigning(r.Sign),
			checkOps(signatureOps(), r.Sig), checkOps(textOps(), r.Text))
	case baseKey:
		return errors.Join(r.checkKeys(), checkOps(textOps(), r.Text))
	case baseValid:
		return errors.Join(checkRequest(r.Request), checkOps(textOps(), r.TextOnCredential))
	case baseConfig:
		if r.Key == nil {
			return errors.New("base config needs a key")
		}
		return r.Key.check()
	case baseSequence:
		return checkSteps(r.Steps)
	case baseCompare:
		if len(r.Recipes) < 2 {
			return errors.New("base compare needs two recipes or more")
		}
		for i := range r.Recipes {
			if b := r.Recipes[i].Base; b != baseToken && b != baseKey {
				return fmt.Errorf("recipes of base compare start from jwt or apikey, not from %q", b)
			}
			if err := r.Recipes[i].check(); err != nil {
				return err
			}
		}
		return nil
	}
	return fmt.Errorf("unknown base %q", r.Base)
}

func checkEdit(where string, e *edit) error {
	if e == nil {
		return nil
	}
	if _, err := rawBytes(e.RawHex); err != nil {
		return fmt.Errorf("%s: %w", where, err)
	}
	trees := []any{e.Set}
	if e.Raw != nil {
		trees = append(trees, e.Raw.tree)
	}
	return checkValues(trees...)
}

func checkSigning(s *signing) error {
	if s == nil {
		return nil
	}
	switch s.Mode {
	case "", modeSign, modeEmpty, modeOriginal, modeOther, modeLast:
	default:
		return fmt.Errorf("sign: unknown mode %q", s.Mode)
	}
	if s.PSSSalt != nil {
		if _, err := saltLength(s.PSSSalt.tree); err != nil {
			return err
		}
	}
	if s.Alg != nil {
		if err := checkAlg(s.Alg.tree); err != nil {
			return err
		}
	}
	if s.Key != nil {
		if err := s.Key.check(); err != nil {
			return err
		}
	}
	return checkOps(textOps(), s.Presign)
}

// checkAlg checks what a token is signed with: method, header, the name of an algorithm
// that tokens can be forged with, or a map to such names.
func checkAlg(tree any) error {
	switch tree := tree.(type) {
	case string:
		if tree != algMethod && tree != algHeader && !isAlgorithm(tree) {
			return fmt.Errorf("sign: unknown alg %q", tree)
		}
		return nil
	case object:
		table, _ := tree.get(valueMethodMap)
		names, ok := table.(object)
		if !ok || len(tree) != 1 {
			return errors.New("sign: alg is a name or a $method_map")
		}
		for _, m := range names {
			if err := checkAlg(m.value); err != nil {
				return err
			}
		}
		return nil
	}
	return errors.New("sign: alg is a name or a $method_map")
}

func (k *keySpec) check() error {
	switch {
	case k.Role != "":
		if !slices.Contains(roles, k.Role) {
			return fmt.Errorf("unknown key role %q", k.Role)
		}
	case k.HMAC != nil && k.Generate == nil:
		return k.HMAC.check()
	case k.Generate != nil && k.HMAC == nil:
		if k.Generate.Type != "RSA" || k.Generate.Bits < minForgedRSA || k.Generate.Bits > maxForgedRSA {
			return fmt.Errorf("cannot generate a key of kty %q with %d bits; RSA of %d to %d bits can be made",
				k.Generate.Type, k.Generate.Bits, minForgedRSA, maxForgedRSA)
		}
	default:
		return errors.New("a key is a role, or one of hmac and generate")
	}
	return nil
}

func (h *hmacSpec) check() error {
	given := 0
	if h.UTF8 != nil {
		given++
	}
	for _, encoding := range []string{h.VictimPublic, h.AttackerPublic} {
		if encoding == "" {
			continue
		}
		given++
		if !slices.Contains(publicKeyEncodings, encoding) {
			return fmt.Errorf("hmac: unknown encoding %q of a public key", encoding)
		}
	}
	if given != 1 {
		return errors.New("hmac: a secret comes from one of utf8, victim_public, attacker_public")
	}
	return nil
}

func (r *recipe) checkKeys() error {
	if err := checkRole(r.Credential); err != nil {
		return err
	}
	if r.Encoding != "" && !slices.Contains(digestEncodings, r.Encoding) {
		return fmt.Errorf("unknown encoding %q of a stored digest", r.Encoding)
	}
	if (r.Credential == roleStored) != (r.Encoding != "") {
		return errors.New("credential stored-hash needs an encoding, and no other credential has one")
	}
	for _, text := range r.Compare {
		if _, _, err := parseCompared(text); err != nil {
			return err
		}
	}
	if len(r.Compare) == 1 {
		return errors.New("compare needs two credentials or more")
	}
	return nil
}

func checkRequest(r *requestSpec) error {
	if r == nil {
		return nil
	}
	if r.Headers != nil && r.RawHeaders != nil {
		return errors.New("request: headers and raw_headers exclude each other")
	}
	var trees []any
	for _, n := range []*node{r.Method, r.Target, r.RawHeaders} {
		if n != nil {
			trees = append(trees, n.tree)
		}
	}
	if r.Headers != nil {
		for _, h := range *r.Headers {
			trees = append(trees, h[0].tree, h[1].tree)
		}
	}
	return checkValues(trees...)
}
