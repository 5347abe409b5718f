package conform

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"authbench/internal/golden"
)

// TestOwnCatalogue compares what is read of the catalogue with a golden list: each
// case with all its sub-cases.
func TestOwnCatalogue(t *testing.T) {
	c := builtin(t)
	var out bytes.Buffer
	for _, one := range c.Cases {
		fmt.Fprintf(&out, "%s %s %s %s %s %v %v\n", one.ID, one.Class, one.Impact, one.Surface, one.Expect.Outcome, one.Expect.Status, one.Expect.Also)
		for _, v := range one.subCases {
			fmt.Fprintf(&out, "    %s %s\n", v.recipe.Base, v.label)
		}
	}
	golden.Equal(t, "testdata/catalogue.golden", out.String())
}

func TestCounts(t *testing.T) {
	impacts := map[Impact]int{}
	for _, c := range builtin(t).Cases {
		impacts[c.Impact]++
	}
	want := map[Impact]int{
		"forgery": 39, "issuer-signed": 25, "respelling": 20, "privilege": 14, "control": 4,
		"dos": 8, "config": 3, "leak": 3, "carrier": 10,
	}
	if diff := cmp.Diff(want, impacts); diff != "" {
		t.Error(diff)
	}
}

// oneCase is a catalogue of one case, on its own lines.
func oneCase(recipe, expect string) string {
	return fmt.Sprintf(`{"schema":"attacks/1","set":"test","numberOfCases":1,
"fixture":{"issuer":"https://issuer.test","audience":"https://api.test","leeway_s":0,
  "default_header":{"alg":"<method>","typ":"JWT","kid":"victim-1"},
  "default_claims":{"iss":"{{iss}}","aud":"{{aud}}","sub":"user-1","tenant":"tenant-a","jti":"<fresh>","exp":{"$now":300}}},
"cases":[
 {"id":"T-01","class":"test","impact":"forgery","level":"must","core":true,"title":"a test","applies_to":["HS256","RS256","ES256","EdDSA","apikey"],
  "surface":"both","recipe":%s,"expect":%s,"source":[]}]}`, recipe, expect)
}

const rejected = `{"outcome":"reject","status":[401]}`

