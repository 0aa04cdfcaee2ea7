// Package dpkg reads what Debian's package manager knows of a machine's files,
// without running it: which package a file came with, what else came with it, and
// which packages it needs.
//
// The database is two kinds of files below /var/lib/dpkg: status, with one paragraph
// of fields for each package (deb-control(5)), and info/NAME.list, with one path for
// each file. The base system is what every machine of the distribution has: the
// essential and required packages and all that they need.
package dpkg
