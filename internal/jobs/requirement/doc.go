// Package requirement evaluates what a job requires of a node beyond the numbers of
// [fallow.Needs]: a boolean expression over the node's inventory and labels, such as
//
//	os.arch == "amd64" && memory >= size("8GiB") && "landlock" in features
//
// The variables are os.name, os.arch, cpu.model, cpu.cores, cpu.speed, memory and
// disk in bytes, labels by name, features and version. Operators are those of the
// expr language that are listed in allowed.go (comparison, arithmetic with numbers,
// and or not, in, contains, startsWith, endsWith, matches, ?:). The functions are
// size, lower, upper, trim, len, abs, min and max. There are no loops, no variables
// of its own and no text put together, and patterns are short, so that an expression
// costs the scheduler no more time and memory than its length.
package requirement
