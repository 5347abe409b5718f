package credential

import "sync"

// Notices pass on what a server's operator should know, such as why keys or answers cannot
// be had: each text once, until another takes its place. What is said before somebody
// listens is kept for them. The zero value is ready. Its methods are safe for concurrent
// use.
type Notices struct {
	mu   sync.Mutex // guards all below
	last string     // "" for nothing to say
	tell func(text string)
}

// Say passes a text on if it differs from the last one; "" says that all is well again.
func (n *Notices) Say(text string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if text == n.last {
		return
	}
	n.last = text
	if text != "" && n.tell != nil {
		n.tell(text)
	}
}

// Listen has tell called for the last text and all that follow.
func (n *Notices) Listen(tell func(text string)) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.tell = tell; n.last != "" {
		tell(n.last)
	}
}
