package recipe

import "regexp"

var ruby = Recipe{
	Name:       "ruby",
	Program:    regexp.MustCompile(`^ruby(?P<version>\d[\d.]*)?$`),
	Command:    "ruby",
	Extensions: []string{".rb"},
	Modules: []string{
		"{home}/lib/ruby",
		"{home}/lib/{triplet}/ruby",
		"{home}/share/rubygems-integration",
	},
	Carried: []string{locale},
	Hint:    "gems below /var, /usr/local or your home directory must be named as extra files",
}
