// Package tree keeps a bundle laid out on a node: a directory that serves as the
// root of a sandbox, and holds the files of one manifest and nothing else.
//
// A tree comes into being whole, by [Lay], or not at all. Before each use a
// [Checker] sees that it is still what the manifest says (paper, 4.1.2: the checksum
// is validated before a file is invoked).
package tree
