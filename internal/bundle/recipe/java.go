package recipe

import (
	"regexp"

	"fallow"
)

var java = Recipe{
	Name:       "java",
	Program:    regexp.MustCompile(`^java$`),
	Command:    "java",
	Extensions: []string{".jar"},
	Profile:    fallow.ProfileJIT,
	Modules:    []string{"{home}/lib", "{home}/conf"},
	Script:     []string{"-jar"},
	Hint:       "jars that the manifest's Class-Path names must be named as extra files below /app",
}
