package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"fallow"
	"fallow/internal/bundle"
	"fallow/internal/bundle/tree"
	"fallow/internal/evm"
)

// sandbox is the EVM on this machine for one program, without any server. All its
// state lies in a temporary folder that goes when it is closed.
type sandbox struct {
	dir      string
	machine  *evm.Machine
	manifest fallow.Manifest
}

// openSandbox lays out a wrapped application and makes the machine ready.
func openSandbox(ctx context.Context, e *env, wrapped *bundle.Wrapped) (*sandbox, error) {
	if err := clearLeftovers(e); err != nil {
		e.sayf("note: %v", err)
	}
	dir, err := os.MkdirTemp("", runFolder)
	if err != nil {
		return nil, fmt.Errorf("make a folder for the sandbox: %w", err)
	}
	s := &sandbox{dir: dir, manifest: wrapped.Manifest}
	if err := s.prepare(ctx, e, wrapped); err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

func (s *sandbox) prepare(ctx context.Context, e *env, wrapped *bundle.Wrapped) error {
	for _, name := range []string{"in", "work", "out"} {
		if err := os.Mkdir(s.path(name), 0o755); err != nil {
			return fmt.Errorf("make a folder for the sandbox: %w", err)
		}
	}
	if err := tree.Lay(ctx, s.path("tree"), wrapped.Manifest, sources(wrapped)); err != nil {
		return err
	}
	machine, err := evm.Open(evm.Config{Dir: s.path("evm"), Init: e.init})
	s.machine = machine
	return err
}

// path gives the path of a part of the sandbox's folder.
func (s *sandbox) path(name string) string { return filepath.Join(s.dir, name) }

// start starts a command, whose first word is an entry of the bundle.
func (s *sandbox) start(ctx context.Context, command []string, spec evm.Spec) (*evm.Run, error) {
	argv, err := s.argv(command)
	if err != nil {
		return nil, err
	}
	spec.Name = "run"
	spec.Argv = argv
	spec.Profile = s.manifest.Profile
	spec.Tree, spec.Systems = s.path("tree"), s.manifest.Systems
	spec.In, spec.Work, spec.Out = s.path("in"), s.path("work"), s.path("out")
	spec.Env = append(spec.Env, s.manifest.Env...)
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	return s.machine.Start(ctx, spec)
}

// startTime bounds the time until the program runs.
const startTime = time.Minute

// argv puts what an entry stands for in place of its name.
func (s *sandbox) argv(command []string) ([]string, error) {
	name := filepath.Base(command[0])
	for _, entry := range s.manifest.Entries {
		if entry.Name == name {
			return append(append([]string{}, entry.Argv...), command[1:]...), nil
		}
	}
	return nil, fallow.Errorf(fallow.CodeNotFound, "bundle %q has no program %q", s.manifest.Name, name)
}

// close ends what runs and removes the folder.
func (s *sandbox) close() error {
	var err error
	if s.machine != nil {
		err = s.machine.Close()
	}
	return errors.Join(err, os.RemoveAll(s.dir))
}
