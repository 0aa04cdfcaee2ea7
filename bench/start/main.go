// Command start measures how long it takes to start and end /usr/bin/true: by
// itself, in the full EVM of a running agent, which has made a sandbox ahead, in one
// without (cold), in bubblewrap and in runc, in turn within one run. The
// last line it prints is JSON with the medians and ratios.
//
//	go run ./bench/start
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
)

// rounds is how often each contender starts.
const rounds = 120

func main() {
	if err := bench(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "bench/start:", err)
		os.Exit(1)
	}
}

func bench(ctx context.Context) (err error) {
	if err := checkPeers(); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "fallow-bench-start-")
	if err != nil {
		return fmt.Errorf("make a directory: %w", err)
	}
	defer os.RemoveAll(dir)                      // a leftover in the temporary directory harms nobody
	if err := os.Chmod(dir, 0o755); err != nil { // for runc's mapped user
		return fmt.Errorf("open the directory to other users: %w", err)
	}
	contenders, end, err := contenders(dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, end()) }()
	times, err := race(ctx, contenders)
	if err != nil {
		return err
	}
	return report(os.Stdout, contenders, times)
}
