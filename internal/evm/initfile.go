package evm

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"

	"fallow"
	"fallow/internal/evm/initbin"
)

// layInit makes sure that PID 1's program lies in the machine's directory with the
// content that this agent was built with, whatever lay there before.
func (m *Machine) layInit() error {
	if m.config.Init != "" {
		return m.useInit(m.config.Init)
	}
	content, err := initbin.Program()
	if err != nil {
		return err
	}
	m.init = filepath.Join(m.config.Dir, initbin.Name)
	present, err := os.ReadFile(m.init)
	if err == nil && bytes.Equal(present, content) {
		return os.Chmod(m.init, 0o500)
	}
	return writeProgram(m.init, content)
}

func (m *Machine) useInit(path string) error {
	abs, err := filepath.Abs(path)
	if err != nil {
		return fmt.Errorf("find %s at %q: %w", initbin.Name, path, err)
	}
	info, err := os.Stat(abs)
	if err != nil {
		return fmt.Errorf("find %s: %w", initbin.Name, err)
	}
	if !info.Mode().IsRegular() || info.Mode()&0o111 == 0 {
		return fallow.Errorf(fallow.CodeInvalid, "%s at %q is not an executable file", initbin.Name, abs)
	}
	m.init = abs
	return nil
}

// writeProgram replaces a program in one step, so that one that runs stays whole.
func writeProgram(path string, content []byte) error {
	next := path + ".next"
	if err := os.RemoveAll(next); err != nil {
		return fmt.Errorf("clear the way for %s: %w", initbin.Name, err)
	}
	if err := os.WriteFile(next, content, 0o500); err != nil {
		return fmt.Errorf("write %s: %w", initbin.Name, err)
	}
	if err := os.Rename(next, path); err != nil {
		return fmt.Errorf("put %s in place: %w", initbin.Name, err)
	}
	return nil
}
