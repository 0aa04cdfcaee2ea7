package evm

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// pair is a channel between the controller and a sandbox.
type pair struct{ ours, theirs *os.File }

// pipes are all that connects a sandbox with the outside. The program gets pipes
// and never a file of the host: a writable file could be mapped as code.
type pipes struct{ portal, stdout, stderr pair }

func openPipes() (*pipes, error) {
	p := &pipes{}
	err := p.open()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open the pipes of a sandbox: %w", err), p.closeTheirs(), p.closeOurs())
	}
	return p, nil
}

func (p *pipes) open() error {
	var err error
	if p.stdout.ours, p.stdout.theirs, err = os.Pipe(); err != nil {
		return err
	}
	if p.stderr.ours, p.stderr.theirs, err = os.Pipe(); err != nil {
		return err
	}
	// The sandbox's user is another than ours, and programs open /dev/stderr by name.
	if err := errors.Join(p.stdout.theirs.Chmod(0o666), p.stderr.theirs.Chmod(0o666)); err != nil {
		return err
	}
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	if err := unix.SetNonblock(fds[0], true); err != nil { // for the runtime's poller
		return err
	}
	p.portal.ours = os.NewFile(uintptr(fds[0]), "portal")
	p.portal.theirs = os.NewFile(uintptr(fds[1]), "portal of the sandbox")
	return nil
}

// closeTheirs gives up the sandbox's ends, so that their closing there is seen here.
func (p *pipes) closeTheirs() error {
	return closeFiles(p.portal.theirs, p.stdout.theirs, p.stderr.theirs)
}

func (p *pipes) closeOurs() error {
	return closeFiles(p.portal.ours, p.stdout.ours, p.stderr.ours)
}

func closeFiles(files ...*os.File) error {
	var errs []error
	for _, file := range files {
		if file != nil {
			errs = append(errs, file.Close())
		}
	}
	return errors.Join(errs...)
}
