package initproc

import (
	"errors"
	"fmt"

	landlock "github.com/landlock-lsm/go-landlock/landlock/syscall"
	"golang.org/x/sys/unix"
)

// The rights over files that each version (ABI) of Landlock knows, landlock(7).
const (
	readRights  = landlock.AccessFSReadFile | landlock.AccessFSReadDir
	writeRights = landlock.AccessFSWriteFile | landlock.AccessFSRemoveDir | landlock.AccessFSRemoveFile |
		landlock.AccessFSMakeDir | landlock.AccessFSMakeReg | landlock.AccessFSMakeSock |
		landlock.AccessFSMakeFifo | landlock.AccessFSMakeSym
	specialRights = landlock.AccessFSMakeChar | landlock.AccessFSMakeBlock // granted nowhere
)

// fileRights lists what a version can deny, and of that what writable places get.
func fileRights(abi int) (handled, write uint64) {
	write = writeRights
	if abi >= 2 {
		write |= landlock.AccessFSRefer
	}
	if abi >= 3 {
		write |= landlock.AccessFSTruncate
	}
	handled = readRights | write | specialRights | landlock.AccessFSExecute
	if abi >= 5 {
		handled |= landlock.AccessFSIoctlDev
	}
	return handled, write
}

// The versions that brought what the sandbox uses.
const (
	abiScope = 6 // signals and abstract sockets (Linux 6.12)
)

// restrictFiles puts the calling thread, and the program that it starts, into a
// Landlock domain: execute only what the bundle and the system directories hold,
// write only where data belongs, signal nobody outside. It repeats what the mounts
// already say, by another mechanism.
func (s *sandbox) restrictFiles() error {
	abi, err := landlock.LandlockGetABIVersion()
	if err != nil {
		s.note("the kernel has no Landlock: mounts and seccomp alone guard the files (%v)", err)
		return nil
	}
	handled, write := fileRights(abi)
	attr := landlock.RulesetAttr{HandledAccessFS: handled}
	if abi >= abiScope {
		attr.Scoped = landlock.ScopeAbstractUnixSocket | landlock.ScopeSignal
	} else {
		s.note("Landlock of this kernel (version %d, %d needed) does not shield PID 1 from signals: a program can end its own sandbox", abi, abiScope)
	}
	ruleset, err := landlock.LandlockCreateRuleset(&attr, 0)
	if err != nil {
		return fmt.Errorf("make a Landlock ruleset: %w", err)
	}
	defer unix.Close(ruleset)
	if err := s.allowPaths(ruleset, write); err != nil {
		return err
	}
	if err := landlock.LandlockRestrictSelf(ruleset, 0); err != nil {
		return fmt.Errorf("enter the Landlock domain: %w", err)
	}
	return nil
}

func (s *sandbox) allowPaths(ruleset int, write uint64) error {
	if err := allow(ruleset, "/", readRights); err != nil {
		return err
	}
	for _, place := range s.code {
		if err := allow(ruleset, place, readRights|landlock.AccessFSExecute); err != nil {
			return err
		}
	}
	for _, place := range append(s.scratch(), "/work", "/out", "/dev") {
		if err := allow(ruleset, place, readRights|write); err != nil {
			return err
		}
	}
	return nil
}

// allow adds a rule. A file takes only the rights that files have.
func allow(ruleset int, place string, rights uint64) error {
	fd, err := unix.Open(place, unix.O_PATH|unix.O_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("open %s for Landlock: %w", place, err)
	}
	defer unix.Close(fd)
	rule := landlock.PathBeneathAttr{AllowedAccess: rights, ParentFd: fd}
	err = landlock.LandlockAddPathBeneathRule(ruleset, &rule, 0)
	if errors.Is(err, unix.EINVAL) { // not a directory
		rule.AllowedAccess &= landlock.AccessFSReadFile | landlock.AccessFSExecute
		err = landlock.LandlockAddPathBeneathRule(ruleset, &rule, 0)
	}
	if err != nil {
		return fmt.Errorf("allow %s in Landlock: %w", place, err)
	}
	return nil
}
