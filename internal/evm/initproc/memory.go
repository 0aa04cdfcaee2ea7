package initproc

import (
	"bytes"
	"strconv"
	"unsafe"

	"golang.org/x/sys/unix"
)

// memory is what a process is to blame for: its own pages, in memory or swapped
// out, its page tables, and its share of pages that it has in common with others.
// Pages of files on disk belong to the page cache. Files in memory that are mapped
// count here and in [filesInMemory]: too much is the safe side.
func (c census) memory(pid int) (int64, error) {
	name := strconv.Itoa(pid)
	status, err := c.read(name + "/status")
	if ended(err) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	own := field(status, "RssAnon:") + field(status, "VmSwap:") + field(status, "VmPTE:")
	return own + c.shared(name, field(status, "RssShmem:")), nil
}

// minShared is how many bytes of shared memory make it worth the time to ask for the
// process's share in them, for which the kernel looks at every page.
const minShared = 4 << 20

// shared is a process's part of resident shared memory: the share that smaps_rollup
// tells (proc(5), since Linux 5.4 for shared memory alone), or else all of it.
func (c census) shared(name string, resident int64) int64 {
	if resident < minShared {
		return resident
	}
	rollup, err := c.read(name + "/smaps_rollup")
	if err != nil || !bytes.Contains(rollup, []byte("\nPss_Shmem:")) {
		return resident
	}
	return field(rollup, "Pss_Shmem:")
}

// field reads a line like "VmPTE:   52 kB" of a file of /proc, in bytes; 0 without
// one. The line before may hold a program's name, but no line break: the kernel
// writes that as \n.
func field(content []byte, name string) int64 {
	_, rest, _ := bytes.Cut(content, []byte("\n"+name))
	line, _, _ := bytes.Cut(rest, []byte("\n"))
	words := bytes.Fields(line)
	if len(words) == 0 {
		return 0
	}
	kib, err := strconv.ParseInt(string(words[0]), 10, 64)
	if err != nil {
		return 0
	}
	return kib << 10
}

// filesInMemory is what the sandbox's scratch directories hold.
func filesInMemory() int64 {
	var s unix.Statfs_t
	if unix.Statfs("/tmp", &s) != nil {
		return 0
	}
	return int64(s.Blocks-s.Bfree) * s.Bsize
}

// shmInfo is struct shm_info of linux/shm.h.
type shmInfo struct {
	used                     int32
	total, resident, swapped uint64 // pages
	_                        [2]uint64
}

const shmInfoCommand = 14 // SHM_INFO, shmctl(2)

// segments is what the sandbox's System V shared memory takes up, attached or not.
func segments() int64 {
	var info shmInfo
	_, _, errno := unix.RawSyscall(unix.SYS_SHMCTL, 0, shmInfoCommand, uintptr(unsafe.Pointer(&info)))
	if errno != 0 {
		return 0 // a kernel without System V shared memory
	}
	return int64(info.resident+info.swapped) * int64(unix.Getpagesize())
}
