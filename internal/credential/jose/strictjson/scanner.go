package strictjson

import "iter"

// The JSON of tokens is read by a scanner of our own, because encoding/json
// cannot be told to refuse what a token must not hold: members of the same name
// (RFC 7515 §4, RFC 7519 §4), at any depth, also where one of the names is
// escaped; text that is not UTF-8; halves of surrogate pairs; deep nesting. What
// it accepts encoding/json accepts too. It allocates for escaped names only.

// MaxNesting bounds arrays and objects within each other, the outermost counted.
// Claims in use have three or four levels.
const MaxNesting = 16

// Kind tells JSON values apart by their first character.
type Kind byte

const (
	StringValue Kind = '"'
	NumberValue Kind = '0'
	ObjectValue Kind = '{'
	ArrayValue  Kind = '['
	otherValue  Kind = 't' // true, false and null
)

// Value is one JSON value. It has four words, in this order of its fields: with
// more the compiler would keep it in memory, where copying it costs more than
// reading it.
type Value struct {
	Text    []byte // without the quotes of a string
	Kind    Kind
	escaped bool // the string holds escapes
}

// Content returns a string's content, which is valid as long as the data are; ok is
// false for another kind of value. Only escapes make it allocate.
func (v Value) Content() (content []byte, ok bool) {
	if v.Kind != StringValue {
		return nil, false
	}
	if !v.escaped {
		return v.Text, true
	}
	return unescape(nil, v.Text), true
}

// Elements returns the elements of an array that was read.
func (v Value) Elements() iter.Seq[Value] {
	return func(yield func(Value) bool) {
		s := Scanner{Data: v.Text}
		at := skipBlanks(s.Data, len("["))
		for !isAt(s.Data, at, ']') {
			if at = s.read(at); at == nowhere || !yield(s.Value) {
				return
			}
			if at = skipBlanks(s.Data, at); isAt(s.Data, at, ',') {
				at = skipBlanks(s.Data, at+1)
			}
		}
	}
}

// Scanner reads one JSON object, member by member:
//
//	s := scanner{data: data}
//	for s.next() {
//		// s.name and s.value are valid until the next call.
//	}
//	if !s.finished() { … } // refuse data, whatever was seen of it
//
// It is not written as a function that calls back for each member: what goes
// into an unknown function escapes to the heap. What it calls takes a position
// and returns the one behind what was read, or nowhere: if the position were kept
// in the scanner, it would be loaded and stored for each character.
type Scanner struct {
	Name  []byte
	Value Value

	Data    []byte
	at      int
	objects uint64 // begun so far: numbers them
	names   names
	done    bool // the object's end was read
}

const (
	// nowhere is the position behind what is not JSON.
	nowhere = -1
	// outermost is the number of the object that next reads.
	outermost = 1
)

// Next reads a member. It returns false at the object's end and at an error.
func (s *Scanner) Next() bool {
	at := skipBlanks(s.Data, s.at)
	before := byte(',')
	if s.objects == 0 {
		s.objects, before = outermost, '{'
	} else if isAt(s.Data, at, '}') {
		return s.end(at)
	}
	if !isAt(s.Data, at, before) {
		return false
	}
	at = skipBlanks(s.Data, at+1)
	if before == '{' && isAt(s.Data, at, '}') {
		return s.end(at)
	}
	if s.Name, at = s.memberName(at, outermost); at == nowhere {
		return false
	}
	if at = s.read(at); at == nowhere {
		return false
	}
	s.at = at
	return true
}

// end notes that the object's closing brace is at a position. It returns false,
// for next to return.
func (s *Scanner) end(at int) bool {
	s.at, s.done = at+1, true
	return false
}

// Finished reports whether the object was read to its end, with nothing behind it.
func (s *Scanner) Finished() bool {
	s.names.release()
	return s.done && skipBlanks(s.Data, s.at) == len(s.Data)
}

