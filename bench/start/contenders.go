package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"fallow/internal/evm"
)

// contender is one way to start the program.
type contender struct {
	name   string
	run    func() error
	settle func() // waits, outside the time taken, until nothing of it disturbs the next; may be nil
}

// contenders makes all of them ready, and a function that ends them.
func contenders(dir string) ([]contender, func() error, error) {
	init := filepath.Join(dir, "fallow-init")
	if err := buildInit(init); err != nil {
		return nil, nil, err
	}
	bundle, err := newBundle(dir)
	if err != nil {
		return nil, nil, err
	}
	tree, err := layTree(dir)
	if err != nil {
		return nil, nil, err
	}
	warm, err := evm.Open(evm.Config{Dir: filepath.Join(dir, "evm"), Init: init, Ahead: true})
	if err != nil {
		return nil, nil, err
	}
	cold, err := evm.Open(evm.Config{Dir: filepath.Join(dir, "cold"), Init: init})
	if err != nil {
		return nil, nil, errors.Join(err, warm.Close())
	}
	end := func() error { return errors.Join(warm.Close(), cold.Close()) }
	return []contender{
		{name: "direct", run: direct},
		{name: "evm", run: (&sandbox{machine: warm, tree: tree}).run, settle: warm.WaitAhead},
		{name: "evm cold", run: (&sandbox{machine: cold, tree: tree}).run},
		{name: "bwrap", run: bwrap},
		{name: "runc", run: bundle.run},
	}, end, nil
}

func buildInit(path string) error {
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", path, "fallow/cmd/fallow-init")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if output, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build fallow-init: %w\n%s", err, output)
	}
	return nil
}

// layTree makes a tree whose /usr is a mount point for the host's, as the peers see
// it.
func layTree(dir string) (string, error) {
	tree := filepath.Join(dir, "tree")
	if err := os.MkdirAll(filepath.Join(tree, "usr"), 0o755); err != nil {
		return "", fmt.Errorf("lay out a tree: %w", err)
	}
	for _, name := range []string{"bin", "lib", "lib64"} {
		if err := os.Symlink("usr/"+name, filepath.Join(tree, name)); err != nil {
			return "", fmt.Errorf("lay out a tree: %w", err)
		}
	}
	return tree, nil
}

type sandbox struct {
	machine *evm.Machine
	tree    string
	count   int
}

// startTime bounds one start.
const startTime = time.Minute

func (s *sandbox) run() error {
	ctx, cancel := context.WithTimeout(context.Background(), startTime)
	defer cancel()
	s.count++
	run, err := s.machine.Start(ctx, evm.Spec{
		Name: strconv.Itoa(s.count), Tree: s.tree, Systems: []string{"/usr"}, Argv: []string{program},
	})
	if err != nil {
		return err
	}
	if exit := run.Wait(); exit.Code != 0 {
		return fmt.Errorf("evm: %+v", exit)
	}
	return nil
}
