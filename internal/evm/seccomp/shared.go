package seccomp

import "golang.org/x/sys/unix"

// sharedRules keep off what no namespace divides: a program would take it from the
// desktop's owner. Asynchronous I/O (fs.aio-max-nr for the whole machine) is not on
// any list, so that it fails with ENOSYS.
var sharedRules = []call{
	// A lease on a file makes whoever opens it wait for its holder (fcntl(2)), and
	// F_NOTIFY tells who uses a directory of the host.
	{unix.SYS_FCNTL, rule{
		{when: []test{{1, whole, unix.F_SETLEASE}}, verdict: refuse},
		{when: []test{{1, whole, unix.F_NOTIFY}}, verdict: refuse},
		{verdict: allow},
	}},
}

// uncounted are the calls that make kernel memory which only a control group counts.
// All of System V shared memory can be counted, its queues and semaphores can't.
var uncounted = []uint32{unix.SYS_MSGGET, unix.SYS_SEMGET}
