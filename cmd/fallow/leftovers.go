package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"fallow"
	"fallow/internal/evm"
)

// runFolder begins the names of the temporary folders of 'run'.
const runFolder = "fallow-run-"

// leftoverAge is how old a folder must be before it can be a leftover: a younger one
// may be of a run that is just beginning.
const leftoverAge = time.Minute

// clearLeftovers removes what runs that were killed with SIGKILL could not: their
// folders and control groups. Folders of runs that go on are locked.
func clearLeftovers(e *env) error {
	folders, err := filepath.Glob(filepath.Join(os.TempDir(), runFolder+"*"))
	if err != nil {
		return err
	}
	var errs []error
	for _, dir := range folders {
		if isLeftover(dir) {
			errs = append(errs, clearLeftover(e, dir))
		}
	}
	return errors.Join(errs...)
}

// isLeftover tells whether a folder is the user's own and old enough.
func isLeftover(dir string) bool {
	info, err := os.Lstat(dir)
	if err != nil || !info.IsDir() || time.Since(info.ModTime()) < leftoverAge {
		return false
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(stat.Uid) == os.Geteuid()
}

// clearLeftover opens the machine that the folder was for, which ends and removes
// whatever is left of it.
func clearLeftover(e *env, dir string) error {
	machine, err := evm.Open(evm.Config{Dir: filepath.Join(dir, "evm"), Init: e.init})
	if fallow.CodeOf(err) == fallow.CodeConflict {
		return nil // it goes on
	}
	if err == nil {
		err = machine.Close()
	}
	if err := errors.Join(err, os.RemoveAll(dir)); err != nil {
		return fmt.Errorf("clear away the run in %q, which was killed: %w", dir, err)
	}
	return nil
}
