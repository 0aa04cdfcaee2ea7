package initproc

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"

	"fallow/internal/evm/internal/portal"
)

// PortalFD is the file descriptor on which the controller hands PID 1 the portal.
// Descriptors 1 and 2 are the program's standard output and error.
const PortalFD = 3

// The exit codes of PID 1 itself, for the controller's eyes only.
const (
	exitDone   = 0
	exitBroken = 70 // no sandbox could be built; the portal says why
	exitLost   = 71 // the controller is gone or silent
)

// Main is PID 1. It must be called on the thread-group leader, locked to it:
// Landlock's signal scope protects only threads outside its domain, and the
// launcher must be another thread.
func Main() {
	line := newLifeline(PortalFD)
	if err := live(line); err != nil {
		line.send(portal.KindFailed, failureOf(err).Encode())
		os.Exit(exitBroken)
	}
	os.Exit(exitDone)
}

// live goes through the life of a sandbox: build, launch, reap. What is the same in
// every sandbox is done before the setup comes, which may be a long time after.
func live(line *lifeline) error {
	if err := closeOnExec(); err != nil {
		return err
	}
	if err := furnish(); err != nil {
		return err
	}
	setup, err := line.setup()
	if err != nil {
		return err
	}
	box := &sandbox{setup: setup}
	if err := box.build(); err != nil {
		return err
	}
	pid, err := box.launch()
	if err != nil {
		return err
	}
	line.send(portal.KindReady, portal.Ready{Notes: box.notes}.Encode())
	go line.hold(box.census, setup.Silence)
	if err := box.count(line); err != nil {
		return err
	}
	line.send(portal.KindExited, reap(pid).Encode())
	return nil
}

// count starts what PID 1 counts for as long as it lives. Without /proc, which a note
// has told of, it can't.
func (s *sandbox) count(line *lifeline) error {
	if s.census.proc < 0 {
		return nil
	}
	if s.setup.Census > 0 {
		go s.census.repeat(line, s.setup.Census)
	}
	files, err := s.newUnlinked()
	if err != nil {
		return fmt.Errorf("count files without names: %w", err)
	}
	go files.repeat(line)
	return nil
}

// closeOnExec keeps whatever the controller left open out of the program
// (the defect behind CVE-2024-21626).
func closeOnExec() error {
	return unix.CloseRange(PortalFD, ^uint(0), unix.CLOSE_RANGE_CLOEXEC)
}
