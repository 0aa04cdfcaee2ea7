package seccomp

import "golang.org/x/sys/unix"

// The verdicts of the filter.
const (
	allow       = verdict(unix.SECCOMP_RET_ALLOW)
	kill        = verdict(unix.SECCOMP_RET_KILL_PROCESS)
	refuse      = verdict(unix.SECCOMP_RET_ERRNO | uint32(unix.EPERM))
	unknown     = verdict(unix.SECCOMP_RET_ERRNO | uint32(unix.ENOSYS))
	badFamily   = verdict(unix.SECCOMP_RET_ERRNO | uint32(unix.EAFNOSUPPORT))
	badProtocol = verdict(unix.SECCOMP_RET_ERRNO | uint32(unix.EPROTONOSUPPORT))
)

// The rules without a look at arguments.
var (
	always  = rule{{verdict: allow}}
	never   = rule{{verdict: refuse}}
	unnamed = rule{{verdict: unknown}}
)

// namespaceFlags of clone make a namespace. CLONE_NEWTIME is not one of clone's
// flags: its bit belongs to the exit signal.
const namespaceFlags = unix.CLONE_NEWNS | unix.CLONE_NEWCGROUP | unix.CLONE_NEWUTS |
	unix.CLONE_NEWIPC | unix.CLONE_NEWUSER | unix.CLONE_NEWPID | unix.CLONE_NEWNET

// argumentRules are the calls whose arguments decide, under every policy.
var argumentRules = []call{
	{unix.SYS_CLONE, rule{
		{when: []test{{arg: 0, mask: namespaceFlags, value: 0}}, verdict: allow},
		{verdict: refuse},
	}},
	// TIOCSTI and TIOCLINUX type into the terminal that the job may share with a
	// shell (CVE-2017-5226); TIOCSETD loads line disciplines, kernel code that
	// nobody else would ever run.
	{unix.SYS_IOCTL, rule{
		{when: []test{{1, whole, unix.TIOCSTI}}, verdict: refuse},
		{when: []test{{1, whole, tioclinux}}, verdict: refuse},
		{when: []test{{1, whole, unix.TIOCSETD}}, verdict: refuse},
		{verdict: allow},
	}},
	{unix.SYS_SOCKET, socketRule},
	// Pairs of other families than UNIX have no use that programs rely on.
	{unix.SYS_SOCKETPAIR, rule{
		{when: []test{{0, whole, unix.AF_UNIX}}, verdict: allow},
		{verdict: badFamily},
	}},
	// 0 is plain Linux, 8 a 32-bit machine's name, all ones a question. What is
	// refused is READ_IMPLIES_EXEC and the end of address randomisation.
	{unix.SYS_PERSONALITY, rule{
		{when: []test{{0, whole, 0}}, verdict: allow},
		{when: []test{{0, whole, perLinux32}}, verdict: allow},
		{when: []test{{0, whole, whole}}, verdict: allow},
		{verdict: refuse},
	}},
}

// Numbers of the kernel's interface that x/sys has no names for.
const (
	tioclinux    = 0x541c // ioctl_console(2)
	perLinux32   = 0x0008 // personality(2)
	mapType      = 0x0f   // MAP_TYPE of linux/mman.h
	shmExec      = 0o100000
	sockTypeMask = 0x0f // SOCK_TYPE_MASK of linux/net.h: the flags are above it
)

// socketRule allows local sockets, TCP, UDP and ping over IP, and questions about
// routes and addresses. Rare protocols (SCTP, DCCP, packet, vsock and so on) would
// make the kernel load modules that a desktop never needs.
var socketRule = rule{
	{when: []test{{0, whole, unix.AF_UNIX}}, verdict: allow},
	{when: []test{{0, whole, unix.AF_INET}, stream, {2, whole, 0}}, verdict: allow},
	{when: []test{{0, whole, unix.AF_INET}, stream, {2, whole, unix.IPPROTO_TCP}}, verdict: allow},
	{when: []test{{0, whole, unix.AF_INET}, dgram, {2, whole, 0}}, verdict: allow},
	{when: []test{{0, whole, unix.AF_INET}, dgram, {2, whole, unix.IPPROTO_UDP}}, verdict: allow},
	{when: []test{{0, whole, unix.AF_INET}, dgram, {2, whole, unix.IPPROTO_ICMP}}, verdict: allow},
	{when: []test{{0, whole, unix.AF_INET}}, verdict: badProtocol},
	{when: []test{{0, whole, unix.AF_INET6}, stream, {2, whole, 0}}, verdict: allow},
	{when: []test{{0, whole, unix.AF_INET6}, stream, {2, whole, unix.IPPROTO_TCP}}, verdict: allow},
	{when: []test{{0, whole, unix.AF_INET6}, dgram, {2, whole, 0}}, verdict: allow},
	{when: []test{{0, whole, unix.AF_INET6}, dgram, {2, whole, unix.IPPROTO_UDP}}, verdict: allow},
	{when: []test{{0, whole, unix.AF_INET6}, dgram, {2, whole, unix.IPPROTO_ICMPV6}}, verdict: allow},
	{when: []test{{0, whole, unix.AF_INET6}}, verdict: badProtocol},
	{when: []test{{0, whole, unix.AF_NETLINK}, {2, whole, unix.NETLINK_ROUTE}}, verdict: allow},
	{when: []test{{0, whole, unix.AF_NETLINK}}, verdict: badProtocol},
	{verdict: badFamily},
}

// The kinds of sockets, whatever flags come with them.
var (
	stream = test{1, sockTypeMask, unix.SOCK_STREAM}
	dgram  = test{1, sockTypeMask, unix.SOCK_DGRAM}
)

// strictRules keep writable and executable memory apart. Mapping a private file as
// code, as ld.so does, remains; the mounts decide which files can be mapped so.
var strictRules = []call{
	{unix.SYS_MMAP, rule{
		{when: []test{{2, unix.PROT_EXEC, 0}}, verdict: allow},
		{when: []test{
			{2, unix.PROT_WRITE, 0},
			{3, mapType | unix.MAP_ANONYMOUS, unix.MAP_PRIVATE},
		}, verdict: allow},
		{verdict: refuse},
	}},
	{unix.SYS_MPROTECT, without(2, unix.PROT_EXEC)},
	{unix.SYS_PKEY_MPROTECT, without(2, unix.PROT_EXEC)},
	{unix.SYS_SHMAT, without(2, shmExec)},
}

// without allows a call unless bits are set in an argument.
func without(arg int, bits uint32) rule {
	return rule{
		{when: []test{{arg, bits, 0}}, verdict: allow},
		{verdict: refuse},
	}
}

// jitRules replace strictRules where a job may make code.
var jitRules = []call{
	{unix.SYS_MMAP, always},
	{unix.SYS_MPROTECT, always},
	{unix.SYS_PKEY_MPROTECT, always},
	{unix.SYS_SHMAT, always},
}
