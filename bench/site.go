package bench

import (
	"fmt"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// Site is a server as a user names it, and what to ask it for: a URL, or
// unix:/path/of/socket:/orders. Which addresses it has is for internal/measure/reach to find.
type Site struct {
	// Secure asks for TLS.
	Secure bool
	// Name is the host, a name or an IP address without brackets; "" for a Unix socket.
	Name string
	Port uint16
	// Socket is the path of a Unix socket, "" for TCP.
	Socket string
	// Target is the path and the query to ask for, as they are sent; at least "/".
	Target string
	// Bare says that neither path nor query was written.
	Bare bool
}

// siteRemedy shows the forms that can be read.
const siteRemedy = "write an address such as http://127.0.0.1:8080/path, or unix:/run/api.sock:/path"

// ParseSite reads how a user names a server. The problem has no path, and quotes no
// password.
func ParseSite(text string) (Site, *Problem) {
	if i := strings.IndexFunc(text, isControl); i >= 0 {
		return Site{}, &Problem{Text: "the URL has a control character", Remedy: "remove it, or write it as %0A is written"}
	}
	if rest, isSocket := strings.CutPrefix(text, "unix:"); isSocket {
		return parseSocket(rest)
	}
	scheme, rest, _ := strings.Cut(text, "://")
	end := strings.IndexAny(rest, "/?#")
	if end < 0 {
		end = len(rest)
	}
	u, err := url.Parse(scheme + "://" + rest[:end])
	switch {
	case err != nil, !strings.Contains(text, "://"):
		return Site{}, &Problem{Text: "the URL cannot be read", Remedy: siteRemedy}
	case u.User != nil:
		return Site{}, &Problem{Text: "the URL carries a user or password", Remedy: "send them as a header, -H 'Authorization: Basic …'"}
	case u.Scheme != "http" && u.Scheme != "https":
		return Site{}, &Problem{Text: fmt.Sprintf("the URL's scheme is %q, not http or https", u.Scheme), Remedy: siteRemedy}
	}
	s := Site{Secure: u.Scheme == "https", Name: u.Hostname()}
	if p := s.setHost(u.Port()); p != nil {
		return Site{}, p
	}
	return s.at(rest[end:])
}

// setHost checks the host and sets the port: the scheme's, if the URL names none.
func (s *Site) setHost(port string) *Problem {
	if s.Name == "" {
		return &Problem{Text: "the URL names no host", Remedy: siteRemedy}
	}
	if !isHost(s.Name) {
		return &Problem{Text: fmt.Sprintf("%q is not the name or address of a host", s.Name), Remedy: "write it in ASCII (xn--…), an address without a zone"}
	}
	s.Name = strings.ToLower(s.Name)
	if s.Port = s.usualPort(); port == "" {
		return nil
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || n == 0 {
		return &Problem{Text: fmt.Sprintf("the URL's port is %q", port), Remedy: "write a number from 1 to 65535"}
	}
	s.Port = uint16(n)
	return nil
}

// at sets what to ask for.
func (s Site) at(target string) (Site, *Problem) {
	s.Bare = target == "" || target == "/"
	if !strings.HasPrefix(target, "/") {
		target = "/" + target
	}
	var text, remedy string
	if s.Target, text, remedy = escapeTarget(target); text != "" {
		return Site{}, &Problem{Text: "the URL's " + text, Remedy: remedy}
	}
	return s, nil
}

// longestSocket is what a socket's address has room for: 108 bytes on Linux, with
// the one that ends it.
const longestSocket = 107

// parseSocket reads what follows "unix:": the socket's path and, after another colon,
// what to ask for, as nginx writes it. Two slashes more, as in a URL, are taken as well.
func parseSocket(text string) (Site, *Problem) {
	if strings.HasPrefix(text, "///") {
		text = text[len("//"):]
	}
	socket, target := text, ""
	if i := strings.Index(text, ":/"); i >= 0 {
		socket, target = text[:i], text[i+1:]
	}
	switch {
	case socket == "" || strings.HasPrefix(socket, "//"):
		return Site{}, &Problem{Text: "unix: is followed by no path of a socket", Remedy: "write unix:/run/api.sock, and unix:/run/api.sock:/orders to ask for /orders"}
	case len(socket) > longestSocket:
		return Site{}, &Problem{Text: fmt.Sprintf("the socket's path has %d bytes, and no socket more than %d", len(socket), longestSocket), Remedy: "use a shorter one, or one from the working directory"}
	}
	return Site{Socket: socket}.at(target)
}

func (s Site) usualPort() uint16 {
	if s.Secure {
		return httpsPort
	}
	return httpPort
}

// Authority is what a request says of the server: its name, and the port unless it is
// that of the scheme.
func (s Site) Authority() string {
	if s.Socket != "" {
		return socketAuthority
	}
	return authority(s.Name, s.Port, s.usualPort())
}

// String is the site as its user would write it.
func (s Site) String() string {
	target := s.Target
	if s.Bare {
		target = ""
	}
	switch {
	case s.Socket != "" && target != "":
		return "unix:" + s.Socket + ":" + target
	case s.Socket != "":
		return "unix:" + s.Socket
	case s.Secure:
		return "https://" + s.Authority() + target
	}
	return "http://" + s.Authority() + target
}

// isHost reports whether s is an IP address or has only what names of hosts have. A
// zone is none of it: it means something to the client's machine alone (RFC 6874 §1).
func isHost(s string) bool {
	if a, err := netip.ParseAddr(s); err == nil {
		return a.Zone() == ""
	}
	for i := range len(s) {
		if !isUnreserved(s[i]) {
			return false
		}
	}
	return s != ""
}
