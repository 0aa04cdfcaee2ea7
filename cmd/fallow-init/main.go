// Command fallow-init is PID 1 of a sandbox: it builds the sandbox, starts the
// program and watches over it. Only the agent starts it; package initproc says what
// it does.
package main

import (
	"runtime"

	"fallow/internal/evm/initproc"
)

// The main goroutine stays on the thread-group leader, so that the thread that
// gives up its rights to start the program is always another one.
func init() { runtime.LockOSThread() }

func main() { initproc.Main() }
