package evm

import (
	"errors"
	"fmt"
	"io"
	"sync"

	"fallow"
)

// output counts what a program writes to its standard output and error, keeps the
// end of it, and reports when it is too much.
type output struct {
	limit    int64  // bytes
	exceeded func() // called once

	mu   sync.Mutex
	size int64
	tail tail
	err  error
}

// copy moves one stream to its writer until the sandbox has closed it. It goes on
// reading after an error, since a program that writes into a full pipe stands
// still.
func (o *output) copy(to io.Writer, from io.Reader) {
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		if n > 0 && o.count(buffer[:n]) {
			if _, werr := to.Write(buffer[:n]); werr != nil {
				o.fail(fmt.Errorf("keep the program's output: %w", werr))
				to = io.Discard
			}
		}
		if err != nil {
			if !errors.Is(err, io.EOF) {
				o.fail(fmt.Errorf("read the program's output: %w", err))
			}
			return
		}
	}
}

// count tells whether the bytes are within the limit.
func (o *output) count(p []byte) bool {
	o.mu.Lock()
	before := o.size
	o.size += int64(len(p))
	within := o.size <= o.limit
	if within {
		o.tail.add(p)
	}
	o.mu.Unlock()
	if !within && before <= o.limit {
		o.exceeded()
	}
	return within
}

func (o *output) fail(err error) {
	o.mu.Lock()
	o.err = errors.Join(o.err, err)
	o.mu.Unlock()
}

// tail keeps the last [fallow.MaxLogTail] bytes that were added.
type tail struct{ kept []byte }

func (t *tail) add(p []byte) {
	const most = int(fallow.MaxLogTail)
	t.kept = append(t.kept, p...)
	if len(t.kept) > 2*most {
		t.kept = append(t.kept[:0], t.kept[len(t.kept)-most:]...)
	}
}

func (t *tail) String() string {
	const most = int(fallow.MaxLogTail)
	return string(t.kept[max(len(t.kept)-most, 0):])
}
