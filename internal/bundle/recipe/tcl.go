package recipe

import "regexp"

var tcl = Recipe{
	Name:       "tcl",
	Program:    regexp.MustCompile(`^tclsh(?P<version>\d[\d.]*)?$`),
	Command:    "tclsh",
	Extensions: []string{".tcl"},
	Modules: []string{
		"{home}/share/tcltk",
		"{home}/lib/tcltk",
		"{home}/lib/tcl{version}",
		"{home}/share/tcl{version}",
	},
	Hint: "packages of your own must be named as extra files",
}
