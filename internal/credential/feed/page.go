package feed

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"unicode/utf8"

	"authbench/internal/credential"
)

// Cursor is a place in an issuer's list. The zero value is its beginning, in any life.
type Cursor struct {
	// Epoch is the issuer's life: at most longestEpoch letters and digits, so that a place
	// can stand in a header field.
	Epoch string
	// Number is that of the last id before the place.
	Number int
}

// String writes a cursor as EPOCH-NUMBER, the beginning as nothing.
func (c Cursor) String() string {
	if c.Epoch == "" {
		return ""
	}
	return c.Epoch + "-" + strconv.Itoa(c.Number)
}

// MarshalText implements encoding.TextMarshaler.
func (c Cursor) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// longestEpoch leaves other issuers room: ours has 16.
const longestEpoch = 64

var errCursor = errors.New("a place in the feed is not written EPOCH-NUMBER")

// UnmarshalText implements encoding.TextUnmarshaler.
func (c *Cursor) UnmarshalText(text []byte) error {
	*c = Cursor{}
	if len(text) == 0 {
		return nil
	}
	epoch, digits, _ := strings.Cut(string(text), "-")
	number, err := strconv.Atoi(digits)
	read := Cursor{epoch, number}
	if err != nil || number < 0 || !isEpoch(epoch) || read.String() != string(text) {
		return errCursor
	}
	*c = read
	return nil
}

func isEpoch(text string) bool {
	for _, c := range []byte(text) {
		if !('0' <= c && c <= '9' || 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z') {
			return false
		}
	}
	return 0 < len(text) && len(text) <= longestEpoch
}

// Page is a stretch of the list.
type Page struct {
	IDs []string `json:"ids"`
	// Next is the place behind the last of them.
	Next Cursor `json:"next"`
	// More says that there are further ids behind it now.
	More bool `json:"more,omitempty"`
}

const (
	// PageBytes is how many bytes of ids a page has, about: another id is put into it as
	// long as it has fewer. Some 2,600 of the ids that JWTs usually have go into one.
	PageBytes = 64 << 10
	// largestPage bounds the text of a page. An id is at most as long as a token, and JSON
	// may write a byte in six.
	largestPage = 6*(PageBytes+credential.MaxBytes) + 4<<10
)

// IsID reports whether a token of which verifiers take notice can have such an id.
func IsID(text string) bool {
	return text != "" && len(text) <= credential.MaxBytes && utf8.ValidString(text)
}

// errFalse stands for whatever is wrong with a page. What stands in one must not be in
// messages.
var errFalse = errors.New("it is no page of a feed of revocations")

// parsePage reads a page, wherever in the list it is.
func parsePage(text []byte) (Page, error) {
	var p Page
	if len(text) > largestPage || json.Unmarshal(text, &p) != nil || p.Next.Epoch == "" {
		return Page{}, errFalse
	}
	for _, id := range p.IDs {
		if !IsID(id) { // null is read as nothing
			return Page{}, errFalse
		}
	}
	if p.first() < 0 || p.More && len(p.IDs) == 0 {
		return Page{}, errFalse
	}
	return p, nil
}

// first is how many ids of the list stand before those of the page.
func (p Page) first() int { return p.Next.Number - len(p.IDs) }

// reaches reports whether nothing is left out between a place and the page. The page may begin
// before that place, and end there.
func (p Page) reaches(place Cursor) bool {
	return p.Next.Epoch == place.Epoch && p.first() <= place.Number
}

// readPage reads the page behind a place. One that leaves ids out, as its next place tells,
// is as wrong as one that cannot be read.
func readPage(text []byte, after Cursor) (Page, error) {
	p, err := parsePage(text)
	follows := p.Next.Epoch == after.Epoch && p.first() == after.Number
	if err != nil || !follows && p.first() != 0 {
		return Page{}, errFalse
	}
	return p, nil
}
