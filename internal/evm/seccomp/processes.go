package seccomp

import "golang.org/x/sys/unix"

// firstProcess is PID 1 of the sandbox as its programs see it. It has the programs'
// user, for a sandbox has no other, so that the kernel takes it for one of theirs.
const firstProcess = 1

// processRules keep a program's hands off PID 1: a limit on memory, open files or
// processor time set from within would end it or make it blind.
var processRules = []call{
	{unix.SYS_PRLIMIT64, rule{
		{when: []test{{0, whole, 0}}, verdict: allow}, // the caller itself
		{verdict: refuse},
	}},
	// Threads are scheduled by number, their own and each other's.
	{unix.SYS_SCHED_SETAFFINITY, except(0, firstProcess)},
	{unix.SYS_SCHED_SETATTR, except(0, firstProcess)},
	{unix.SYS_SCHED_SETPARAM, except(0, firstProcess)},
	{unix.SYS_SCHED_SETSCHEDULER, except(0, firstProcess)},
	{unix.SYS_SETPRIORITY, rule{
		{when: []test{{0, whole, unix.PRIO_USER}}, verdict: refuse},
		{when: []test{{1, whole, firstProcess}}, verdict: refuse},
		{verdict: allow},
	}},
}

// except allows a call unless an argument has a value.
func except(arg int, value uint32) rule {
	return rule{
		{when: []test{{arg, whole, value}}, verdict: refuse},
		{verdict: allow},
	}
}
