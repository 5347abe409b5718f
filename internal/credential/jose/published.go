package jose

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"authbench/internal/credential/jose/strictjson"
)

// publishedKeys are the keys of a published key set that are good for one algorithm.
type publishedKeys struct {
	// layers hold them, at most mostAlike. Within a layer each key has an id of its own;
	// keys of one id, which RFC 7517 §4.5 allows, stand in layers behind each other.
	layers [][]JWK
	// leftOut says for each other member which it is, and why.
	leftOut []string
}

// mostAlike is how many keys of one id are tried with a token: an issuer that replaces a
// key and keeps its id has two, and each costs a forger's token another verification.
const mostAlike = 4

// member is a key of a published set.
type member struct {
	JWK
	at  int // in the set
	key any // as golang-jwt takes it
}

// readKeySet returns the keys of a published set that are good for an algorithm. The
// others are left out, and do no harm to the good ones (RFC 7517 §5): an issuer may have
// keys for other purposes, and must be able to announce a new kind of key. In detail:
//
//   - A key without an algorithm (alg) is taken if its type and curve fit: the
//     algorithm is the server's configuration.
//   - A key without an id (kid) is taken if it is the only one that fits. Beside
//     others, a token could not say that it means it.
//   - Of equal keys with one id the first is taken, of different ones each, up to
//     mostAlike: a token is then tried with one after the other.
//   - A key whose private part is published, a symmetric, weak or broken one, one for
//     encryption, and one that is certificates (x5c) only, is left out.
func readKeySet(document []byte, alg Algorithm) (publishedKeys, error) {
	var out publishedKeys
	// In a map names keep their letter case, which counts (RFC 7517 §4).
	var set map[string]json.RawMessage
	var texts []json.RawMessage
	if json.Unmarshal(document, &set) != nil || json.Unmarshal(set["keys"], &texts) != nil {
		return out, errors.New("the key set is not a JSON object with an array of keys")
	}
	var fit []member
	for at, text := range texts {
		m := member{at: at}
		var err error
		if m.JWK, err = readPublished(text); err == nil {
			m.JWK = m.completed(alg)
			m.key, err = m.good(alg)
		}
		if err != nil {
			out.leaveOut(m, err.Error())
			continue
		}
		fit = append(fit, m)
	}
	out.arrange(fit)
	if len(out.layers) == 0 {
		return out, fmt.Errorf("the key set has no key for %s%s", alg.Name, out.said())
	}
	return out, nil
}

// arrange puts keys into layers, and leaves out those that say nothing new, those without
// an id that are not alone, and those of one id beyond mostAlike.
func (p *publishedKeys) arrange(fit []member) {
	alike := map[string][]member{} // by key id
	for _, m := range fit {
		others := alike[m.KeyID]
		same := slices.IndexFunc(others, func(o member) bool { return reflect.DeepEqual(o.key, m.key) })
		switch {
		case same >= 0:
			p.leaveOut(m, fmt.Sprintf("it is the same key as keys[%d]", others[same].at))
		case len(others) == mostAlike:
			p.leaveOut(m, fmt.Sprintf("%d other keys have its key id, and no more are tried with one token", mostAlike))
		default:
			alike[m.KeyID] = append(others, m)
		}
	}
	if nameless := alike[""]; len(nameless) > 0 && (len(nameless) > 1 || len(alike) > 1) {
		for _, m := range nameless {
			p.leaveOut(m, "it has no key id (kid), and other keys fit as well: no token can say that it means this one")
		}
		delete(alike, "")
	}
	for _, keys := range alike {
		for i, m := range keys {
			if i == len(p.layers) {
				p.layers = append(p.layers, nil)
			}
			p.layers[i] = append(p.layers[i], m.JWK)
		}
	}
}

func (p *publishedKeys) leaveOut(m member, why string) {
	name := fmt.Sprintf("keys[%d]", m.at)
	if m.KeyID != "" {
		name += fmt.Sprintf(" (kid %.64q)", m.KeyID)
	}
	p.leftOut = append(p.leftOut, name+": "+why)
}

// mostNamed is how many members are named that are left out. A set may have hundreds.
const mostNamed = 20

// said names what is left out, as the end of a sentence; "" if nothing is.
func (p *publishedKeys) said() string {
	if len(p.leftOut) == 0 {
		return ""
	}
	named := p.leftOut[:min(len(p.leftOut), mostNamed)]
	text := "; left out: " + strings.Join(named, "; ")
	if more := len(p.leftOut) - len(named); more > 0 {
		text += fmt.Sprintf("; and %d more", more)
	}
	return text
}

// secretMembers are the members of keys that only their owner may know (RFC 7518 §6.2.2,
// §6.3.2, RFC 8037 §2, RFC 9964 §3), k apart.
var secretMembers = []string{"d", "p", "q", "dp", "dq", "qi", "oth", "priv"}

// readPublished reads one member of a published set. Its errors quote nothing of it. The
// key id is returned with an error too, where there is one.
func readPublished(text []byte) (k JWK, err error) {
	var members map[string]json.RawMessage
	if json.Unmarshal(text, &members) != nil || members == nil {
		return k, errors.New("it is not a JSON object")
	}
	_ = json.Unmarshal(members["kid"], &k.KeyID) // one that is no string is refused below
	for _, name := range secretMembers {
		if _, has := members[name]; has {
			return k, errors.New("its private part is published with it, so that anybody can sign with it: replace it")
		}
	}
	if _, has := members["k"]; has {
		return k, errors.New("it is a symmetric key, which is no secret in a public set: anybody can sign with it")
	}
	if !isStrictObject(text) {
		return k, errors.New("it is not a strict JSON object: a name stands in it twice, or text is not UTF-8")
	}
	// encoding/json takes a name in any letter case for a known one.
	maps.DeleteFunc(members, func(name string, _ json.RawMessage) bool { return !slices.Contains(publicMembers, name) })
	known, err := json.Marshal(members)
	if err != nil {
		return k, errors.New("it cannot be read")
	}
	var typed *json.UnmarshalTypeError
	switch err := json.Unmarshal(known, &k); {
	case errors.As(err, &typed):
		return k, fmt.Errorf("its member %s has the wrong type", typed.Field)
	case err != nil:
		return k, err
	}
	return k, nil
}

// publicMembers are the members that are read of a published key.
var publicMembers = []string{"kty", "kid", "alg", "use", "key_ops", "n", "e", "crv", "x", "y", "pub"}

// isStrictObject reports whether text is an object in which no name stands twice.
func isStrictObject(text []byte) bool {
	s := strictjson.Scanner{Data: text}
	for s.Next() {
	}
	return s.Finished()
}
