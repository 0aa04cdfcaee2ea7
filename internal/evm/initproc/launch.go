package initproc

import (
	"errors"
	"fmt"
	"path"
	"runtime"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"fallow/internal/evm/seccomp"
)

// launch starts the program from the launcher thread and returns its process ID.
// The thread ends with this call: it has no rights left to do anything else.
func (s *sandbox) launch() (int, error) {
	type result struct {
		pid int
		err error
	}
	done := make(chan result)
	go func() {
		runtime.LockOSThread() // never unlocked: the runtime ends the thread
		pid, err := s.launchHere()
		done <- result{pid, err}
	}()
	r := <-done
	if r.err != nil {
		return 0, r.err
	}
	s.withholdFromOOM()
	return r.pid, nil
}

func (s *sandbox) launchHere() (int, error) {
	if err := s.restrictThread(); err != nil {
		return 0, err
	}
	program, err := lookPath(s.setup.Argv[0], s.setup.Env)
	if err != nil {
		return 0, programError{err}
	}
	null, err := unix.Open("/dev/null", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return 0, fmt.Errorf("open the standard input: %w", err)
	}
	pid, err := syscall.ForkExec(program, s.setup.Argv, &syscall.ProcAttr{
		Env:   s.setup.Env,
		Files: []uintptr{uintptr(null), 1, 2},
		Sys:   &syscall.SysProcAttr{Setpgid: true},
	})
	unix.Close(null)
	if err != nil {
		return 0, programError{fmt.Errorf("start %q: %w", program, explainExec(err))}
	}
	return pid, nil
}

// explainExec adds what the bare error doesn't say.
func explainExec(err error) error {
	switch {
	case errors.Is(err, unix.ENOENT):
		return fmt.Errorf("%w (the file, or the interpreter or loader that it names, is not in the bundle)", err)
	case errors.Is(err, unix.EACCES):
		return fmt.Errorf("%w (only files of the bundle marked executable can be started)", err)
	case errors.Is(err, unix.ENOEXEC):
		return fmt.Errorf("%w (neither a program for this machine nor a script with an interpreter line)", err)
	}
	return err
}

// restrictThread gives up every right of the calling thread, in the order in which
// each step is still allowed.
func (s *sandbox) restrictThread() error {
	// PID 1 was cloned into its control group, so that a namespace made by the same
	// clone would begin at the controller's: one made now hides the host's tree.
	if err := unix.Unshare(unix.CLONE_NEWCGROUP); err != nil {
		return fmt.Errorf("make a control group namespace: %w", err)
	}
	if err := lowestPriority(); err != nil {
		return err
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("set no_new_privs: %w", err)
	}
	if err := s.restrictFiles(); err != nil {
		return err
	}
	if err := dropCapabilities(); err != nil {
		return err
	}
	filter, err := seccomp.Program(seccomp.Policy{
		AllowJIT: !s.setup.Strict, KeepSession: s.setup.KeepSession, CountMemory: s.setup.CountMemory,
	})
	if err != nil {
		return err
	}
	return seccomp.Install(filter)
}

// lookPath finds a command as a shell would, in the sandbox and by the program's
// own PATH.
func lookPath(name string, env []string) (string, error) {
	if strings.Contains(name, "/") {
		return name, nil
	}
	search := ""
	for _, variable := range env {
		if value, ok := strings.CutPrefix(variable, "PATH="); ok {
			search = value
		}
	}
	for dir := range strings.SplitSeq(search, ":") {
		candidate := path.Join("/", dir, name)
		if isProgram(candidate) {
			return candidate, nil
		}
	}
	return "", fmt.Errorf("command %q is in none of the directories of PATH (%s)", name, search)
}

func isProgram(file string) bool {
	var stat unix.Stat_t
	return unix.Stat(file, &stat) == nil && stat.Mode&unix.S_IFMT == unix.S_IFREG && stat.Mode&0o111 != 0
}
