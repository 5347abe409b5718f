package scenario

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"authbench/bench"
	"authbench/internal/text/unit"
)

// ParseStages reads the stages of a ramp, such as "10s:100/s,30s:2k/s": how long each takes,
// and the rate that it ends with. A bare number before the colon means seconds.
func ParseStages(text string) ([]bench.RampStage, error) {
	var all []bench.RampStage
	for one := range strings.SplitSeq(text, ",") {
		before, after, colon := strings.Cut(strings.TrimSpace(one), ":")
		if !colon {
			return nil, fmt.Errorf("%q is not a stage: write how long it takes and which rate it ends with, such as 30s:2k/s", one)
		}
		if _, err := strconv.ParseFloat(before, 64); err == nil {
			before += "s"
		}
		length, err := unit.Nanoseconds.Parse(before)
		if err == nil && math.Abs(length) > float64(longestStage) {
			err = fmt.Errorf("%q is too long a time", before)
		}
		if err != nil {
			return nil, fmt.Errorf("stage %q: %w", one, err)
		}
		to, err := unit.PerSecond.Parse(after)
		if err != nil {
			return nil, fmt.Errorf("stage %q: %w", one, err)
		}
		all = append(all, bench.RampStage{Length: bench.Duration(math.Round(length)), To: to})
	}
	return all, nil
}

// longestStage keeps the sum of many stages within a time.Duration.
const longestStage = 365 * 24 * time.Hour

// stages decodes the text of a ramp's stages.
func (d *decoder) stages(n *yaml.Node, v *[]bench.RampStage, path []any) bool {
	remedy := "write one text, such as '10s:100/s,30s:2k/s'"
	if n.Kind != yaml.ScalarNode {
		d.mismatch(n, path, "stages", remedy)
		return false
	}
	all, err := ParseStages(n.Value)
	if err != nil {
		d.fail(n, path, remedy, fmt.Sprintf("%s: %v", label(path), err))
		return false
	}
	*v = all
	return true
}
