package seccomp

import "golang.org/x/sys/unix"

// setIDs are the mode bits that lend a file's user or group to whoever runs it. The
// sandbox's mounts ignore them, but the files lie on the host, whose mounts don't:
// there they would let any user act as the one that sandboxes run as.
const setIDs = unix.S_ISUID | unix.S_ISGID

// creating are the flags with which open looks at the mode: without them it may hold
// garbage. O_TMPFILE includes O_DIRECTORY, which alone creates nothing.
const creating = unix.O_CREAT | unix.O_TMPFILE&^unix.O_DIRECTORY

// setIDRules keep these bits off every file. They are joined by setIDArchRules.
var setIDRules = []call{
	{unix.SYS_FCHMOD, without(1, setIDs)},
	{unix.SYS_FCHMODAT, without(2, setIDs)},
	{unix.SYS_FCHMODAT2, without(2, setIDs)},
	{unix.SYS_MKDIRAT, without(2, setIDs)},
	{unix.SYS_MKNODAT, without(2, setIDs)},
	{unix.SYS_OPENAT, opening(2, 3)},
}

// opening is the rule of a call that opens a file, by its arguments' places.
func opening(flags, mode int) rule {
	return rule{
		{when: []test{{flags, creating, 0}}, verdict: allow},
		{when: []test{{mode, setIDs, 0}}, verdict: allow},
		{verdict: refuse},
	}
}
