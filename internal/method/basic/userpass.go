package basic

import (
	"bytes"
	"encoding/base64"
	"unicode"
	"unicode/utf8"

	"authbench/bench"
	"authbench/internal/credential/opaque"
)

// userPass is the form of RFC 7617 §2: base64 of user-id, colon, password. The user-ids
// that are issued have 11 random digits, the passwords 43 behind a prefix. All of it is hashed: the user-id is a salt to the hashes that have none.
type userPass struct{}

var _ opaque.Form = userPass{}

// prefix is how passwords begin: with a colon, at which nobody may split, and a character
// for which base64 has a plus, by which it can be told from base64url.
const prefix = "p:~"

// issuedBytes is how long what is issued is: hashing it with bcrypt, which reads 72 bytes and
// no more, leaves none of it out.
const issuedBytes = 11 + 1 + len(prefix) + 43

// encoding is that of RFC 4648 §4, which RFC 7617 §2 asks for: with padding, and without
// bits that stand for nothing.
var encoding = base64.StdEncoding.Strict()

// Append implements opaque.Form.
func (u userPass) Append(dst []byte, id uint64, secret [opaque.SecretSize]byte) []byte {
	var room [issuedBytes]byte
	return encoding.AppendEncode(dst, appendPlain(room[:0], id, secret))
}

// AppendHashed implements opaque.Form.
func (userPass) AppendHashed(dst []byte, id uint64, secret [opaque.SecretSize]byte) []byte {
	return appendPlain(dst, id, secret)
}

func appendPlain(dst []byte, id uint64, secret [opaque.SecretSize]byte) []byte {
	return opaque.AppendSecret(append(opaque.AppendID(dst, id), ":"+prefix...), secret)
}

// Parse implements opaque.Form. A user-id that is not one of ours becomes the id of
// nobody: an unknown user must take as long to refuse as a wrong password.
func (userPass) Parse(r bench.Request, sent []byte) (id uint64, hashed []byte, ok bool) {
	plain := r.Room(encoding.DecodedLen(len(sent)))
	n, err := encoding.Decode(plain, sent)
	if err != nil || bytes.ContainsAny(sent, "\r\n") { // which encoding/base64 skips
		return 0, nil, false
	}
	plain = plain[:n]
	// The first colon ends the user-id: a password may have others.
	user, _, found := bytes.Cut(plain, []byte(":"))
	if !found || !isText(plain) {
		return 0, nil, false
	}
	id, _ = opaque.ParseID(user)
	return id, plain, true
}

// isText reports whether b is UTF-8 without control characters (RFC 7617 §2). To bcrypt a
// password and the same twice, with a NUL between, are one.
func isText(b []byte) bool {
	return utf8.Valid(b) && !bytes.ContainsFunc(b, unicode.IsControl)
}

// Mistype implements opaque.Form: the padding becomes a character outside of the alphabet.
func (userPass) Mistype(sent []byte) { sent[len(sent)-1] = '-' }
