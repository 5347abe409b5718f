package main

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"authbench/bench"
	"authbench/internal/scenario"
	"authbench/internal/text/unit"
)

// duration is a flag that takes a time as people write it. A bare number means seconds, as in
// other load tools.
type duration struct{ to *time.Duration }

// durationFlag defines a flag that takes a time, with its default.
func durationFlag(f *pflag.FlagSet, to *time.Duration, name, short string, value time.Duration, usage string) {
	*to = value
	f.VarP(duration{to}, name, short, usage)
}

func (d duration) String() string {
	if d.to == nil { // as pflag asks for the zero value
		return "0s"
	}
	return d.to.String()
}

func (duration) Type() string { return "duration" }

func (d duration) Set(text string) error {
	withUnit := text
	if bareNumber.MatchString(text) {
		withUnit += "s"
	}
	nanos, err := unit.Nanoseconds.Parse(withUnit)
	if err == nil && math.Abs(nanos) >= math.MaxInt64 {
		err = fmt.Errorf("%q is too long a time", text)
	}
	if err == nil {
		*d.to = time.Duration(math.Round(nanos))
	}
	return err
}

var bareNumber = regexp.MustCompile(`^[+-]?[0-9]*\.?[0-9]+$`)

// count is a flag that takes a whole number as people write it: 20000, or 20k.
type count struct{ to *int64 }

func (n count) String() string {
	if n.to == nil {
		return "0"
	}
	return strconv.FormatInt(*n.to, 10)
}

func (count) Type() string { return "int" }

func (n count) Set(text string) error {
	v, err := unit.Bare.Parse(text)
	if err == nil && (v != math.Trunc(v) || math.Abs(v) >= 1<<53) {
		err = fmt.Errorf("%q is not a whole number", text)
	}
	if err == nil {
		*n.to = int64(v)
	}
	return err
}

// rate is a flag that takes requests per second as people write them.
type rate struct{ to *float64 }

func (r rate) String() string {
	if r.to == nil {
		return "0"
	}
	return strconv.FormatFloat(*r.to, 'g', -1, 64)
}

func (rate) Type() string { return "rate" }

func (r rate) Set(text string) error {
	v, err := unit.PerSecond.Parse(text)
	if err == nil {
		*r.to = v
	}
	return err
}

// stages is a flag that takes the stages of a ramp; see [scenario.ParseStages].
type stages struct{ to *[]bench.RampStage }

func (s stages) String() string {
	if s.to == nil {
		return ""
	}
	var out []string
	for _, stage := range *s.to {
		out = append(out, fmt.Sprintf("%v:%s", stage.Length, strconv.FormatFloat(stage.To, 'g', -1, 64)))
	}
	return strings.Join(out, ",")
}

func (stages) Type() string { return "stages" }

func (s stages) Set(text string) error {
	all, err := scenario.ParseStages(text)
	if err == nil {
		*s.to = all
	}
	return err
}

// plainError rewords an error of strconv without terms of Go.
func plainError(err error) error {
	var bad *strconv.NumError
	if !errors.As(err, &bad) {
		return err
	}
	want := map[string]string{
		"Atoi": "a whole number", "ParseInt": "a whole number", "ParseUint": "a whole number from 0 up",
		"ParseFloat": "a number", "ParseBool": "true or false",
	}[bad.Func]
	text := fmt.Sprintf("%q is not %s", bad.Num, want)
	if errors.Is(err, strconv.ErrRange) {
		text += " that can be used: it is too far from 0"
	}
	return errors.New(strings.Replace(err.Error(), bad.Error(), text, 1))
}

// statuses is a flag that takes HTTP statuses.
type statuses struct{ to *bench.Statuses }

func (s statuses) String() string {
	if s.to == nil {
		return ""
	}
	return s.to.String()
}

func (statuses) Type() string { return "statuses" }

func (s statuses) Set(text string) error {
	v, err := bench.ParseStatuses(text)
	if err == nil {
		*s.to = v
	}
	return err
}