// TestUnknownIsRefused: whatever the interpreter does not know fails the catalogue,
// with the case and the thing.
func TestUnknownIsRefused(t *testing.T) {
	for name, c := range map[string]struct{ recipe, expect, want string }{
		"base":                   {`{"base":"paseto"}`, rejected, `unknown base "paseto"`},
		"recipe member":          {`{"base":"jwt","colour":1}`, rejected, `colour`},
		"member of another base": {`{"base":"jwt","credential":"victim"}`, rejected, `"credential" does not go with base "jwt"`},
		"text operation":         {`{"base":"jwt","text":[{"op":"reverse"}]}`, rejected, `unknown operation "reverse"`},
		"byte operation":         {`{"base":"jwt","sig":[{"op":"reverse"}]}`, rejected, `unknown operation "reverse"`},
		"text op on bytes":       {`{"base":"jwt","sig":[{"op":"swap_case"}]}`, rejected, `unknown operation "swap_case"`},
		"argument":               {`{"base":"jwt","text":[{"op":"pad","segment":0,"with":"="}]}`, rejected, `unknown argument "with"`},
		"missing argument":       {`{"base":"jwt","text":[{"op":"pad"}]}`, rejected, `argument "segment" is missing`},
		"wrong argument":         {`{"base":"jwt","sig":[{"op":"append","hex":"xyz"}]}`, rejected, `argument "hex"`},
		"wrong word":             {`{"base":"jwt","sig":[{"op":"xor","at":"end","mask":1}]}`, rejected, `argument "at"`},
		"no operation":           {`{"base":"jwt","sig":[{}]}`, rejected, `needs its name`},
		"sign mode":              {`{"base":"jwt","sign":{"mode":"forged"}}`, rejected, `unknown mode "forged"`},
		"key role":               {`{"base":"jwt","sign":{"key":"friend"}}`, rejected, `unknown key role "friend"`},
		"encoding":               {`{"base":"jwt","sign":{"key":{"hmac":{"victim_public":"spki"}}}}`, rejected, `unknown encoding "spki"`},
		"two secrets":            {`{"base":"jwt","sign":{"key":{"hmac":{"victim_public":"raw","utf8":""}}}}`, rejected, `one of utf8`},
		"signing alg":            {`{"base":"jwt","sign":{"alg":"HS257"}}`, rejected, `unknown alg "HS257"`},
		"pss salt":               {`{"base":"jwt","sign":{"pss_salt":"min"}}`, rejected, `pss_salt`},
		"presign":                {`{"base":"jwt","sign":{"presign_text":[{"op":"x"}]}}`, rejected, `unknown operation "x"`},
		"value":                  {`{"base":"jwt","claims":{"set":{"exp":{"$later":1}}}}`, rejected, `unknown value "$later"`},
		"value argument":         {`{"base":"jwt","claims":{"set":{"exp":{"$now":"x"}}}}`, rejected, `"$now" cannot be made of "x"`},
		"value in list":          {`{"base":"jwt","claims":{"set":{"aud":[{"$x":1}]}}}`, rejected, `unknown value "$x"`},
		"placeholder":            {`{"base":"jwt","claims":{"set":{"iss":"{{issuer}}"}}}`, rejected, `unknown placeholder {{issuer}}`},
		"placeholder in header":  {`{"base":"valid","request":{"headers":[["A","{{token}}"]]}}`, rejected, `unknown placeholder {{token}}`},
		"raw hex":                {`{"base":"jwt","claims":{"raw_hex":"zz"}}`, rejected, `raw_hex`},
		"API key role":           {`{"base":"apikey","credential":"friend"}`, rejected, `unknown API key role "friend"`},
		"digest encoding":        {`{"base":"apikey","credential":"stored-hash","encoding":"base58"}`, rejected, `unknown encoding "base58"`},
		"compared":               {`{"base":"apikey","credential":"victim","compare":["victim","victim+reverse"]}`, rejected, `unknown operation "reverse"`},
		"request member":         {`{"base":"valid","request":{"body":"x"}}`, rejected, `body`},
		"header of three":        {`{"base":"valid","request":{"headers":[["A","b","c"]]}}`, rejected, `name and its value`},
		"no steps":               {`{"base":"sequence","steps":[]}`, rejected, `needs steps`},
		"step":                   {`{"base":"sequence","steps":[{"credential":"valid","expect":"maybe"}]}`, rejected, `step 1: expect "maybe"`},
		"step of two":            {`{"base":"sequence","steps":[{"credential":"valid","wait_s":1,"expect":"accept"}]}`, rejected, `exactly one of`},
		"same as nothing":        {`{"base":"sequence","steps":[{"same":true,"expect":"accept"}]}`, rejected, `nothing was sent before`},
		"admin":                  {`{"base":"sequence","steps":[{"admin":"reboot"}]}`, rejected, `unknown admin operation "reboot"`},
		"compare of one":         {`{"base":"compare","recipes":[{"base":"jwt"}]}`, rejected, `two recipes`},
		"nested":                 {`{"base":"compare","recipes":[{"base":"jwt"},{"base":"jwt","text":[{"op":"x"}]}]}`, rejected, `unknown operation "x"`},
		"empty $each":            {`{"base":"jwt","text":[{"op":"pad","segment":{"$each":[]}}]}`, rejected, `$each`},
		"$each and more":         {`{"base":"jwt","text":[{"op":"pad","segment":{"$each":[1],"x":1}}]}`, rejected, `$each`},
		"outcome":                {`{"base":"jwt"}`, `{"outcome":"maybe","status":[]}`, `unknown outcome "maybe"`},
		"limit":                  {`{"base":"jwt"}`, `{"outcome":"reject","status":[],"also":["no_smoke"]}`, `unknown check "no_smoke"`},
		"limit's bound":          {`{"base":"jwt"}`, `{"outcome":"reject","status":[],"also":["time_max_ms"]}`, `bound`},
		"bound of none":          {`{"base":"jwt"}`, `{"outcome":"reject","status":[],"also":["no_echo:3"]}`, `bound`},
		"expect member":          {`{"base":"jwt"}`, `{"outcome":"reject","code":401}`, `code`},
		"too many":               {`{"base":"jwt","header":{"set":{` + manyLists(10) + `}}}`, rejected, `more than 512 sub-cases`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Parse("my.json", []byte(oneCase(c.recipe, c.expect)))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("error %v; want %s", err, c.want)
			}
			if !strings.HasPrefix(err.Error(), "my.json:6: case T-01: ") {
				t.Errorf("the error names neither line nor case: %v", err)
			}
		})
	}
}

