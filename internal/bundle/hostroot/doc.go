// Package hostroot reads a machine's files as programs on it see them, below any
// directory that serves as its root.
//
// Symbolic links are followed inside that root, never out of it, and every link
// that was passed on the way is told, because the sandbox needs the same links.
package hostroot
