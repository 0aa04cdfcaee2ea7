package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// process is a program of the grid that can be killed and started again.
type process struct {
	grid    *grid
	name    string
	account *syscall.Credential // whom it runs as; nil: who runs the test
	args    []string
	cmd     *exec.Cmd
	done    chan struct{}
}

// start starts a program; the test's end ends it.
func (g *grid) start(name string, account *syscall.Credential, program string, args ...string) *process {
	g.t.Helper()
	p := &process{grid: g, name: name, account: account, args: append([]string{program}, args...)}
	p.begin()
	g.t.Cleanup(p.end)
	return p
}

// begin starts the process, also again.
func (p *process) begin() {
	p.grid.t.Helper()
	log, err := os.OpenFile(p.logPath(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	p.grid.must(err)
	defer log.Close()
	p.cmd = exec.Command(p.args[0], p.args[1:]...)
	p.cmd.Env = p.grid.environment()
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Credential: p.account}
	p.cmd.Stdout, p.cmd.Stderr = log, log
	p.grid.must(p.cmd.Start())
	cmd, done := p.cmd, make(chan struct{})
	p.done = done
	go func() {
		defer close(done)
		_ = cmd.Wait() // how it ended is not the question
	}()
}

// stop ends the process and waits for its end.
func (p *process) stop(signal os.Signal) {
	_ = p.cmd.Process.Signal(signal) // it may have ended by itself
	select {
	case <-p.done:
	case <-time.After(patience):
		p.grid.t.Errorf("%s does not end on %s", p.name, signal)
		_ = p.cmd.Process.Kill()
		<-p.done
	}
}

// end stops the process when its test has ended, and shows its log if that failed.
func (p *process) end() {
	p.stop(syscall.SIGTERM)
	if p.grid.t.Failed() {
		log := p.log()
		p.grid.t.Logf("log of %s:\n%s", p.name, log[max(0, len(log)-4000):])
	}
}

func (p *process) logPath() string { return filepath.Join(p.grid.dir, p.name+".log") }

// log gives what the process has printed so far.
func (p *process) log() string {
	log, _ := os.ReadFile(p.logPath())
	return string(log)
}