func manyLists(n int) string {
	var lists []string
	for i := range n {
		lists = append(lists, fmt.Sprintf(`"h%d":{"$each":[1,2]}`, i))
	}
	return strings.Join(lists, ",")
}

func TestParseRefuses(t *testing.T) {
	good := oneCase(`{"base":"jwt"}`, rejected)
	for name, c := range map[string]struct{ old, replacement, want string }{
		"schema":      {`attacks/1`, `attacks/2`, `schema "attacks/2"`},
		"count":       {`"numberOfCases":1`, `"numberOfCases":2`, `numberOfCases is 2`},
		"member":      {`"set":"test"`, `"sett":"test"`, `sett`},
		"not JSON":    {`"cases":[`, `"cases":[}`, `line 5`},
		"behind it":   {`}]}`, `}]}{}`, `text follows`},
		"impact":      {`"impact":"forgery"`, `"impact":"fun"`, `unknown impact "fun"`},
		"level":       {`"level":"must"`, `"level":"may"`, `unknown level "may"`},
		"surface":     {`"surface":"both"`, `"surface":"none"`, `unknown surface "none"`},
		"config":      {`"surface":"both"`, `"surface":"config"`, `does not go with surface`},
		"leeway":      {`"leeway_s":0`, `"leeway_s":5`, `leeway_s is 5`},
		"nothing for": {`["HS256","RS256","ES256","EdDSA","apikey"]`, `[]`, `applies_to`},
	} {
		t.Run(name, func(t *testing.T) {
			changed := strings.Replace(good, c.old, c.replacement, 1)
			if changed == good {
				t.Fatal("the test changes nothing")
			}
			if _, err := Parse("my.json", []byte(changed)); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v; want %s", err, c.want)
			}
		})
	}
	if _, err := Parse("my.json", []byte(good)); err != nil {
		t.Errorf("the unchanged catalogue: %v", err)
	}
}

func TestSelect(t *testing.T) {
	c, err := builtin(t).Select([]string{"SIG-05", "NONE-03"})
	if err != nil || len(c.Cases) != 2 || c.Cases[1].ID != "NONE-03" {
		t.Errorf("%v, %v", c, err)
	}
	if _, err := builtin(t).Select([]string{"SIG-99"}); err == nil {
		t.Error("an unknown case is selected")
	}
}

func TestExpand(t *testing.T) {
	tree, err := decodeTree([]byte(`{"a":{"$each":[1,{"b":{"$each":["x","y"]}}]},"c":[{"$each":[true,null]}]}`))
	if err != nil {
		t.Fatal(err)
	}
	choices, err := expand(tree)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range choices {
		text, err := encodeTree(c.tree)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, string(text)+" "+c.label)
	}
	want := []string{
		`{"a":1,"c":[true]} 1 true`, `{"a":1,"c":[null]} 1 null`,
		`{"a":{"b":"x"},"c":[true]} "x" true`, `{"a":{"b":"x"},"c":[null]} "x" null`,
		`{"a":{"b":"y"},"c":[true]} "y" true`, `{"a":{"b":"y"},"c":[null]} "y" null`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
