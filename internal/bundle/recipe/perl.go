package recipe

import "regexp"

var perl = Recipe{
	Name:       "perl",
	Program:    regexp.MustCompile(`^perl(5[\d.]*)?$`),
	Command:    "perl",
	Extensions: []string{".pl"},
	Modules: []string{
		"{home}/lib/{triplet}/perl",
		"{home}/lib/{triplet}/perl-base",
		"{home}/lib/{triplet}/perl5",
		"{home}/share/perl",
		"{home}/share/perl5",
		"{home}/lib/perl5",
		"{home}/lib64/perl5",
	},
	Carried: []string{locale},
	Hint:    "modules of your own must be named as extra files",
}
