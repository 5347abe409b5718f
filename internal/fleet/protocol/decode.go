package protocol

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"sync"
)

// MaxBytes bounds a message, and MaxLargeBytes one that carries a job or what was measured: a
// plan has a request's body, and a final a dozen histograms of some 30 KB. Both are below what
// a server of NATS takes unless it is told otherwise, 1 MiB.
const (
	MaxBytes      = 64 << 10
	MaxLargeBytes = 1<<20 - 4<<10
	// maxText bounds the texts within a message that people read.
	maxText = 1024
)

// Message is any of the messages.
type Message interface {
	Hello | Welcome | Plan | PlanReply | Armed | Probe | ProbeReply | Start | Beat | Lease | Delta | Final | Stop
}

// ErrTooLarge says that nobody would read a message, for its size.
var ErrTooLarge = errors.New("it is too large")

// Encode writes a message.
func Encode[M Message](m M) ([]byte, error) {
	out, err := json.Marshal(m)
	if err != nil {
		return nil, fmt.Errorf("write a message: %w", err)
	}
	if most := limitOf(m); len(out) > most {
		return nil, fmt.Errorf("write a message: %w: %T of %d bytes; at most %d may be sent", ErrTooLarge, m, len(out), most)
	}
	return out, nil
}

// Decode reads a message. It refuses what is too large, members that it does not know, text
// behind the message, another version, and values that no sender of ours would write.
func Decode[M Message](text []byte) (M, error) {
	var m, none M
	name := strings.TrimPrefix(fmt.Sprintf("%T", m), "protocol.")
	if most := limitOf(m); len(text) > most {
		return none, fmt.Errorf("read a message: %s of %d bytes; at most %d are read", name, len(text), most)
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&m); err != nil {
		return none, fmt.Errorf("read a message: %s: %w", name, err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return none, fmt.Errorf("read a message: %s: there is text behind it", name)
	}
	if err := check(m); err != nil {
		return none, fmt.Errorf("read a message: %s: %w", name, err)
	}
	return m, nil
}

func limitOf(m any) int {
	switch m.(type) {
	case Plan, Delta, Final:
		return MaxLargeBytes
	}
	return MaxBytes
}

// versionOf is the member that all messages begin with.
func versionOf(m any) int { return int(reflect.ValueOf(m).FieldByName("V").Int()) }

// check reports what is wrong with a message's values.
func check(m any) error {
	if v := versionOf(m); v != Version {
		return fmt.Errorf("version %d, but this program speaks %d: use one build of authbench-fleet everywhere", v, Version)
	}
	switch m := m.(type) {
	case Hello:
		return first(texts(m.Instance, m.Role, m.Protocol, m.Build, m.Schedule, m.System, m.Host),
			holds("instance", m.Instance != ""),
			holds("role", m.Role == RoleWorker || m.Role == RoleTarget))
	case Welcome:
		return texts(m.Refused)
	case Plan:
		return first(texts(m.Digest), holds("digest", m.Digest == DigestOf(m.Job)))
	case PlanReply:
		return texts(m.Instance, m.Digest, m.Refused)
	case Armed:
		return first(texts(m.Instance, m.Digest, m.Address), m.Clock.check())
	case Beat:
		return first(texts(m.Instance, string(m.Phase), m.Failed), holds("seq", m.Seq >= 0), m.Clock.check(), m.Load.check())
	case Delta:
		return first(texts(m.Instance), holds("n", m.N >= 0))
	case Final:
		return first(texts(m.Instance, m.Cut), holds("deltas", m.Deltas >= 0), m.Clock.check())
	case Stop:
		return texts(m.Reason)
	}
	return nil
}

func (c Clock) check() error {
	return first(holds("bound_ns", c.BoundNanos >= 0 && c.BoundNanos <= int64(ClockUnknown)), holds("probes", c.Probes >= 0))
}

func (c Counts) check() error {
	return holds("load", c.Sent >= 0 && c.Answered >= 0 && c.Failed >= 0)
}

// texts bounds texts.
func texts(all ...string) error {
	for _, t := range all {
		if len(t) > maxText {
			return fmt.Errorf("a text of %d bytes; at most %d are taken", len(t), maxText)
		}
	}
	return nil
}

func holds(name string, is bool) error {
	if is {
		return nil
	}
	return fmt.Errorf("%s has a value that it cannot have", name)
}

func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// DigestOf is the hexadecimal SHA-256 of a text.
func DigestOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// Digest is that of the messages' shapes and version, so that two programs whose messages
// differ do not take each other for the same.
var Digest = sync.OnceValue(func() string {
	var shapes strings.Builder
	fmt.Fprintln(&shapes, Version)
	for _, m := range []any{
		Hello{}, Welcome{}, Plan{}, PlanReply{}, Armed{}, Probe{}, ProbeReply{}, Start{}, Beat{}, Lease{}, Delta{}, Final{}, Stop{},
	} {
		writeShape(&shapes, reflect.TypeOf(m))
	}
	return DigestOf(shapes.String())
})

// writeShape lists the members of a message.
func writeShape(w *strings.Builder, t reflect.Type) {
	fmt.Fprintln(w, t.Name())
	for i := range t.NumField() {
		f := t.Field(i)
		fmt.Fprintln(w, " ", f.Tag.Get("json"), f.Type.Kind())
		if f.Type.Kind() == reflect.Struct {
			writeShape(w, f.Type)
		}
	}
}
