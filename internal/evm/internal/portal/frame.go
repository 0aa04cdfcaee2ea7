package portal

import (
	"encoding/binary"
	"fmt"
	"io"
)

// Kind says what a frame means.
type Kind byte

// The kinds from controller to PID 1.
const (
	KindSetup Kind = 1 + iota // a Setup
	Beat                      // the controller lives
	Stop                      // stop every process of the sandbox, by signal
	Continue                  // let them go on
)

// The kinds from PID 1 to controller.
const (
	KindReady    Kind = 64 + iota // a Ready: the sandbox stands and the program was started
	KindFailed                    // a Failed: the program could not be started
	KindExited                    // an Exited: the program ended, and all that it started with it
	KindCensus                    // a Census
	KindBlind                     // a Blind: PID 1 can count no more
	KindUnlinked                  // an Unlinked
	Stopped                       // every process of the sandbox was seen stopped
	Continued                     // they were told to go on
)

// MaxFrame bounds the bytes of one frame: a command and an environment of the
// longest kind that execve(2) takes, and paths.
const MaxFrame = 8 << 20

const headSize = 5

// Write sends one frame in one write, so that frames of this size class are never
// torn by a full socket.
func Write(w io.Writer, kind Kind, payload []byte) error {
	if len(payload) > MaxFrame {
		return fmt.Errorf("portal: a frame of %d bytes, at most %d are allowed", len(payload), MaxFrame)
	}
	frame := make([]byte, headSize, headSize+len(payload))
	frame[0] = byte(kind)
	binary.LittleEndian.PutUint32(frame[1:], uint32(len(payload)))
	_, err := w.Write(append(frame, payload...))
	return err
}

// Read receives one frame. At the end of the stream it returns [io.EOF].
func Read(r io.Reader) (Kind, []byte, error) {
	var head [headSize]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return 0, nil, err
	}
	size := binary.LittleEndian.Uint32(head[1:])
	if size > MaxFrame {
		return 0, nil, fmt.Errorf("portal: a frame of %d bytes, at most %d are allowed", size, MaxFrame)
	}
	payload := make([]byte, size)
	if _, err := io.ReadFull(r, payload); err != nil {
		return 0, nil, fmt.Errorf("portal: frame of kind %d: %w", head[0], err)
	}
	return Kind(head[0]), payload, nil
}
