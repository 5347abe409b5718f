package validity

import "authbench/bench"

// group holds slices of one arm, under one load if it names one.
type group struct {
	arm, load string
	slices    []bench.Slice
}

func (g group) finding(code string, level bench.Level, size float64, text string) finding {
	return finding{bench.Warning{Code: code, Level: level, Arm: g.arm, Load: g.load, Text: text}, size}
}

// byArmAndLoad groups the slices that count, in the order of first appearance.
func byArmAndLoad(taken []bench.Slice) []group {
	var out []group
	index := map[[2]string]int{}
	for _, s := range taken {
		if !s.Counts {
			continue
		}
		key := [2]string{s.Arm, s.Load}
		i, known := index[key]
		if !known {
			i = len(out)
			index[key] = i
			out = append(out, group{arm: s.Arm, load: s.Load})
		}
		out[i].slices = append(out[i].slices, s)
	}
	return out
}

// byArm groups all slices of each arm, counted or not.
func byArm(taken []bench.Slice) []group {
	var out []group
	index := map[string]int{}
	for _, s := range taken {
		i, known := index[s.Arm]
		if !known {
			i = len(out)
			index[s.Arm] = i
			out = append(out, group{arm: s.Arm})
		}
		out[i].slices = append(out[i].slices, s)
	}
	return out
}
