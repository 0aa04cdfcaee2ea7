package recipe

import (
	"regexp"

	"fallow"
)

var wine = Recipe{
	Name:       "wine",
	Program:    regexp.MustCompile(`^(wine|wine64|wine-stable|wine64-stable)$`),
	Command:    "wine",
	Extensions: []string{".exe"},
	Profile:    fallow.ProfileJIT,
	Modules: []string{
		"{home}/lib/wine",
		"{home}/lib/{triplet}/wine",
		"{home}/share/wine",
	},
	Needs: []string{"sh"},
	Hint:  "DLLs of your own must be named as extra files beside the program",
}
