package recipe

import "regexp"

var octave = Recipe{
	Name:       "octave",
	Program:    regexp.MustCompile(`^octave(-cli)?(-(?P<version>\d[\d.]*))?$`),
	Command:    "octave-cli",
	Extensions: []string{".m"},
	Modules: []string{
		"{home}/share/octave",
		"{home}/lib/{triplet}/octave",
		"{home}/libexec/octave",
	},
	Carried: []string{locale},
	Hint:    "packages and function files of your own must be named as extra files",
}
