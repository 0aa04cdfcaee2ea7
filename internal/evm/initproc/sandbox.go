package initproc

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"

	"fallow/internal/evm/internal/portal"
)

// hostname is the name that every sandbox has.
const hostname = "evm"

// sandbox is one sandbox while PID 1 builds it.
type sandbox struct {
	setup  *portal.Setup
	view   view
	census census
	code   []string // places of the view that hold executable files
	oom    *os.File // of PID 1's own oom_score_adj
	notes  []string
}

// note records a protection that this kernel lacks.
func (s *sandbox) note(format string, args ...any) {
	s.notes = append(s.notes, fmt.Sprintf(format, args...))
}

// build makes the namespaces into a sandbox. What must be read as the user who
// owns the host's files comes before PID 1 takes the sandbox's user.
func (s *sandbox) build() error {
	if err := s.offerToOOM(); err != nil {
		return err
	}
	s.lowestAutogroup()
	sources, err := s.sources()
	if err != nil {
		return err
	}
	if err := s.becomeUser(); err != nil {
		return err
	}
	if err := s.protectSelf(); err != nil {
		return err
	}
	s.limitStocks()
	if err := s.buildView(sources); err != nil {
		return err
	}
	return s.setLimits()
}

// furnish makes what every sandbox has: a host name and a loopback interface.
func furnish() error {
	if err := unix.Sethostname([]byte(hostname)); err != nil {
		return fmt.Errorf("set the host name %q: %w", hostname, err)
	}
	return raiseLoopback()
}
