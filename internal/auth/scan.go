package auth

import (
	"hash/maphash"
	"iter"
	"unicode/utf16"
	"unicode/utf8"
)

// The JSON of tokens is read by a scanner of our own, because encoding/json
// cannot be told to refuse what a token must not hold: members of the same name
// (RFC 7515 §4, RFC 7519 §4), at any depth, also where one of the names is
// escaped; text that is not UTF-8; halves of surrogate pairs; deep nesting. What
// it accepts encoding/json accepts too. It allocates for escaped names only.

const (
	// maxNesting bounds arrays and objects within each other, the outermost
	// counted. Claims in use have three or four levels.
	maxNesting = 16
	// maxMembers bounds the members of all objects together, nameSlots is the
	// set that holds their names: 4 KiB, a quarter of it always free, so that
	// a search stays short whatever a token holds.
	maxMembers = 384
	nameSlots  = 512
)

// valueKind tells JSON values apart by their first character.
type valueKind byte

const (
	stringValue valueKind = '"'
	numberValue valueKind = '0'
	objectValue valueKind = '{'
	arrayValue  valueKind = '['
	otherValue  valueKind = 't' // true, false and null
)

// value is one JSON value: its text, without the quotes of a string.
type value struct {
	kind    valueKind
	text    []byte
	escaped bool // the string holds escapes
}

// string returns a string's content; ok is false for another kind of value.
func (v value) string() (content []byte, ok bool) {
	if v.kind != stringValue {
		return nil, false
	}
	if !v.escaped {
		return v.text, true
	}
	return unescape(nil, v.text), true
}

// elements returns the elements of an array that was read.
func (v value) elements() iter.Seq[value] {
	return func(yield func(value) bool) {
		s := newScanner(v.text)
		s.take('[')
		for s.skipBlanks(); !s.take(']'); s.skipBlanks() {
			element, ok := s.read(1)
			if !ok || !yield(element) {
				return
			}
			s.skipBlanks()
			s.take(',')
		}
	}
}

// scanner reads one JSON object, member by member:
//
//	s := newScanner(data)
//	for s.next() {
//		// s.name and s.value are valid until the next call.
//	}
//	if !s.finished() { … } // refuse data, whatever was seen of it
//
// It is not written as a function that calls back for each member: what goes
// into an unknown function escapes to the heap.
type scanner struct {
	name  []byte
	value value

	data    []byte
	at      int
	objects uint64 // begun so far: numbers them
	names   nameSet
	seed    maphash.Seed
	scratch []byte // for escaped names
	done    bool   // the object's end was read
}

func newScanner(data []byte) scanner { return scanner{data: data, seed: maphash.MakeSeed()} }

// outermost is the number of the object that next reads.
const outermost = 1

// next reads a member. It returns false at the object's end and at an error.
func (s *scanner) next() bool {
	first := s.objects == 0
	if first {
		s.objects = outermost
		if s.skipBlanks(); !s.take('{') {
			return false
		}
	}
	if s.skipBlanks(); s.take('}') {
		s.done = true
		return false
	}
	if !first {
		if !s.take(',') {
			return false
		}
		s.skipBlanks()
	}
	var ok bool
	s.name, s.value, ok = s.member(outermost, 1)
	return ok
}

// finished reports whether the object was read to its end, with nothing behind it.
func (s *scanner) finished() bool {
	s.skipBlanks()
	return s.done && s.at == len(s.data)
}

// nameSet is a set of (object, name) hashes. Different names with one hash would
// make a good token refused; 64 bits under a random seed rule that out.
type nameSet struct {
	slots [nameSlots]uint64 // 0 is free
	count int
}

// add returns false if the hash is there already, or the set is full.
func (n *nameSet) add(hash uint64) bool {
	if n.count++; n.count > maxMembers {
		return false
	}
	hash = max(hash, 1)
	at := hash % nameSlots
	for ; n.slots[at] != 0; at = (at + 1) % nameSlots {
		if n.slots[at] == hash {
			return false
		}
	}
	n.slots[at] = hash
	return true
}

// members reads a nested object after its opening brace.
func (s *scanner) members(depth int) bool {
	s.objects++
	object := s.objects
	if s.skipBlanks(); s.take('}') {
		return true
	}
	for {
		s.skipBlanks()
		if _, _, ok := s.member(object, depth); !ok {
			return false
		}
		if s.skipBlanks(); s.take('}') {
			return true
		}
		if !s.take(',') {
			return false
		}
	}
}

// member reads a name, which must be new in the object, a colon and a value.
func (s *scanner) member(object uint64, depth int) ([]byte, value, bool) {
	name, ok := s.memberName(object)
	if !ok {
		return nil, value{}, false
	}
	v, ok := s.read(depth)
	return name, v, ok
}

