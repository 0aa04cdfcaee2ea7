package client

import (
	"fmt"
	"io"
)

// seekable opens the file for an upload, which must be able to go on in its middle.
// Content that can't seek, such as that of a compressed file, is read again from its
// beginning instead.
func (f LocalFile) seekable() (io.ReadSeekCloser, error) {
	content, err := f.Open()
	if err != nil {
		return nil, err
	}
	if seeker, ok := content.(io.ReadSeekCloser); ok {
		return seeker, nil
	}
	return &reopener{file: f, content: content}, nil
}

// reopener seeks by reading from the beginning.
type reopener struct {
	file    LocalFile
	content io.ReadCloser
	at      int64 // of content
}

func (r *reopener) Read(p []byte) (int, error) {
	n, err := r.content.Read(p)
	r.at += int64(n)
	return n, err
}

func (r *reopener) Close() error { return r.content.Close() }

// Seek implements [io.Seeker]; it fails beyond the content's end.
func (r *reopener) Seek(offset int64, whence int) (int64, error) {
	to := offset
	switch whence {
	case io.SeekCurrent:
		to += r.at
	case io.SeekEnd:
		to += r.file.Size
	}
	if to < 0 || to > r.file.Size {
		return r.at, fmt.Errorf("seek in %q to %d of %d bytes", r.file.Name, to, r.file.Size)
	}
	if to < r.at {
		if err := r.rewind(); err != nil {
			return r.at, err
		}
	}
	_, err := io.CopyN(io.Discard, r, to-r.at)
	return r.at, err
}

// rewind opens the content anew.
func (r *reopener) rewind() error {
	fresh, err := r.file.Open()
	if err != nil {
		return err
	}
	old := r.content
	r.content, r.at = fresh, 0
	return old.Close()
}
