package recipe

import (
	"regexp"

	"fallow"
)

var node = Recipe{
	Name:       "node",
	Program:    regexp.MustCompile(`^node(js)?$`),
	Command:    "node",
	Extensions: []string{".js", ".mjs", ".cjs"},
	Profile:    fallow.ProfileJIT,
	Modules: []string{
		"{home}/lib/nodejs",
		"{home}/lib/{triplet}/nodejs",
		"{home}/share/nodejs",
	},
	Hint: "node_modules must be named as an extra directory, at /app/node_modules",
}