// memberName reads a name and its colon, and refuses one that the object has.
func (s *scanner) memberName(object uint64) ([]byte, bool) {
	if !s.take('"') {
		return nil, false
	}
	v, ok := s.string()
	if !ok {
		return nil, false
	}
	name := v.text
	if v.escaped {
		s.scratch = unescape(s.scratch[:0], name)
		name = s.scratch
	}
	// An odd multiplier gives each object hashes of its own.
	if !s.names.add(maphash.Bytes(s.seed, name) ^ object*0x9e3779b97f4a7c15) {
		return nil, false
	}
	s.skipBlanks()
	return name, s.take(':')
}

// read reads any value, blanks before it included. depth is that of the array
// or object around it.
func (s *scanner) read(depth int) (value, bool) {
	s.skipBlanks()
	start := s.at
	var first byte
	if s.at < len(s.data) {
		first = s.data[s.at]
	}
	var ok bool
	kind := otherValue
	switch first {
	case '"':
		s.at++
		return s.string()
	case '{':
		s.at++
		kind, ok = objectValue, depth < maxNesting && s.members(depth+1)
	case '[':
		s.at++
		kind, ok = arrayValue, depth < maxNesting && s.elements(depth+1)
	case 't':
		ok = s.word("true")
	case 'f':
		ok = s.word("false")
	case 'n':
		ok = s.word("null")
	default:
		kind, ok = numberValue, s.number()
	}
	return value{kind: kind, text: s.data[start:s.at]}, ok
}

// elements reads an array after its opening bracket.
func (s *scanner) elements(depth int) bool {
	if s.skipBlanks(); s.take(']') {
		return true
	}
	for {
		if _, ok := s.read(depth); !ok {
			return false
		}
		if s.skipBlanks(); s.take(']') {
			return true
		}
		if !s.take(',') {
			return false
		}
	}
}

// string reads a string after its opening quote.
func (s *scanner) string() (value, bool) {
	v := value{kind: stringValue}
	start, ascii := s.at, true
	for s.at < len(s.data) {
		switch c := s.data[s.at]; {
		case c == '"':
			v.text = s.data[start:s.at]
			s.at++
			return v, ascii || utf8.Valid(v.text)
		case c == '\\':
			v.escaped = true
			if !s.escape() {
				return v, false
			}
		case c < ' ':
			return v, false
		default:
			ascii = ascii && c < utf8.RuneSelf
			s.at++
		}
	}
	return v, false
}

// escape reads one escape; a surrogate must be followed by its other half.
func (s *scanner) escape() bool {
	if s.at+1 >= len(s.data) {
		return false
	}
	switch s.data[s.at+1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		s.at += 2
		return true
	}
	r, ok := hexEscape(s.data[s.at:])
	if ok && utf16.IsSurrogate(r) {
		var low rune
		low, ok = hexEscape(s.data[s.at+6:])
		ok = ok && utf16.DecodeRune(r, low) != utf8.RuneError
		s.at += 6
	}
	s.at += 6
	return ok
}

// hexEscape reads the \uXXXX that text starts with.
func hexEscape(text []byte) (r rune, ok bool) {
	if len(text) < 6 || text[0] != '\\' || text[1] != 'u' {
		return 0, false
	}
	for _, c := range text[2:6] {
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}

// unescape appends a string's content to dst. The string was checked.
func unescape(dst, text []byte) []byte {
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' {
			dst = append(dst, text[i])
			continue
		}
		i++
		switch c := text[i]; c {
		case 'b':
			dst = append(dst, '\b')
		case 'f':
			dst = append(dst, '\f')
		case 'n':
			dst = append(dst, '\n')
		case 'r':
			dst = append(dst, '\r')
		case 't':
			dst = append(dst, '\t')
		case 'u':
			r, _ := hexEscape(text[i-1:])
			i += 4
			if utf16.IsSurrogate(r) {
				low, _ := hexEscape(text[i+1:])
				r = utf16.DecodeRune(r, low)
				i += 6
			}
			dst = utf8.AppendRune(dst, r)
		default:
			dst = append(dst, c)
		}
	}
	return dst
}

// number reads a number of RFC 8259 §6.
func (s *scanner) number() bool {
	s.take('-')
	if !s.take('0') && !s.digits() {
		return false
	}
	if s.take('.') && !s.digits() {
		return false
	}
	if s.take('e') || s.take('E') {
		if !s.take('+') {
			s.take('-')
		}
		return s.digits()
	}
	return true
}

// digits reads one or more.
func (s *scanner) digits() bool {
	start := s.at
	for s.at < len(s.data) && '0' <= s.data[s.at] && s.data[s.at] <= '9' {
		s.at++
	}
	return s.at > start
}

func (s *scanner) word(w string) bool {
	if len(s.data)-s.at < len(w) || string(s.data[s.at:s.at+len(w)]) != w {
		return false
	}
	s.at += len(w)
	return true
}

func (s *scanner) skipBlanks() {
	for s.at < len(s.data) {
		switch s.data[s.at] {
		case ' ', '\t', '\n', '\r':
			s.at++
		default:
			return
		}
	}
}

// take reads c if it is next.
func (s *scanner) take(c byte) bool {
	if s.at < len(s.data) && s.data[s.at] == c {
		s.at++
		return true
	}
	return false
}
