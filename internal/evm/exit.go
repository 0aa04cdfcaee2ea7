package evm

import (
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"fallow"
)

// Exit is how a run ended.
type Exit struct {
	Code   int           // the program's exit code; -1 if it had none
	Signal string        // what ended the program: "SIGSEGV"; "" without one
	Limit  string        // the limit that was hit, of LimitMemory and so on; "" without one
	Killed string        // the reason given to Kill; "" if it ended otherwise
	Broken bool          // the sandbox was ended, or made useless, from within while the program ran
	Reason string        // all of it in words
	Usage  fallow.Usage  // what it used
	Wall   time.Duration // from start to end, pauses included
	Paused time.Duration // of that, the pauses
	Tail   string        // the end of its standard output and error, at most fallow.MaxLogTail
	Notes  []string      // protections that this machine lacked, in words
	Output error         // why some of the output was lost; nil if all was kept
}

// conclude puts together what is known at the end. err is how PID 1 itself ended.
func (r *Run) conclude(err error, wall time.Duration) Exit {
	r.mu.Lock()
	defer r.mu.Unlock()
	e := Exit{
		Code:   -1,
		Wall:   wall,
		Paused: r.pauses.total(time.Now()),
		Tail:   r.output.tail.String(),
		Notes:  r.notes,
		Output: r.output.err,
	}
	r.addUsage(&e)
	switch {
	case r.exited != nil:
		r.addStatus(&e, syscall.WaitStatus(r.exited.Status))
	default:
		e.Signal, e.Reason = ownEnd(err)
		e.Broken = r.ran
	}
	if r.verdict.reason != "" {
		r.addVerdict(&e)
	}
	return e
}

// addStatus says how the program ended by itself.
func (r *Run) addStatus(e *Exit, status syscall.WaitStatus) {
	if !status.Signaled() {
		e.Code = status.ExitStatus()
		e.Reason = fmt.Sprintf("it ended with exit code %d", e.Code)
		return
	}
	e.Signal = unix.SignalName(status.Signal())
	e.Reason = fmt.Sprintf("it was ended by %s (%s)", e.Signal, meaning(status.Signal()))
	if status.Signal() == unix.SIGXFSZ {
		e.Limit = LimitFileSize
		e.Reason = fmt.Sprintf("it wrote more than %v to one file", r.spec.Limits.FileSize)
	}
}

// addVerdict says who ended the program and why, which explains any signal.
func (r *Run) addVerdict(e *Exit) {
	e.Limit, e.Signal, e.Reason = r.verdict.limit, "", r.verdict.reason
	e.Broken = r.verdict.broken
	if e.Limit == "" && !e.Broken {
		e.Killed = r.verdict.reason
	}
}

// meaning says what usually sends a signal.
func meaning(s syscall.Signal) string {
	switch s {
	case unix.SIGSEGV:
		return "it used memory that isn't its own"
	case unix.SIGBUS:
		return "it used a part of a mapped file that isn't there, or a misaligned address"
	case unix.SIGILL:
		return "it holds an instruction that this processor doesn't know"
	case unix.SIGFPE:
		return "an integer was divided by zero or overflowed"
	case unix.SIGABRT:
		return "it gave up by itself, as after a failed assertion"
	case unix.SIGSYS:
		return "it made a system call of another architecture"
	case unix.SIGKILL:
		return "it was killed, by itself or by the kernel"
	case unix.SIGTRAP:
		return "it hit a breakpoint"
	}
	return s.String()
}

// ownEnd explains an end of PID 1 that it could not tell itself.
func ownEnd(err error) (signal, reason string) {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		if status, ok := exit.Sys().(syscall.WaitStatus); ok && status.Signaled() {
			name := unix.SignalName(status.Signal())
			return name, fmt.Sprintf("its sandbox was ended by %s", name)
		}
	}
	return "", fmt.Sprintf("its sandbox was ended from within: %v", err)
}

// addUsage takes the better of what the kernel's control groups and PID 1 count.
func (r *Run) addUsage(e *Exit) {
	use, err := r.measureDisk()
	if err == nil {
		r.peak.disk.size = max(r.peak.disk.size, use.size)
	}
	e.Usage = fallow.Usage{Memory: fallow.Size(r.peak.memory), Disk: r.peak.disk.size, Procs: int(r.peak.tasks)}
	if r.exited != nil {
		e.Usage.CPU = r.exited.CPU
		e.Usage.Memory = max(e.Usage.Memory, fallow.Size(r.exited.Memory))
	}
	r.addGroupUsage(&e.Usage)
	if v, over := r.overDisk(use); over && r.verdict.reason == "" {
		r.verdict = v
	}
}

func (r *Run) addGroupUsage(u *fallow.Usage) {
	group, err := r.group.Usage()
	if err != nil {
		return
	}
	u.CPU = max(u.CPU, group.CPU)
	if group.Memory > 0 {
		u.Memory = group.Memory
	}
	u.Procs = max(u.Procs, group.Procs-1) // without PID 1's one at least
	if v, over := r.overGroup(group); over && r.verdict.reason == "" {
		r.verdict = v
	}
}

// lastLines gives the end of the output for a report in words.
func lastLines(tail string) string {
	const lines = 3
	all := strings.Split(strings.TrimSpace(tail), "\n")
	return strings.Join(all[max(len(all)-lines, 0):], "\n")
}
