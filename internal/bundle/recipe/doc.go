// Package recipe knows what the common interpreters and compilers need beyond the
// libraries that they load at their start: their modules, other programs, variables
// (paper, 4.1.1: interpreters are wrapped, too).
//
// There is one small table for each, in a file of its name. A pattern in it is one
// of path.Match, with these words replaced:
//
//   - {home}: the directory above that of the interpreter's file, links followed:
//     "/usr" for /usr/bin/perl;
//   - {prefix}: the same without following links, so that a virtual environment
//     of Python is seen;
//   - {version}: what the recipe's expression found under that name in the file's
//     name;
//   - {triplet}: the platform's name in Debian's directories, "x86_64-linux-gnu".
//
// Patterns that match nothing on a machine are passed over.
package recipe
