package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	os.Exit(fallowMain(newEnv()))
}

// fallowMain is the program, for the system and for the tests.
func fallowMain(e *env) int {
	// Caught, and not ignored, which programs would inherit: a write to a pipe that
	// nobody reads then is an error like any other, and what is to be tidied up is.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	ctx, stop := signal.NotifyContext(context.Background(), endings()...)
	defer stop()
	context.AfterFunc(ctx, func() { time.AfterFunc(insistAfter, stop) })
	return execute(ctx, e, os.Args[1:])
}

// insistAfter the first signal that asks the program to end, another one ends it at
// once. One that comes sooner is the same request: timeout(1) and terminals signal
// process groups, of which the program may hear twice.
const insistAfter = time.Second

// endings are the signals that ask the program to end. Whoever started it by
// nohup(1) wants it to outlive the terminal.
func endings() []os.Signal {
	signals := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) {
		signals = append(signals, syscall.SIGHUP)
	}
	return signals
}
