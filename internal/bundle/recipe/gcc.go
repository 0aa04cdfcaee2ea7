package recipe

import "regexp"

// gcc is the compiler driver of Debian's packages. It starts the compiler proper,
// the assembler and the linker, and these read headers and the parts of the C
// library that every program begins and ends with.
var gcc = Recipe{
	Name:    "gcc",
	Program: regexp.MustCompile(`^[a-z0-9_]+-linux-gnu-(gcc|g\+\+|gfortran|cpp)-(?P<version>\d+)$`),
	Command: "gcc",
	Carried: []string{
		"{home}/lib/gcc/{triplet}/{version}",
		"{home}/libexec/gcc/{triplet}/{version}",
		"{home}/include",
		"{home}/lib/{triplet}/*crt*.o",
		"{home}/lib/{triplet}/lib*_nonshared.a",
		"{home}/lib/{triplet}/lib[cm].so",
		"{home}/lib/{triplet}/lib[cm].a",
		"{home}/lib/{triplet}/libm-*.a",
		"{home}/lib/{triplet}/libpthread.a",
		"{home}/lib/{triplet}/libdl.a",
		"{home}/lib/{triplet}/librt.a",
		"{home}/lib/{triplet}/libmvec.*",
		"{home}/lib/{triplet}/libm.so.6",
	},
	Needs: []string{"as", "ld"},
	Hint:  "libraries to link with beyond those of C and C++ must be named as extra files",
}
