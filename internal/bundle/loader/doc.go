// Package loader finds the shared libraries that a program loads at its start, as
// the dynamic loader of Linux would (ld.so(8), paper 4.1.2: all of an application's
// files must be known), without running anything.
//
// An object is an ELF file: a program or a shared library. Its closure is every
// object that its start loads: the loader itself, and what it and its libraries
// name as needed. What a program loads later by dlopen(3) can't be found this way.
package loader
