// Package result takes the files that an attempt left in its folder of results.
//
// The folder was filled by a program that nobody trusts. So only regular files with
// one name and a clean path are taken; a symbolic link, a device, a pipe, a socket
// or a hard link is an error that names it, never something to follow or to wait
// for. All of it is bounded by named limits.
//
// The program must have ended before [Collect] is called.
package result
