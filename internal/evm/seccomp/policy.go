package seccomp

import (
	"runtime"

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
	// CountMemory answers ENOSYS to calls that take kernel memory which nobody can
	// count. It is for nodes without a memory controller, where PID 1 counts.
	CountMemory bool
}

// Program makes the filter of a policy for this machine's architecture. It fails
// with [fallow.CodeUnsupported] on an architecture that it doesn't know.
func Program(p Policy) ([]unix.SockFilter, error) {
	if nativeArch == 0 {
		return nil, fallow.Errorf(fallow.CodeUnsupported,
			"no system call filter for architecture %q", runtime.GOARCH).
			WithHint("run the agent on an amd64 or arm64 machine")
	}
	return assemble(p.table()), nil
}

// table makes the rule of every call that has another fate than ENOSYS.
func (p Policy) table() *table {
	t := new(table)
	t.groups(allowed, always)
	t.groups(refused, never)
	t.calls(argumentRules)
	t.calls(processRules)
	t.calls(sharedRules)
	t.calls(setIDRules)
	t.calls(setIDArchRules)
	if p.AllowJIT {
		t.calls(jitRules)
	} else {
		t.calls(strictRules)
	}
	if p.KeepSession {
		t[unix.SYS_SETSID] = never
	} else {
		t[unix.SYS_SETSID] = always
	}
	if p.CountMemory {
		t.groups([][]uint32{uncounted}, unnamed)
	}
	return t
}

func (t *table) groups(groups [][]uint32, r rule) {
	for _, numbers := range groups {
		for _, number := range numbers {
			t[number] = r
		}
	}
}

func (t *table) calls(calls []call) {
	for _, c := range calls {
		t[c.number] = c.rule
	}
}
