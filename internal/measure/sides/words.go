package sides

import (
	"errors"
	"strings"
)

// Words splits a command as a shell does: at spaces, except within quotes. A
// backslash takes the next character as it is, but within single quotes. Nothing is
// expanded.
func Words(command string) ([]string, error) {
	var words []string
	var word strings.Builder
	begun, quote := false, rune(0)
	runes := []rune(command)
	for i := 0; i < len(runes); i++ {
		switch r := runes[i]; {
		case r == '\\' && quote != '\'':
			if i++; i == len(runes) {
				return nil, errors.New("it ends with a backslash: what should it take as it is?")
			}
			word.WriteRune(runes[i])
			begun = true
		case r == quote:
			quote = 0
		case quote == 0 && (r == '\'' || r == '"'):
			quote, begun = r, true
		case quote == 0 && strings.ContainsRune(" \t\n", r):
			if begun {
				words = append(words, word.String())
			}
			word.Reset()
			begun = false
		default:
			word.WriteRune(r)
			begun = true
		}
	}
	if quote != 0 {
		return nil, errors.New("a quote is not closed: close it, or put a backslash before it")
	}
	if begun {
		words = append(words, word.String())
	}
	return words, nil
}
