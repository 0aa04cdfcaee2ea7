package result

import (
	"testing"

	"fallow"
)

func TestEntriesAreBounded(t *testing.T) {
	var b budget
	for range MaxEntries {
		if err := b.addEntry(); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.addEntry(); fallow.CodeOf(err) != fallow.CodeLimit {
		t.Errorf("one more gives %v", err)
	}
}

func TestReaches(t *testing.T) {
	for _, c := range []struct {
		pattern, folder string
		want            bool
	}{
		{"hits.tbl", "sub", false},
		{"sub/hits.tbl", "sub", true},
		{"sub/hits.tbl", "other", false},
		{"*/hits.tbl", "sub", true},
		{"*/hits.tbl", "sub/deep", false},
		{"s*/d*/x", "sub/deep", true},
		{"s*/d*/x", "sub", true},
		{"s*/d*/x", "sub/other", false},
	} {
		if got := reaches([]string{c.pattern}, c.folder); got != c.want {
			t.Errorf("pattern %q reaches %q: %v", c.pattern, c.folder, got)
		}
	}
	if !reaches(nil, "any") {
		t.Error("without patterns nothing is reached")
	}
}
