package result

import (
	"slices"
	"testing"
	"testing/fstest"
)

func TestFind(t *testing.T) {
	file := &fstest.MapFile{}
	root := fstest.MapFS{
		"a/result.jsonl": file, "a/figures/result.jsonl": file, // below a result there are none
		"published/b/result.jsonl": file, "published/README.md": file,
		"one/two/three/result.jsonl": file, "one/two/three/four/result.jsonl": file, "1/2/3/4/result.jsonl": file, // too deep
		"c/result.jsonl/x": file, // a directory of that name
	}
	found, err := Find(root)
	if want := []string{"a", "one/two/three", "published/b"}; err != nil || !slices.Equal(found, want) {
		t.Errorf("found %v (%v), want %v", found, err, want)
	}
	root["result.jsonl"] = file
	if found, err := Find(root); err != nil || !slices.Equal(found, []string{"."}) {
		t.Errorf("a result itself: %v (%v)", found, err)
	}
	if _, err := Find(fstest.MapFS{".": file}); err == nil {
		t.Error("no directory, and no error")
	}
}
