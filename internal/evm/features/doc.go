// Package features reports what this kernel and machine offer to the EVM.
//
// A [Feature] is one thing that the EVM uses when it is there, with what happens
// without it and what the machine's owner can do about it. [Probe] tries each for
// real, as the user who asks, and leaves nothing behind: most by a system call that
// can't change anything, namespaces and mounts in a child process of their own.
package features
