// Command fallow is the grid for the people who use it: it submits jobs, watches
// them and fetches their results, wraps programs, runs them in the sandbox on this
// machine, and looks after nodes. Its reference is docs/cli.md.
//
// The root of the command line is [cli]; each command is a struct with its flags
// and a Run method, in a file of its own.
package main
