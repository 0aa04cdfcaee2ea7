package cgroup

import (
	"context"
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// waitEvent waits until a key in version 2's cgroup.events has a value. The kernel
// reports changes as POLLPRI (cgroup-v2.rst, "populated notification").
func waitEvent(ctx context.Context, dir *os.Root, key string, value int64) error {
	events, err := dir.Open("cgroup.events")
	if err != nil {
		return err
	}
	defer events.Close()
	cancel, err := unix.Eventfd(0, unix.EFD_CLOEXEC)
	if err != nil {
		return err
	}
	defer unix.Close(cancel)
	fired := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(fired)
		unix.Write(cancel, []byte{1, 0, 0, 0, 0, 0, 0, 0})
	})
	defer func() {
		if !stop() {
			<-fired // it must not write to whatever has the number next
		}
	}()
	var text [256]byte
	for {
		n, err := events.ReadAt(text[:], 0)
		if n == 0 {
			return err
		}
		if got, err := numberOf(string(text[:n]), key); err != nil || got == value {
			return err
		}
		if err := pollEvent(int(events.Fd()), cancel); err != nil {
			return err
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
}

// pollEvent waits until the file has changed or cancel can be read.
func pollEvent(file, cancel int) error {
	fds := []unix.PollFd{{Fd: int32(file), Events: unix.POLLPRI}, {Fd: int32(cancel), Events: unix.POLLIN}}
	_, err := unix.Poll(fds, -1)
	if errors.Is(err, unix.EINTR) {
		return nil
	}
	return err
}
