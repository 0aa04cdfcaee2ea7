// Package portal is the lifeline between the Desktop Controller and PID 1 of a
// sandbox: one stream socket and the messages on it (paper, 4.2.1: VM Portal).
//
// The controller speaks first: a [Setup], then [Beat], [Stop] and [Continue] at any
// time. PID 1 answers [Failed], or [Ready] and at the end [Exited], and in between
// [Stopped], [Continued], [Census], [Unlinked] and [Blind].
// When the socket closes or falls silent, PID 1 exits, and the kernel ends every
// process of its PID namespace.
//
// A frame is a kind (1 byte), a length (4 bytes, little endian) and that many
// bytes. Everything is encoded by hand, since PID 1 must start within a
// millisecond: no reflection and no package with an init of its own.
package portal
