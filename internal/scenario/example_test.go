package scenario_test

import (
	"fmt"

	"authbench/bench"
	"authbench/internal/scenario"
)

// methods are the catalogue of the example: what a scenario may name.
type methods struct{}

func (methods) Methods() []bench.MethodSpec {
	return []bench.MethodSpec{
		{ID: "none"},
		{
			ID: "jwt", Classes: []bench.Class{bench.Valid, bench.Expired, bench.Forged},
			Params: []bench.ParamSpec{{Name: "alg", Values: []string{"HS256", "ES256"}, Required: true}},
		},
	}
}

// A mistake is shown where it stands; what is left out has its default.
func ExampleParse() {
	const text = `
question: What does a signature cost?
baseline: none
arms:
  - {name: none, method: {id: none}}
  - {name: signed, method: {id: jtw, alg: ES256}}
`
	_, err := scenario.Parse("scenarios/signature.yaml", []byte(text), scenario.Changes{}, methods{})
	fmt.Println(err)

	s, err := scenario.Parse("scenarios/signature.yaml", []byte(text), scenario.Changes{Set: []string{"arms[signed].method.id=jwt", "launches=20"}}, methods{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(s.Launches, "launches,", s.Rounds, "rounds,", s.Slice, "slices,", s.Arms[1].Population.BadClasses)
	// Output:
	// scenarios/signature.yaml:6:33: unknown method "jtw"
	//     - {name: signed, method: {id: jtw, alg: ES256}}
	//                                   ^
	//   did you mean "jwt"? There are: none, jwt
	// 20 launches, 8 rounds, 100ms slices, [expired forged]
}
