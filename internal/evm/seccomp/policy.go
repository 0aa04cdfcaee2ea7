package seccomp

import (
	"runtime"
	"slices"

	"fallow"

	"golang.org/x/sys/unix"
)

// Policy is what may differ between the filters of two jobs. Its zero value is the
// strict one.
type Policy struct {
	// AllowJIT lets the job make code in memory: for the JVM and its like
	// ([fallow.ProfileJIT]). Without it no memory is ever both writable and
	// executable, nor becomes executable after it was written.
	AllowJIT bool
	// KeepSession refuses setsid. It is for nodes without a cpu controller, where
	// the low priority rests on the session's autogroup (sched(7)): a new session
	// would come with an autogroup of normal priority.
	KeepSession bool
}

// Program makes the filter of a policy for this machine's architecture. It fails
// with [fallow.CodeUnsupported] on an architecture that it doesn't know.
func Program(p Policy) ([]unix.SockFilter, error) {
	if nativeArch == 0 {
		return nil, fallow.Errorf(fallow.CodeUnsupported,
			"no system call filter for architecture %q", runtime.GOARCH).
			WithHint("run the agent on an amd64 or arm64 machine")
	}
	return assemble(p.calls()), nil
}

// calls lists every call that has another fate than ENOSYS.
func (p Policy) calls() []call {
	calls := make([]call, 0, maxCalls)
	for _, number := range slices.Concat(allowed, archAllowed) {
		calls = append(calls, call{number, rule{{verdict: allow}}})
	}
	for _, number := range slices.Concat(refused, archRefused) {
		calls = append(calls, call{number, rule{{verdict: refuse}}})
	}
	calls = append(calls, argumentRules...)
	if p.AllowJIT {
		calls = append(calls, jitRules...)
	} else {
		calls = append(calls, strictRules...)
	}
	if p.KeepSession {
		return append(calls, call{unix.SYS_SETSID, rule{{verdict: refuse}}})
	}
	return append(calls, call{unix.SYS_SETSID, rule{{verdict: allow}}})
}
