package seccomp

import u "golang.org/x/sys/unix"

const nativeArch = u.AUDIT_ARCH_X86_64

// archAllowed are the older forms of calls that newer architectures never had. The
// kernel itself puts uretprobe and uprobe into probed programs.
var archAllowed = []uint32{
	u.SYS_ACCESS, u.SYS_ALARM, u.SYS_ARCH_PRCTL, u.SYS_CHOWN,
	u.SYS_DUP2, u.SYS_EPOLL_CREATE, u.SYS_EPOLL_WAIT, u.SYS_EVENTFD,
	u.SYS_FORK, u.SYS_FUTIMESAT, u.SYS_GETDENTS, u.SYS_GETPGRP, u.SYS_INOTIFY_INIT,
	u.SYS_LCHOWN, u.SYS_LINK, u.SYS_LSTAT,
	u.SYS_PAUSE, u.SYS_PIPE, u.SYS_POLL, u.SYS_READLINK, u.SYS_RENAME, u.SYS_RMDIR,
	u.SYS_SELECT, u.SYS_SIGNALFD, u.SYS_STAT, u.SYS_SYMLINK, u.SYS_TIME,
	u.SYS_UNLINK, u.SYS_UPROBE, u.SYS_URETPROBE, u.SYS_UTIME, u.SYS_UTIMES,
	u.SYS_VFORK,
}

// setIDArchRules are [setIDRules] for those older forms.
var setIDArchRules = []call{
	{u.SYS_CHMOD, without(1, setIDs)},
	{u.SYS_CREAT, without(1, setIDs)},
	{u.SYS_MKDIR, without(1, setIDs)},
	{u.SYS_MKNOD, without(1, setIDs)},
	{u.SYS_OPEN, opening(1, 2)},
}

// archRefused reach the processor's ports and segment tables, or load code from any
// file.
var archRefused = []uint32{u.SYS_IOPERM, u.SYS_IOPL, u.SYS_MODIFY_LDT, u.SYS_USELIB}
