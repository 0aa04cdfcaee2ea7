package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	os.Exit(fallowMain(newEnv()))
}

// fallowMain is the program, for the system and for the tests.
func fallowMain(e *env) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the program at once
	return execute(ctx, e, os.Args[1:])
}
