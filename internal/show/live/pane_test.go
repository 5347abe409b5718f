package live

import (
	"os"
	"testing"
	"testing/synctest"
)

// Whoever writes while the pane is held has written, and goes on when it is released.
func TestPaneHoldsWriters(t *testing.T) {
	nowhere, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer nowhere.Close()
	synctest.Test(t, func(t *testing.T) {
		p := &heldTerminal{File: nowhere, drawn: make(chan struct{}, 1)}
		written := 0
		write := func() {
			if _, err := p.Write([]byte("frame")); err != nil {
				t.Error(err)
			}
			written++
		}
		write() // not held
		<-p.drawn
		p.hold()
		go write()
		synctest.Wait()
		if written != 1 {
			t.Fatal("a writer goes on although it is held")
		}
		select {
		case <-p.drawn:
		default:
			t.Error("it is not told that a frame was drawn")
		}
		p.release()
		synctest.Wait()
		if written != 2 {
			t.Fatal("a writer is held although it is released")
		}
		write()
	})
}
