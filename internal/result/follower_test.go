package result

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A file that is followed from any length to any other gives what it gives when it is
// read at once.
func TestFollow(t *testing.T) {
	content, err := os.ReadFile(filepath.Join(write(t, sample()), FileName))
	if err != nil {
		t.Fatal(err)
	}
	for first := range len(content) + 1 {
		f := NewFollower("followed")
		for _, size := range []int{first, first, len(content)} {
			if err := f.Follow(bytes.NewReader(content), int64(size)); err != nil {
				t.Fatalf("from %d bytes on: %v", first, err)
			}
		}
		if diff := cmp.Diff(sample(), &f.Run); diff != "" {
			t.Fatalf("from %d bytes on (-wrote +followed):\n%s", first, diff)
		}
		_, footer, err := Peek("peeked", bytes.NewReader(content), int64(first))
		header := first > bytes.IndexByte(content, '\n')
		if (err == nil) != header || (footer != nil) != (first == len(content)) {
			t.Fatalf("at %d bytes of %d, Peek found footer %v, error %v", first, len(content), footer, err)
		}
	}
	header, footer, err := Peek("peeked", bytes.NewReader(content), int64(len(content)))
	if diff := cmp.Diff(sample().Header, header); err != nil || diff != "" || footer.Length != sample().Footer.Length {
		t.Errorf("Peek: footer %+v, error %v, header (-wrote +peeked):\n%s", footer, err, diff)
	}
}

func TestFollowErrors(t *testing.T) {
	f := NewFollower("gone")
	good := []byte(`{"kind":"header","version":1}` + "\n")
	if err := f.Follow(bytes.NewReader(good), int64(len(good))); err != nil {
		t.Fatal(err)
	}
	if err := f.Follow(bytes.NewReader(nil), 0); err == nil || !strings.Contains(err.Error(), "gone is shorter") {
		t.Errorf("a file that shrank: %v", err)
	}
	longer := append(good, "{}\n"...)
	if err := f.Follow(bytes.NewReader(longer), int64(len(longer))); err == nil || !strings.Contains(err.Error(), "gone:2:") {
		t.Errorf("a line that is no record: %v", err)
	}
	if _, _, err := Peek("odd", strings.NewReader("no record\n"), 10); err == nil || !strings.Contains(err.Error(), "odd:1:") {
		t.Errorf("a file that is no result: %v", err)
	}
}
