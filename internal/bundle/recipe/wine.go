package recipe

import (
	"regexp"

	"fallow"
)

// wine is Debian's front end: a shell script, which starts the loader proper, and
// this the server.
var wine = Recipe{
	Name:       "wine",
	Program:    regexp.MustCompile(`^(wine|wine64|wine-stable|wine64-stable)$`),
	Command:    "wine",
	Extensions: []string{".exe"},
	Profile:    fallow.ProfileJIT,
	Modules:    []string{"{home}/lib/{triplet}/wine", "{home}/share/wine"},
	Carried:    []string{"{home}/lib/wine", locale},
	Needs:      []string{"sh", "dirname", "uname"},
	// Without it, the front end asks dpkg for advice about 32-bit programs.
	Env:  []string{"WINEDEBUG=-all"},
	Hint: "DLLs of your own must be named as extra files beside the program",
}
