package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"strings"
	"time"

	"authbench/internal/fleet/protocol"
)

// maxFile bounds a charter: 10,000 guests of some 60 bytes.
const maxFile = 1 << 20

// ReadInvitation reads the file of a worker or an agent, and says what is wrong with it before
// anybody is asked.
func ReadInvitation(path, role string) (Invitation, error) {
	var i Invitation
	if err := readSecret(path, &i); err != nil {
		return i, fmt.Errorf("read the invitation: %w", err)
	}
	err := i.check(role)
	if err == nil {
		err = i.Holds(time.Now())
	}
	if err != nil {
		return i, fmt.Errorf("the invitation %s: %w", path, err)
	}
	return i, nil
}

// Holds reports whether somebody may still join with an invitation.
func (i Invitation) Holds(now time.Time) error {
	if now.After(i.Expires) {
		return fmt.Errorf("it expired at %s: have a new one made with 'authbench-fleet invite'", i.Expires.Format(time.RFC3339))
	}
	return nil
}

// CheckURL reports what is wrong with the address of a server.
func CheckURL(text string) error {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "tls" || u.Hostname() == "" || u.Port() == "" || *u != (url.URL{Scheme: u.Scheme, Host: u.Host}) {
		return fmt.Errorf("%q is not tls://HOST:PORT", text)
	}
	return nil
}

func (i Invitation) check(role string) error {
	if i.Version != fileVersion {
		return fmt.Errorf("it is of version %d, but this program reads %d", i.Version, fileVersion)
	}
	if i.Role != role {
		return fmt.Errorf("it is for a %s: start 'authbench-fleet %s' with it", i.Role, i.Role)
	}
	for _, u := range strings.Split(i.URL, ",") {
		if err := CheckURL(u); err != nil && (role != roleCoordinator || i.URL != "") {
			return fmt.Errorf("its url: %w", err)
		}
	}
	if _, err := i.authorities(); err != nil {
		return err
	}
	if err := checkName("run", i.Run); err != nil {
		return err
	}
	return checkName("worker", i.Name)
}

// ReadCharter reads the file of a coordinator. Whether its invitations hold is for [Invitation.Holds]:
// what a run has left can be read when they do not any more.
func ReadCharter(path string) (Charter, error) {
	var c Charter
	if err := readSecret(path, &c); err != nil {
		return c, fmt.Errorf("read the coordinator's file: %w", err)
	}
	if c.Version != fileVersion {
		return c, fmt.Errorf("the coordinator's file %s: it is of version %d, but this program reads %d", path, c.Version, fileVersion)
	}
	if err := c.Own.check(roleCoordinator); err != nil {
		return c, fmt.Errorf("the coordinator's file %s: %w", path, err)
	}
	if len(c.Workers()) == 0 {
		return c, fmt.Errorf("the coordinator's file %s: it invites no worker", path)
	}
	return c, nil
}

// Workers are the guests that send load, in their order.
func (c Charter) Workers() (out []Guest) {
	for _, g := range c.Guests {
		if g.Role == protocol.RoleWorker {
			out = append(out, g)
		}
	}
	return out
}

// others are the rights that nobody but its owner and its owner's group may have to a secret. A
// group may read: so Kubernetes hands secrets to users that are not root.
const others = 0o037

// readPrivate reads a file that nobody else may read.
func readPrivate(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close() // it was only read
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if info.Mode().Perm()&others != 0 {
		return nil, fmt.Errorf("%s may be read by others (mode %04o): it is a secret; chmod 600 it", path, info.Mode().Perm())
	}
	text, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	if err == nil && len(text) > maxFile {
		err = fmt.Errorf("%s is larger than %d bytes", path, maxFile)
	}
	return text, err
}

// readSecret reads a charter or an invitation.
func readSecret(path string, into any) error {
	text, err := readPrivate(path)
	if err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("%s: %w: write it with 'authbench-fleet invite'", path, err)
	}
	return nil
}

// WriteSecret writes a charter or an invitation to a new file that nobody else may read.
func WriteSecret(path string, secret any) error {
	text, err := json.MarshalIndent(secret, "", "  ")
	if err != nil {
		return err
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%w: choose another directory", err)
	}
	if err != nil {
		return err
	}
	_, err = file.Write(append(text, '\n'))
	return errors.Join(err, file.Close())
}
