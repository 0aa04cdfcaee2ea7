// Package initproc is what PID 1 of a sandbox does: it builds the sandbox around
// itself, starts the program in it, and outlives it.
//
// It is there before any code of the program and can't be reached by it, as the
// paper's vm.dll and VM Portal are (paper, 4.2.1 and 4.3.1). Its words:
//
//   - the setup is what the controller asks for;
//   - the view is the file system that the program sees;
//   - a source is a part of the host cloned into the view;
//   - the launcher is the one OS thread that gives up every right and then starts
//     the program, while the rest of PID 1 keeps its rights over the sandbox;
//   - a note is a protection that this kernel lacks.
//
// PID 1 has no rights on the host: its capabilities count in its own user
// namespace only.
package initproc
