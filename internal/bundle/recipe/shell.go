package recipe

import "regexp"

var shell = Recipe{
	Name:       "shell",
	Program:    regexp.MustCompile(`^(bash|dash|ash|sh|ksh|mksh|zsh)$`),
	Command:    "sh",
	Extensions: []string{".sh", ".bash"},
	Carried:    []string{locale},
}
