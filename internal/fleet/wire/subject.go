package wire

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// subjects are a run's.
type subjects struct{ run string }

func (s subjects) of(parts ...string) string { return "ab." + s.run + "." + strings.Join(parts, ".") }

func (s subjects) all() string                { return s.of(">") }
func (s subjects) hello(worker string) string { return s.of("hello", worker) }
func (s subjects) clock() string              { return s.of("clock") }
func (s subjects) plan(worker string) string  { return s.of("plan", worker) }
func (s subjects) armed(worker string) string { return s.of("up", worker, "armed") }
func (s subjects) beat(worker string) string  { return s.of("up", worker, "beat") }
func (s subjects) start() string              { return s.of("start") }
func (s subjects) lease() string              { return s.of("lease") }
func (s subjects) stop() string               { return s.of("stop") }
func (s subjects) stream() string             { return s.of("s", "*", "*") }
func (s subjects) final(worker string) string { return s.of("s", worker, "final") }
func (s subjects) delta(worker string, n int) string {
	return s.of("s", worker, strconv.Itoa(n))
}

// inbox is where answers to somebody's questions go. Nobody else may hear them, in no other run
// of the account either.
func (s subjects) inbox(name string) string { return "_INBOX." + s.run + "." + name }

// streamOf is the name of a run's stream.
func streamOf(run string) string { return "ab-" + run }

// api are the questions to JetStream that a coordinator asks: about its own stream, and no other
// one of the account.
func (s subjects) api() (out []string) {
	for _, question := range []string{"STREAM.CREATE.%s", "STREAM.INFO.%s", "STREAM.DELETE.%s",
		"CONSUMER.CREATE.%s.>", "CONSUMER.INFO.%s.>", "CONSUMER.DELETE.%s.>", "CONSUMER.MSG.NEXT.%s.>"} {
		out = append(out, "$JS.API."+fmt.Sprintf(question, streamOf(s.run)))
	}
	return out
}

// name is what runs and workers may be called: one token of a subject.
var name = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,31}$`)

// checkName reports what is wrong with a name.
func checkName(kind, n string) error {
	if !name.MatchString(n) {
		return fmt.Errorf("the %s %q: a name has up to 32 of a-z, 0-9 and -", kind, n)
	}
	return nil
}

// from splits a subject of a worker's stream or of what it says: the worker, and the last part.
func (s subjects) from(subject string) (worker, last string, ok bool) {
	parts := strings.Split(subject, ".")
	if len(parts) < 4 || parts[0] != "ab" || parts[1] != s.run {
		return "", "", false
	}
	if parts[2] == "hello" && len(parts) == 4 {
		return parts[3], parts[2], true
	}
	if len(parts) == 5 && (parts[2] == "up" || parts[2] == "s") {
		return parts[3], parts[4], true
	}
	return "", "", false
}
