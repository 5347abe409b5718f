package jose

import (
	"fmt"
	"strings"
	"testing"

	"authbench/bench"
	"authbench/internal/credential/jose/strictjson"
)

// Members that readers of JSON are known to differ about, as text: names that mean
// something in a header or in claims, in the right place and in the wrong one, and
// respelled; and values beyond what types hold.
var (
	oddNames = []string{
		"alg", "kid", "typ", "cty", "crit", "b64", "zip", "jku", "jwk", "x5c", "x5t", "epk", "p2c",
		"iss", "sub", "aud", "exp", "nbf", "iat", "jti", "tenant", "x", "",
		`\u0065xp`, `ex\u0070`, `\u0061lg`, `k\u0069d`, "EXP", "Alg", "KID", `exp\u0000`, `\ud83d\ude00`, `\/`, `e\"xp`, "ſub", "\u212aid",
	}
	oddValues = []string{
		"1e400", "-1e400", "1E+309", "1e-400", "-1e-400", "1e308", "1.7976931348623157e308", "1.7976931348623159e308", "1e99999999999999999999", "1e-99999999999999999999", "0e99999999999",
		"-0", "-0.0", "-0e-0", "0.1e-7", "1e3", "1.7000003e9", "1700000300.5", "1700000300e0", "17000003000e-1", "-1", "253402300799", "253402300800",
		"9007199254740993", "9223372036854775807", "9223372036854775808", "18446744073709551616", "-9223372036854775809",
		strings.Repeat("9", mostDigits), strings.Repeat("9", mostDigits+1), "-" + strings.Repeat("1", 400), "0." + strings.Repeat("0", 400) + "1", strings.Repeat("1", 400) + "e-400",
		"01", "1.", ".5", "+1", "1e", "0x10", "NaN", "Infinity",
		`"1e400"`, `""`, `"x"`, `"\u0000"`, `"\ud83d\ude00"`, `"\ud83d"`, `"\ude00\ud83d"`, `"\/\b\f\n\r\t\"\\"`, `"\x"`, "\"\xff\"", "\"\x01\"", `"HS256"`, `"key-1"`,
		"true", "null", "[]", "{}", "[1e400]", `{"a":1e400}`, `{"a":[{"b":-1e999}]}`, `{"a":1,"a":2}`, `{"a":1,"\u0061":2}`, `{"exp":1e400,"exp":1}`, "[1,]", `{"a":1,}`,
		strings.Repeat("[", strictjson.MaxNesting-1) + strings.Repeat("]", strictjson.MaxNesting-1), strings.Repeat("[", strictjson.MaxNesting) + strings.Repeat("]", strictjson.MaxNesting), strings.Repeat("[", 1000) + strings.Repeat("]", 1000),
		strings.Repeat(`{"a":`, strictjson.MaxNesting-1) + "1e400" + strings.Repeat("}", strictjson.MaxNesting-1), strings.Repeat(`{"a":`, strictjson.MaxNesting) + "1" + strings.Repeat("}", strictjson.MaxNesting),
	}
)

// oddPlaces are where such a member goes: before or behind the others of a header or of
// claims, or twice into either.
const oddPlaces = 6

// oddMembers is how many different ones withOdd knows.
var oddMembers = len(oddNames) * len(oddValues) * oddPlaces

// withOdd puts one of the odd members, counted from 1, into a header or claims; 0 stands
// for none.
func withOdd(which uint32, header, claims string) (string, string) {
	if which == 0 {
		return header, claims
	}
	n := int((which - 1) % uint32(oddMembers))
	place, n := n%oddPlaces, n/oddPlaces
	member := fmt.Sprintf(`"%s":%s`, oddNames[n%len(oddNames)], oddValues[n/len(oddNames)])
	into := &header
	if place%2 == 1 {
		into = &claims
	}
	if place/2 != 1 {
		*into = strings.Replace(*into, "{", "{"+member+",", 1)
	}
	if at := strings.LastIndexByte(*into, '}'); place/2 != 0 && at >= 0 {
		*into = (*into)[:at] + "," + member + (*into)[at:]
	}
	return header, claims
}

// TestOddMembers: every engine decides alike about each of them, in each place.
func TestOddMembers(t *testing.T) {
	alg := mustFind(t, "HS256")
	golangJWT, err := findImplementation("golang-jwt", "hardened")
	if err != nil {
		t.Fatal(err)
	}
	first, second, third := newForge(t, alg, golangJWT), newForge(t, alg, leanImplementation(t)), newForge(t, alg, ruledImplementation())
	accepted := 0
	for odd := range uint32(oddMembers) {
		header, claims := withOdd(odd+1, first.header(), first.claims())
		token := first.token(header, claims)
		compareEngines(t, first.engine, second.engine, token)
		compareEngines(t, first.engine, third.engine, token)
		if _, reason := first.engine.Verify([]byte(token), make([]byte, len(token))); reason == bench.ReasonNone {
			accepted++
		}
	}
	if accepted < oddMembers/10 {
		t.Errorf("%d of %d are accepted: the others prove little", accepted, oddMembers)
	}
}

// TestNumbersBeyondFloat64: they are refused wherever they stand, by every engine; what is
// too small is zero.
func TestNumbersBeyondFloat64(t *testing.T) {
	eachForge(t, func(t *testing.T, f *forge) {
		for number, want := range map[string]bench.Reason{
			"1e400": bench.ReasonMalformed, "-1e400": bench.ReasonMalformed, strings.Repeat("9", mostDigits+1): bench.ReasonMalformed,
			"1e-400": bench.ReasonNone, "-0": bench.ReasonNone, strings.Repeat("9", mostDigits): bench.ReasonNone,
		} {
			for _, value := range []string{number, "[" + number + "]", `{"a":{"b":` + number + `}}`} {
				for _, name := range []string{"exp", "x"} {
					header := strings.Replace(f.header(), "{", `{"`+name+`":`+value+`,`, 1)
					if d := f.decide(f.token(header, f.claims())); d.Reason != want {
						t.Errorf("header %.80s: %v, want %v", header, d.Reason, want)
					}
				}
				if d := f.decide(f.token(f.header(), f.with("x", value))); d.Reason != want {
					t.Errorf("claim %.80s: %v, want %v", value, d.Reason, want)
				}
			}
		}
	})
}
