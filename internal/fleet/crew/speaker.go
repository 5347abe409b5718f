package crew

import "time"

// speaker tells people how it goes, and never waits for them: a terminal may stand still, and a
// pipe be full.
type speaker struct {
	texts chan string
	ended chan struct{}
}

const (
	// roomForTexts is more than a worker has phases. What finds no room is left out.
	roomForTexts = 32
	// sayWithin is how long the last texts may take: nobody reads what is left then.
	sayWithin = time.Second
)

func speak(say func(text string)) speaker {
	s := speaker{make(chan string, roomForTexts), make(chan struct{})}
	go func() {
		defer close(s.ended)
		for text := range s.texts {
			say(text)
		}
	}()
	return s
}

func (s speaker) say(text string) {
	select {
	case s.texts <- text:
	default:
	}
}

// close waits for what was said, but not for long.
func (s speaker) close() {
	close(s.texts)
	select {
	case <-s.ended:
	case <-time.After(sayWithin):
	}
}
