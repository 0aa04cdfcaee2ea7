package recipe

import "regexp"

var python = Recipe{
	Name:       "python",
	Program:    regexp.MustCompile(`^(python|python3|python(?P<version>3\.\d+))$`),
	Command:    "python3",
	Extensions: []string{".py"},
	Modules: []string{
		"{home}/lib/python{version}",
		"{home}/lib64/python{version}",
		"{home}/lib/python3",
	},
	// A virtual environment (venv) has its marker and its packages beside its link to
	// the interpreter.
	Carried: []string{"{prefix}/pyvenv.cfg", "{prefix}/lib/python{version}/site-packages", locale},
	Hint:    "modules of your own, or below /usr/local or your home directory, must be named as extra files",
}
