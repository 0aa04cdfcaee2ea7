package initproc

import (
	"errors"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"fallow/internal/evm/internal/portal"
)

// inode is a file, whatever its name.
type inode struct{ device, number uint64 }

// unlinked finds the files in /work and /out that have lost their names and take up
// the disk all the same, as long as some process has them open.
type unlinked struct {
	census  census
	devices map[uint64]bool
}

// newUnlinked takes the file systems of the controller's directories; what lies in
// memory is counted there.
func (s *sandbox) newUnlinked() (*unlinked, error) {
	u := &unlinked{census: s.census, devices: map[uint64]bool{}}
	for _, data := range []struct{ dir, place string }{{s.setup.Work, "/work"}, {s.setup.Out, "/out"}} {
		if data.dir == "" {
			continue
		}
		var stat unix.Stat_t
		if err := unix.Stat(data.place, &stat); err != nil {
			return nil, err
		}
		u.devices[stat.Dev] = true
	}
	return u, nil
}

// How often PID 1 looks for files without names, and how much of the time it may
// take: one part of as many.
const (
	unlinkedInterval = 500 * time.Millisecond
	unlinkedShare    = 10
)

// maxUnlinked bounds the files that PID 1 remembers: more than any run is allowed by
// default, so that those end.
const maxUnlinked = 1 << 20

// repeat tells the controller whenever the count has changed.
func (u *unlinked) repeat(line *lifeline) {
	var last portal.Unlinked
	for {
		begun := time.Now()
		if now, err := u.count(); err == nil && now != last { // the controller's own floor stands below
			line.send(portal.KindUnlinked, now.Encode())
			last = now
		}
		time.Sleep(max(unlinkedInterval, unlinkedShare*time.Since(begun)))
	}
}

// count adds up every such file once. Every thread may have descriptors of its own.
func (u *unlinked) count() (portal.Unlinked, error) {
	everyone, err := u.census.processes()
	if err != nil {
		return portal.Unlinked{}, err
	}
	found := map[inode]int64{}
	for _, p := range everyone {
		tasks := strconv.Itoa(p.pid) + "/task"
		threads, err := u.census.numbers(tasks)
		if err != nil {
			continue // it has ended
		}
		if len(found) > maxUnlinked {
			break
		}
		for _, thread := range threads {
			if err := u.look(tasks+"/"+strconv.Itoa(thread)+"/fd", found); err != nil {
				return portal.Unlinked{}, err
			}
		}
	}
	sum := portal.Unlinked{Files: int64(len(found))}
	for _, size := range found {
		sum.Size += size
	}
	return sum, nil
}

// look goes through the descriptors of one thread.
func (u *unlinked) look(dir string, found map[inode]int64) error {
	descriptors, err := u.census.numbers(dir)
	if ended(err) || errors.Is(err, unix.EACCES) { // gone, or a dying one that belongs to nobody
		return nil
	}
	if err != nil {
		return err
	}
	for _, descriptor := range descriptors {
		var stat unix.Stat_t
		if unix.Fstatat(u.census.proc, dir+"/"+strconv.Itoa(descriptor), &stat, 0) != nil {
			continue // closed meanwhile
		}
		if stat.Nlink == 0 && u.devices[stat.Dev] {
			found[inode{stat.Dev, stat.Ino}] = stat.Blocks * 512
		}
	}
	return nil
}
