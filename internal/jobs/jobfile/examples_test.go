package jobfile

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// block finds the YAML in a page of documentation.
var block = regexp.MustCompile("(?ms)^```yaml\n(.*?)^```$")

// TestDocumentedJobFiles reads every job file in the documentation, so that none
// there is wrong.
func TestDocumentedJobFiles(t *testing.T) {
	for _, page := range []string{"job-file.md", "scientist.md"} {
		text, err := os.ReadFile(filepath.Join("../../../docs", page))
		if err != nil {
			t.Fatal(err)
		}
		blocks := block.FindAllSubmatch(text, -1)
		if len(blocks) == 0 {
			t.Errorf("%s shows no job file", page)
		}
		for _, b := range blocks {
			if _, err := Parse(page, b[1]); err != nil {
				t.Errorf("%s\n%v", b[1], err)
			}
		}
	}
}

// TestExamples reads the job files that come with the project.
func TestExamples(t *testing.T) {
	paths, err := filepath.Glob("../../../examples/*/*.yaml")
	if err != nil || len(paths) == 0 {
		t.Fatal(paths, err)
	}
	for _, path := range paths {
		src, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Parse(path, src); err != nil {
			t.Error(err)
		}
	}
}
