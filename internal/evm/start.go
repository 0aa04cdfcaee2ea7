package evm

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"time"

	"fallow"
	"fallow/internal/evm/cgroup"
	"fallow/internal/evm/internal/portal"
)

// Start builds a sandbox and starts the program in it. It returns when the program
// runs; ctx bounds that time only.
//
// It fails with [fallow.CodeInvalid] if the spec is wrong, [fallow.CodeNotFound] if
// the command is not to be found or can't be executed in the sandbox, and with
// other codes if this machine could not build the sandbox; [StartOutcome] makes an
// outcome of each.
func (m *Machine) Start(ctx context.Context, s Spec) (*Run, error) {
	s = s.withDefaults()
	if err := s.check(); err != nil {
		return nil, err
	}
	r := &Run{
		machine: m,
		spec:    s,
		ready:   make(chan error, 1),
		ended:   make(chan struct{}),
		done:    make(chan struct{}),
		word:    make(chan portal.Kind, 1),
	}
	r.output.limit = int64(r.spec.Limits.Output)
	r.output.exceeded = func() { r.end(r.overOutput()) }
	if err := m.enter(r); err != nil {
		return nil, err
	}
	if err := r.prepare(); err != nil {
		if r.process == nil {
			m.leave(r)
		}
		return nil, fmt.Errorf("run %s: %w", s.Name, err)
	}
	return r, r.await(ctx)
}

// prepare makes what the sandbox needs of the host and moves into a vacant sandbox,
// whose limits are the run's from before the program is named.
func (r *Run) prepare() error {
	if err := r.machine.giveDirs(r.spec); err != nil {
		return err
	}
	v, err := r.machine.vacancy()
	if err != nil {
		return err
	}
	if err := v.group.Limit(groupLimits(r.spec.Limits)); err != nil {
		return errors.Join(err, v.discard())
	}
	r.pipes, r.group, r.freezer = v.pipes, v.group, v.freezer
	r.begin(v.cmd.Process)
	r.follow(v.cmd)
	return nil
}

// begin makes the process known, and ends it at once if the run was killed
// meanwhile.
func (r *Run) begin(process *os.Process) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.started = time.Now()
	r.process = process
	if r.verdict.reason != "" {
		process.Kill() // fails only when it has ended already
	}
}

// follow starts the goroutines that belong to the run. [Run.reap] waits for all of
// them.
func (r *Run) follow(cmd *exec.Cmd) {
	var reading sync.WaitGroup
	reading.Go(r.sendSetup)
	reading.Go(func() { r.output.copy(r.spec.Stdout, r.pipes.stdout.ours) })
	reading.Go(func() { r.output.copy(r.spec.Stderr, r.pipes.stderr.ours) })
	reading.Go(r.listen)
	reading.Go(r.watch)
	go r.reap(cmd, &reading)
}

// sendSetup tells PID 1 what to build and run. When it can't be sent PID 1 is dying, and its end tells why.
func (r *Run) sendSetup() {
	if err := portal.Write(r.pipes.portal.ours, portal.KindSetup, r.machine.setup(r.spec).Encode()); err != nil {
		r.machine.config.Logger.Debug("send the setup", "run", r.spec.Name, "error", err)
	}
}

// await waits until the program runs or can't.
func (r *Run) await(ctx context.Context) error {
	select {
	case err := <-r.ready:
		if err == nil {
			return nil
		}
		<-r.done
		return fmt.Errorf("run %s: %w", r.spec.Name, err)
	case <-ctx.Done():
		r.Kill("its start was given up")
		<-r.done
		return fmt.Errorf("run %s: wait for its start: %w", r.spec.Name, ctx.Err())
	}
}

// silence is how long PID 1 bears not to hear from the controller, and beat how
// often it hears.
const (
	silence = 60 * time.Second
	beat    = 10 * time.Second
)

// censusInterval is how often PID 1 counts where no control group does. A program
// that fills memory as fast as it can takes some hundred MiB in four times as long,
// and one that forks without end is seen at its height.
const censusInterval = 25 * time.Millisecond

func (m *Machine) setup(s Spec) *portal.Setup {
	setup := &portal.Setup{
		Strict:      s.Profile == fallow.ProfileStrict,
		KeepSession: !m.groups.Has(cgroup.CPU),
		CountMemory: !m.groups.Has(cgroup.Memory),
		SwitchUser:  m.root,
		Tree:        s.Tree,
		Systems:     s.Systems,
		In:          s.In,
		Work:        s.Work,
		Out:         s.Out,
		Scratch:     int64(s.Limits.Scratch),
		Argv:        s.Argv,
		Env:         s.Env,
		OpenFiles:   int64(s.Limits.OpenFiles),
		FileSize:    int64(s.Limits.FileSize),
		Procs:       int64(s.Limits.Procs),
		Silence:     silence,
	}
	if m.counts() {
		setup.Census = censusInterval
	}
	return setup
}

// counts tells whether PID 1 must count what no control group counts.
func (m *Machine) counts() bool {
	return !m.groups.Has(cgroup.Procs) || !m.groups.Has(cgroup.Memory)
}

// giveDirs gives the writable directories to the user that the sandbox runs as.
func (m *Machine) giveDirs(s Spec) error {
	if !m.root {
		return nil
	}
	for _, dir := range []string{s.Work, s.Out} {
		if dir == "" {
			continue
		}
		err := filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
			if err != nil {
				return err
			}
			return os.Lchown(path, m.config.HostUID, m.config.HostUID)
		})
		if err != nil {
			return fmt.Errorf("give %q to the sandbox's user: %w", dir, err)
		}
	}
	return nil
}

func explainSpawn(err error) error {
	if errors.Is(err, os.ErrPermission) {
		return fallow.Errorf(fallow.CodeUnsupported, "start a sandbox: %w", err).
			WithHint("this machine keeps users from making namespaces (user.max_user_namespaces, kernel.unprivileged_userns_clone, AppArmor); allow it or run the agent as a root service")
	}
	return fmt.Errorf("start a sandbox: %w", err)
}
