// Package strictjson reads the JSON of tokens. What flows in: one object as text. What
// flows out: its members, one after the other, or that it is not to be trusted: a name
// stands in it twice, text is not UTF-8, it is nested too deeply.
package strictjson
