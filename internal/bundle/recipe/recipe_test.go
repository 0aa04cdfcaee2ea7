package recipe_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"fallow/internal/bundle/recipe"
)

func TestRecipesKnowTheirPrograms(t *testing.T) {
	name := func(r *recipe.Recipe) string {
		if r == nil {
			return ""
		}
		return r.Name
	}
	for program, want := range map[string]string{
		"/usr/bin/python3.11": "python", "/usr/bin/python3": "python", "/usr/bin/perl": "perl", "/usr/bin/perl5.36.0": "perl",
		"/usr/bin/Rscript": "R", "/usr/lib/jvm/java-17-openjdk-amd64/bin/java": "java", "/usr/bin/node": "node",
		"/usr/bin/ruby3.1": "ruby", "/usr/bin/tclsh8.6": "tcl", "/usr/bin/octave-cli-7.3.0": "octave", "/usr/bin/dash": "shell",
		"/usr/bin/x86_64-linux-gnu-gcc-12": "gcc", "/usr/bin/hmmsearch": "", "/usr/bin/python3-config": "", "/usr/bin/perldoc": "",
	} {
		if got := name(recipe.ForProgram(program)); got != want {
			t.Errorf("ForProgram(%q) is %q, want %q", program, got, want)
		}
	}
	for script, want := range map[string]string{"a.py": "python", "a.R": "R", "a.jar": "java", "a": "", "a.txt": ""} {
		if got := name(recipe.ForScript(script)); got != want {
			t.Errorf("ForScript(%q) is %q, want %q", script, got, want)
		}
	}
}

func TestExpand(t *testing.T) {
	r := recipe.ForProgram("/opt/x/bin/python3.12")
	got := r.Expand([]string{"{home}/lib/python{version}", "{prefix}/pyvenv.cfg", "/usr/lib/{triplet}"},
		"/venv/bin/python", "/opt/x/bin/python3.12", "x86_64-linux-gnu")
	want := []string{"/opt/x/lib/python3.12", "/venv/pyvenv.cfg", "/usr/lib/x86_64-linux-gnu"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
