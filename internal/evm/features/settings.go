package features

import (
	"fmt"
	"strings"
)

func memfdNoexec() Feature {
	f := Feature{
		Status: OK, Detail: "the kernel can refuse to run files in memory",
		Fallback: "the system call filter denies files in memory altogether, as it always does",
		Advice:   "Upgrade to Linux 6.3 or later.",
	}
	if _, err := setting("/proc/sys/vm/memfd_noexec"); err != nil {
		f.Status, f.Detail = Degraded, err.Error()
	}
	return f
}

// autogroup tells whether sessions share the processor rather than processes
// (sched(7)). Then nice counts within a session only, and the EVM has to lower its
// sessions.
func autogroup() Feature {
	value, err := setting("/proc/sys/kernel/sched_autogroup_enabled")
	switch {
	case absent(err):
		return Feature{Status: OK, Detail: "not in this kernel: nice works by itself"}
	case err != nil:
		return Feature{Status: Degraded, Detail: err.Error(),
			Fallback: "SCHED_IDLE alone", Advice: "Let the agent read /proc/sys/kernel."}
	case value == "0":
		return Feature{Status: OK, Detail: "switched off: nice works by itself"}
	}
	return Feature{Status: OK, Detail: "on: sandboxes lower their session's autogroup"}
}

func pressure() Feature {
	f := Feature{
		Status: OK, Detail: "the kernel tells when programs wait for processor, memory or disk",
		Fallback: "load is told from processor time and free memory, which notices a busy desktop later",
		Advice:   "Use a kernel with CONFIG_PSI and boot with psi=1.",
	}
	if _, err := setting("/proc/pressure/cpu"); err != nil {
		f.Status, f.Detail = Missing, err.Error()
	}
	return f
}

func swap() Feature {
	f := Feature{
		Fallback: "paused jobs stay in memory",
		Advice:   "Add swap if paused jobs should make room for the desktop.",
	}
	text, err := setting("/proc/swaps")
	switch areas := strings.Count(text, "\n"); {
	case err != nil:
		f.Status, f.Detail = Missing, err.Error()
	case areas == 0:
		f.Status, f.Detail = Missing, "there is no swap"
	default:
		f.Status, f.Detail = OK, fmt.Sprintf("%d swap areas", areas)
	}
	return f
}

// corePattern looks where memory images of crashed programs go. Through a pipe they
// go to a program outside of the sandbox, however small RLIMIT_CORE is (core(5)).
func corePattern() Feature {
	f := Feature{
		Status:   OK,
		Fallback: "the desktop's crash reporter sees crashes of jobs",
		Advice:   "Set kernel.core_pattern to a file name, or tell the crash reporter to skip the agent's jobs.",
	}
	pattern, err := setting("/proc/sys/kernel/core_pattern")
	f.Detail = fmt.Sprintf("core_pattern is %q", pattern)
	switch {
	case err != nil:
		f.Status, f.Detail = Degraded, err.Error()
	case strings.HasPrefix(pattern, "|"), strings.HasPrefix(pattern, "@"):
		f.Status = Degraded
	}
	return f
}
