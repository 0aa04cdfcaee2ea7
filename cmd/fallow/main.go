package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	os.Exit(fallowMain())
}

// fallowMain is the program: what main is for the system and for the tests.
func fallowMain() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return execute(ctx, newEnv(), os.Args[1:])
}
