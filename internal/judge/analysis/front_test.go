package analysis

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"authbench/bench"
)

// taken is an episode in which each credential of an arm worked for so long, with a little more
// for each of them; 0 is at once.
func taken(arm string, works time.Duration) bench.EpisodeRecord {
	r := bench.EpisodeRecord{Episode: "worst", Arm: arm, Replicas: 1}
	for i := range 40 {
		one := bench.Revocation{Credential: i, Refused: 200_000}
		if works > 0 {
			one.Accepted = works.Nanoseconds() + int64(i)*works.Nanoseconds()/1000
			one.Refused = one.Accepted + 1000
		}
		r.Revocations = append(r.Revocations, one)
	}
	return r
}

// An arm is beaten by one that costs less for certain and stops credentials sooner for certain,
// or all at once. What is dearer and sooner, or not told apart, remains a choice.
func TestFront(t *testing.T) {
	m := synthetic{
		arms:     []truth{{"none", 10, 50}, {"late", 20, 60}, {"later", 30, 70}, {"soon", 40, 90}, {"at-once", 50, 90}, {"dear", 80, 90}, {"twin", 50, 90}},
		launches: 10, rounds: 2, loads: bothLoads, launchNoise: 0.01, roundNoise: 0.02, sliceNoise: 0.01, samples: 2600, seed: 3,
	}
	r := m.run(t)
	for i := range r.Header.Scenario.Arms {
		r.Header.Arms[i].Facts = &bench.Facts{Revocation: bench.RevokedByRecord, RevocationLag: int64(time.Minute)}
	}
	r.Header.Scenario.Episodes = []bench.Episode{{Name: "worst"}}
	for arm, works := range map[string]time.Duration{"late": 5 * time.Second, "later": 9 * time.Second, "soon": time.Second, "at-once": 0, "dear": 0, "twin": 0} {
		r.Episodes = append(r.Episodes, taken(arm, works))
	}
	a, err := Analyze(r)
	if err != nil {
		t.Fatal(err)
	}
	if len(a.Summary.Fronts) != 2 || a.Summary.Fronts[0].Load != "closed" || a.Summary.Fronts[1].Load != "open" {
		t.Fatalf("fronts: %+v", a.Summary.Fronts)
	}
	f := a.Summary.Fronts[0]
	slices.Sort(f.Choices)
	if want := []string{"at-once", "late", "soon", "twin"}; !slices.Equal(f.Choices, want) || f.Episode != "worst" {
		t.Errorf("choices %v, want %v", f.Choices, want)
	}
	if beaten := f.Beaten; beaten["later"] != "late" || beaten["dear"] != "at-once" && beaten["dear"] != "twin" || len(beaten) != 2 {
		t.Errorf("beaten %v", beaten)
	}

	r.Header.Scenario.Protocol.Launches = 3 // with which nothing can be told apart
	r.Slices = slices.DeleteFunc(r.Slices, func(s bench.Slice) bool { return s.Launch > 3 })
	r.Launches = slices.DeleteFunc(r.Launches, func(l bench.Launch) bool { return l.Launch > 3 })
	if a, err = Analyze(r); err != nil || len(a.Summary.Fronts) != 0 {
		t.Errorf("three launches tell: %+v (%v)", a.Summary.Fronts, err)
	}
}

// Arms whose servers authbench told of revocations beat only one another in time: what news takes
// to reach several servers is part of the others' times alone.
func TestFrontOfToldArms(t *testing.T) {
	m := synthetic{
		arms:     []truth{{"none", 10, 50}, {"told", 20, 60}, {"list", 30, 60}, {"asked", 40, 90}, {"dear", 80, 90}},
		launches: 10, rounds: 2, loads: bothLoads, launchNoise: 0.01, roundNoise: 0.02, sliceNoise: 0.01, samples: 2600, seed: 3,
	}
	for replicas, want := range map[int]string{
		1: "[told] [] map[asked:told dear:told list:told]",
		3: "[told asked] [told] map[dear:asked list:told]",
	} {
		r := m.run(t)
		for i := range r.Header.Scenario.Arms {
			a := &r.Header.Scenario.Arms[i]
			f := bench.Facts{Revocation: bench.RevokedByRecord}
			switch a.Name {
			case "list":
				f.Revocation = bench.RevokedByList
			case "asked", "dear":
				a.Method.Params = bench.Params{"store": "redis"}
			}
			r.Header.Arms[i].Facts = &f
		}
		r.Header.Scenario.Episodes = []bench.Episode{{Name: "worst"}}
		for _, arm := range m.arms[1:] {
			episode := taken(arm.name, 0)
			episode.Replicas = replicas
			r.Episodes = append(r.Episodes, episode)
		}
		f := analyze(t, r).Summary.Fronts[0]
		if got := fmt.Sprint(f.Choices, f.Told, f.Beaten); got != want {
			t.Errorf("%d servers: %s, want %s", replicas, got, want)
		}
	}
}

// A knob's arms differ by one time alone.
func TestKnobs(t *testing.T) {
	of := func(name string, replicas int, params bench.Params) Arm {
		return Arm{Name: name, Method: "m", Params: maps.Clone(params), Replicas: replicas}
	}
	s := Summary{Arms: []Arm{
		of("none", 0, nil),
		of("5s", 3, bench.Params{"cache_ttl": "5s", "cache_size": 10}),
		of("1s", 3, bench.Params{"cache_ttl": "1s", "cache_size": 10}),
		of("one", 0, bench.Params{"cache_ttl": "1s", "cache_size": 10}),
		of("larger", 3, bench.Params{"cache_ttl": "2s", "cache_size": 20}),
		of("polled", 3, bench.Params{"poll": "1s"}),
	}}
	if got := fmt.Sprint(s.Knobs()); got != "[[1s 5s]]" {
		t.Errorf("%s", got)
	}
}
