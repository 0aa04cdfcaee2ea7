package evm

import (
	"errors"
	"os"
	"os/exec"
	"sync"
	"time"

	"fallow"
	"fallow/internal/evm/cgroup"
	"fallow/internal/evm/internal/portal"
)

// Run is a program in its sandbox. Its methods may be called by many goroutines.
type Run struct {
	machine *Machine
	spec    Spec
	group   *cgroup.Group
	pipes   *pipes
	process *os.Process // PID 1 as the host sees it
	output  output
	started time.Time
	free    fallow.Size // of the disk when the run began
	freezer bool        // pauses are the control group's work
	notes   []string

	ready chan error    // one value: whether the program runs
	ended chan struct{} // closed when PID 1 is gone
	done  chan struct{} // closed when exit is set and nothing is left

	pausing sync.Mutex // held while a pause or resumption goes on
	word    chan portal.Kind

	mu       sync.Mutex
	verdict  verdict
	ran      bool           // PID 1 started the program
	failed   bool           // PID 1 could not start the program
	exited   *portal.Exited // nil while the program runs
	peak     peak
	memory   fallow.Size // by the last census
	unlinked diskUse     // of files without names, by PID 1's last word
	pauses   pauses
	exit     Exit
}

// verdict is why a run was ended from outside. The first one counts.
type verdict struct {
	limit  string // the limit that was hit, or ""
	reason string
	broken bool // the sandbox could not be relied on any more
}

// peak is the most that a look at the run has found.
type peak struct {
	disk   diskUse
	memory int64
	tasks  int64
}

// Wait waits until the program has ended and nothing of the sandbox is left, and
// tells how it went.
func (r *Run) Wait() Exit {
	<-r.done
	return r.exit
}

// Done is closed when [Run.Wait] returns at once.
func (r *Run) Done() <-chan struct{} { return r.done }

// Notes says which protections this machine lacks, in words.
func (r *Run) Notes() []string { return r.notes }

// Kill ends every process of the run, paused or not. The reason appears in the
// [Exit]; a run that has ended or been killed before keeps its own. Kill doesn't
// wait.
func (r *Run) Kill(reason string) { r.end(verdict{reason: reason}) }

// end kills the run for a reason. SIGKILL reaches PID 1 even while it is frozen, by
// version 2's freezer or by SIGSTOP, and its end is that of all others.
func (r *Run) end(v verdict) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.verdict.reason != "" || r.exited != nil || r.failed {
		return
	}
	r.verdict = v
	if r.process != nil {
		r.process.Kill() // fails only when it has ended already
	}
}

// reap waits for PID 1, collects what is left to know, and tidies up.
func (r *Run) reap(cmd *exec.Cmd, reading *sync.WaitGroup) {
	defer close(r.done)
	defer r.machine.leave(r)
	err := cmd.Wait()
	wall := time.Since(r.started)
	close(r.ended)
	reading.Wait()
	r.exit = r.conclude(err, wall)
	if err := r.tidy(); err != nil {
		r.machine.config.Logger.Error("tidy up after a run", "run", r.spec.Name, "error", err)
	}
}

// tidy removes what the run had of the host.
func (r *Run) tidy() error {
	r.pausing.Lock()
	defer r.pausing.Unlock()
	err := r.pipes.closeOurs()
	return errors.Join(err, r.group.Remove())
}
