package initproc

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"fallow/internal/evm/internal/portal"
)

// census counts the processes of the sandbox by PID 1's own /proc, for kernels or
// users without control groups.
type census struct {
	proc int // directory
}

// process is one line of the census.
type process struct {
	pid  int
	stat stat
}

// maxBlindness is how many counts in a row may fail before the controller is told:
// whoever can't be counted has no limits.
const maxBlindness = 5

// censusShare is how much of the time counting may take: one part of as many.
const censusShare = 10

// repeat sends a census at every interval, or less often where it takes long, until
// PID 1 ends.
func (c census) repeat(line *lifeline, interval time.Duration) {
	failed := 0
	for {
		begun := time.Now()
		failed = c.tell(line, failed)
		time.Sleep(max(interval, censusShare*time.Since(begun)))
	}
}

// tell sends a census, and returns how many in a row have failed.
func (c census) tell(line *lifeline, failed int) int {
	count, err := c.take()
	if err == nil {
		line.send(portal.KindCensus, count.Encode())
		return 0
	}
	if failed++; failed == maxBlindness {
		line.send(portal.KindBlind, portal.Blind{Text: err.Error()}.Encode())
	}
	return failed
}

// take counts threads and memory of everyone but PID 1.
func (c census) take() (portal.Census, error) {
	everyone, err := c.processes()
	if err != nil {
		return portal.Census{}, err
	}
	count := portal.Census{Memory: filesInMemory() + segments()}
	for _, p := range everyone {
		memory, err := c.memory(p.pid)
		if err != nil {
			return portal.Census{}, err
		}
		count.Tasks += p.stat.threads
		count.Memory += memory
	}
	return count, nil
}

// processes lists everyone but PID 1. Who vanishes meanwhile is left out.
func (c census) processes() ([]process, error) {
	pids, err := c.numbers(".")
	if err != nil {
		return nil, err
	}
	var list []process
	for _, pid := range pids {
		if pid == 1 {
			continue
		}
		s, err := c.stat(strconv.Itoa(pid) + "/stat")
		if ended(err) {
			continue
		}
		if err != nil {
			return nil, err
		}
		list = append(list, process{pid, s})
	}
	return list, nil
}

// ended tells whether an error of /proc means that the process is gone: ESRCH comes
// from a file that was opened before.
func ended(err error) bool {
	return errors.Is(err, unix.ENOENT) || errors.Is(err, unix.ESRCH)
}

// numbers lists the numeric names in a directory below /proc.
func (c census) numbers(dir string) ([]int, error) {
	fd, err := unix.Openat(c.proc, dir, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("open %q in /proc: %w", dir, err)
	}
	file := os.NewFile(uintptr(fd), dir)
	defer file.Close()
	names, err := file.Readdirnames(-1)
	if err != nil {
		return nil, fmt.Errorf("list %q in /proc: %w", dir, err)
	}
	var numbers []int
	for _, name := range names {
		if n, err := strconv.Atoi(name); err == nil {
			numbers = append(numbers, n)
		}
	}
	return numbers, nil
}

// stat is what the census needs of /proc/PID/stat, proc(5).
type stat struct {
	state   byte
	threads int64
}

func (c census) stat(path string) (stat, error) {
	content, err := c.read(path)
	if err != nil {
		return stat{}, err
	}
	// The name of the program stands in brackets and may hold anything; count the
	// fields after its last bracket, of which the first is the state.
	_, rest, ok := bytes.Cut(content[max(bytes.LastIndexByte(content, ')'), 0):], []byte(") "))
	fields := bytes.Fields(rest)
	const threadsField = 17
	if !ok || len(fields) <= threadsField {
		return stat{}, fmt.Errorf("parse %s: %q", path, content)
	}
	threads, err := strconv.ParseInt(string(fields[threadsField]), 10, 64)
	// The dead that nobody has waited for have no thread, but count in RLIMIT_NPROC.
	return stat{state: fields[0][0], threads: max(threads, 1)}, err
}

// procFileSize is enough for every file that the census reads.
const procFileSize = 4096

func (c census) read(path string) ([]byte, error) {
	fd, err := unix.Openat(c.proc, path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("open %q in /proc: %w", path, err)
	}
	defer unix.Close(fd)
	content := make([]byte, procFileSize)
	n, err := unix.Read(fd, content)
	if err != nil {
		return nil, fmt.Errorf("read %q in /proc: %w", path, err)
	}
	return content[:n], nil
}