// memberName reads the name at a position, which must be new in the object, and
// its colon, and returns where the value starts.
func (s *Scanner) memberName(at int, object uint64) (name []byte, next int) {
	if !isAt(s.Data, at, '"') {
		return nil, nowhere
	}
	start := at + 1
	end, escaped := stringEnd(s.Data, start)
	if end == nowhere {
		return nil, nowhere
	}
	name = s.Data[start:end]
	var isNew bool
	if escaped {
		// The outermost object's name must outlive those within its value.
		name = unescape(nil, name)
		isNew = s.names.addToMany(s.Data, object, name)
	} else {
		isNew = s.names.add(s.Data, object, start, end)
	}
	at = skipBlanks(s.Data, end+1)
	if !isNew || !isAt(s.Data, at, ':') {
		return nil, nowhere
	}
	return name, skipBlanks(s.Data, at+1)
}

// read reads the value at a position into s.value.
func (s *Scanner) read(at int) int {
	if isAt(s.Data, at, '"') {
		start := at + 1
		end, escaped := stringEnd(s.Data, start)
		if end == nowhere {
			return nowhere
		}
		s.Value = Value{s.Data[start:end], StringValue, escaped}
		return end + 1
	}
	end := digitsEnd(s.Data, at)
	if end == at || end-at > surelyFinite || s.Data[at] == '0' || !isAt(s.Data, end, ',') && !isAt(s.Data, end, '}') {
		end = s.skip(at, 1) // it is not a usual number
	}
	if end == nowhere {
		return nowhere
	}
	s.Value = Value{Kind: NumberValue, Text: s.Data[at:end]}
	switch s.Data[at] {
	case '{':
		s.Value.Kind = ObjectValue
	case '[':
		s.Value.Kind = ArrayValue
	case 't', 'f', 'n':
		s.Value.Kind = otherValue
	}
	return end
}

// skip reads the value at a position. depth is that of the array or object around
// it.
func (s *Scanner) skip(at, depth int) int {
	if at >= len(s.Data) {
		return nowhere
	}
	switch s.Data[at] {
	case '"':
		end, _ := stringEnd(s.Data, at+1)
		if end == nowhere {
			return nowhere
		}
		return end + 1
	case '{':
		return s.skipObject(at+1, depth+1)
	case '[':
		return s.skipArray(at+1, depth+1)
	case 't':
		return wordEnd(s.Data, at, "true")
	case 'f':
		return wordEnd(s.Data, at, "false")
	case 'n':
		return wordEnd(s.Data, at, "null")
	}
	return numberEnd(s.Data, at)
}

// skipObject reads a nested object after its opening brace.
func (s *Scanner) skipObject(at, depth int) int {
	if depth > MaxNesting {
		return nowhere
	}
	s.objects++
	object := s.objects
	if at = skipBlanks(s.Data, at); isAt(s.Data, at, '}') {
		return at + 1
	}
	for {
		if _, at = s.memberName(at, object); at == nowhere {
			return nowhere
		}
		if at = s.skip(at, depth); at == nowhere {
			return nowhere
		}
		if at = skipBlanks(s.Data, at); isAt(s.Data, at, '}') {
			return at + 1
		}
		if !isAt(s.Data, at, ',') {
			return nowhere
		}
		at = skipBlanks(s.Data, at+1)
	}
}

// skipArray reads an array after its opening bracket.
func (s *Scanner) skipArray(at, depth int) int {
	if depth > MaxNesting {
		return nowhere
	}
	if at = skipBlanks(s.Data, at); isAt(s.Data, at, ']') {
		return at + 1
	}
	for {
		if at = s.skip(at, depth); at == nowhere {
			return nowhere
		}
		if at = skipBlanks(s.Data, at); isAt(s.Data, at, ']') {
			return at + 1
		}
		if !isAt(s.Data, at, ',') {
			return nowhere
		}
		at = skipBlanks(s.Data, at+1)
	}
}

// wordEnd reads a word.
func wordEnd(data []byte, at int, word string) int {
	if len(data)-at < len(word) || string(data[at:at+len(word)]) != word {
		return nowhere
	}
	return at + len(word)
}

// skipBlanks returns the position of the first byte that is not white space.
func skipBlanks(data []byte, at int) int {
	for uint(at) < uint(len(data)) && data[at] <= ' ' && isBlank(data[at]) {
		at++
	}
	return at
}

// isBlank knows JSON's white space.
func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// isAt reports whether c is at a position. Compared without signs, the position
// needs no second check of bounds by the compiler; so in all loops of the scanner.
func isAt(data []byte, at int, c byte) bool { return uint(at) < uint(len(data)) && data[at] == c }
