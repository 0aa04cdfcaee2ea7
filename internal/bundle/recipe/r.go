package recipe

import "regexp"

// R and Rscript are front ends: Rscript starts R, a shell script, which starts
// bin/exec/R with the variables set.
var r = Recipe{
	Name:       "R",
	Program:    regexp.MustCompile(`^(R|Rscript)$`),
	Command:    "Rscript",
	Extensions: []string{".R", ".r"},
	Modules: []string{
		"{home}/lib/R/library",
		"{home}/lib/R/site-library",
		"{home}/lib/R/modules",
		"{home}/lib/R/etc",
		"{home}/share/R",
	},
	Carried:   []string{"{home}/lib/R/bin", "{home}/lib/R/lib", locale},
	Needs:     []string{"sh", "bash", "sed", "grep", "expr", "uname", "rm", "which"},
	Libraries: []string{"{home}/lib/R/lib"},
	Env:       []string{"R_HOME={home}/lib/R"},
	Hint:      "packages below /usr/local or your home directory must be named as extra files",
}
