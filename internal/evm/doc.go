// Package evm is the Entropia Virtual Machine on Linux: it runs one unmodified
// program in a sandbox, within limits, on a desktop that belongs to somebody else
// (paper, section 4).
//
// A [Machine] is a desktop's ability to run sandboxes; its owner, the agent, opens
// one and keeps it. A [Spec] says what to run; [Machine.Start] makes a [Run] of it,
// which can be paused, resumed and killed, and ends in an [Exit].
//
//	machine, err := evm.Open(evm.Config{Dir: "/var/lib/fallow/evm"})
//	...
//	run, err := machine.Start(ctx, evm.Spec{Name: "12.7.1", Tree: tree, Argv: []string{"/usr/bin/true"}})
//	...
//	outcome := run.Wait().Outcome()
//
// What a program meets: a file system of its own (the bundle read-only, /in
// read-only, /work and /out writable, a synthetic /etc, /dev and /proc), no network
// but its own loopback, no other process, no capability, a system call filter, a
// Landlock domain, and the lowest priority. Nothing writable is executable; in the
// strict profile no memory becomes code either. The same code serves root and an
// ordinary user.
//
// Nothing outlives its Run, and no Run outlives the process that holds the Machine,
// however that ends: PID 1 of the sandbox (package initproc) dies with it, and the
// kernel ends all others.
//
// What namespaces don't divide stays a side channel: a program can lock /dev/null
// and its like with flock(2), and files of a bundle, and so signal to another, and
// can watch with inotify(7) that somebody opens them. Neither shows or changes any
// data.
//
// Results in /out are the program's: they may be symbolic links, devices it could
// not make but names it could, or huge and sparse. Whoever reads them must not
// follow links (os.Root does not leave the directory) and must read regular files
// only.
package evm
