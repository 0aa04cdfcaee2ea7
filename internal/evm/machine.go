package evm

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"

	"golang.org/x/sys/unix"

	"fallow"
	"fallow/internal/evm/cgroup"
)

// Machine runs sandboxes. It is safe for use by many goroutines.
type Machine struct {
	config  Config
	root    bool   // the agent is root: sandboxes run as another user
	init    string // path of fallow-init
	lock    *os.File
	starter *starter
	groups  *cgroup.Manager
	serial  atomic.Int64 // of runs

	mu     sync.Mutex
	runs   map[string]*Run
	closed bool
	ahead  *vacant        // made for the next run; nil without one
	ending sync.WaitGroup // one for each run, until nothing is left of it
	aheads sync.WaitGroup // one for each sandbox being made ahead
}

// Open makes the machine ready: it takes the directory for itself, lays out
// fallow-init, and ends and removes whatever an earlier process left behind.
//
// It fails with [fallow.CodeConflict] if another process holds the directory, and
// with [fallow.CodeUnsupported] if this kernel can't run sandboxes.
func Open(c Config) (*Machine, error) {
	if c.Dir == "" {
		return nil, fallow.Errorf(fallow.CodeInvalid, "the virtual machine has no directory")
	}
	dir, err := filepath.Abs(c.Dir)
	if err != nil {
		return nil, fmt.Errorf("find the virtual machine's directory %q: %w", c.Dir, err)
	}
	c.Dir = dir
	fill(&c.HostUID, DefaultHostUID)
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	m := &Machine{config: c, root: os.Geteuid() == 0, runs: map[string]*Run{}}
	if err := m.open(); err != nil {
		return nil, errors.Join(err, m.release())
	}
	return m, nil
}

func (m *Machine) open() error {
	if err := os.MkdirAll(m.config.Dir, 0o700); err != nil {
		return fmt.Errorf("make the virtual machine's directory: %w", err)
	}
	if err := m.lockDir(); err != nil {
		return err
	}
	if err := m.layInit(); err != nil {
		return err
	}
	m.starter = newStarter()
	if m.root {
		if err := m.starter.takeGroup(m.config.HostUID); err != nil {
			return err
		}
	}
	if err := m.openGroups(); err != nil {
		return err
	}
	if m.config.Ahead {
		m.aheads.Go(m.makeAhead)
	}
	return nil
}

// lockDir keeps a second process from sweeping away what this one runs.
func (m *Machine) lockDir() error {
	path := filepath.Join(m.config.Dir, "lock")
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("open the virtual machine's lock: %w", err)
	}
	m.lock = file
	if err := unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		return fallow.Errorf(fallow.CodeConflict, "another agent runs in %q: %w", m.config.Dir, err).
			WithHint("stop it, or give this one a directory of its own")
	}
	return nil
}

// Describe says in one line each by what means limits, pauses and kills are done on
// this machine.
func (m *Machine) Describe() []string { return m.groups.Describe() }

// Close ends every run and waits until nothing is left of them.
func (m *Machine) Close() error {
	m.mu.Lock()
	m.closed = true
	for _, run := range m.runs {
		run.Kill("the agent shuts down")
	}
	m.mu.Unlock()
	m.ending.Wait()
	m.aheads.Wait()
	return errors.Join(m.discardAhead(), m.release())
}

// release gives back what Open took.
func (m *Machine) release() error {
	var errs []error
	if m.starter != nil {
		m.starter.close()
	}
	if m.groups != nil {
		errs = append(errs, m.groups.Close())
	}
	if m.lock != nil {
		errs = append(errs, m.lock.Close())
	}
	return errors.Join(errs...)
}

// enter registers a run under its name.
func (m *Machine) enter(r *Run) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return fallow.Errorf(fallow.CodeUnavailable, "run %s: the virtual machine is closed", r.spec.Name)
	}
	if m.runs[r.spec.Name] != nil {
		return fallow.Errorf(fallow.CodeConflict, "run %s: a run of this name is going on", r.spec.Name)
	}
	m.runs[r.spec.Name] = r
	m.ending.Add(1)
	return nil
}

func (m *Machine) leave(r *Run) {
	m.mu.Lock()
	delete(m.runs, r.spec.Name)
	m.mu.Unlock()
	m.ending.Done()
}
