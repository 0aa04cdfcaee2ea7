package collect

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"os"
)

// A run is a temporary file of sorted rows: for each a varint length and the line.

type runWriter struct{ out *bufio.Writer }

func newRunWriter(w io.Writer) runWriter { return runWriter{bufio.NewWriterSize(w, 1<<16)} }

func (w runWriter) write(line []byte) error {
	length := binary.AppendUvarint(nil, uint64(len(line)))
	if _, err := w.out.Write(append(length, line...)); err != nil {
		return fmt.Errorf("sort: write run: %w", err)
	}
	return nil
}

func (w runWriter) flush() error {
	if err := w.out.Flush(); err != nil {
		return fmt.Errorf("sort: write run: %w", err)
	}
	return nil
}

// rowReader gives rows in order, and io.EOF after the last.
type rowReader interface {
	next() (*row, error)
}

// runReader reads a run.
type runReader struct {
	in   *bufio.Reader
	keys keyReader
}

func newRunReader(run *os.File, keys keyReader) (*runReader, error) {
	if _, err := run.Seek(0, io.SeekStart); err != nil {
		return nil, fmt.Errorf("sort: read run: %w", err)
	}
	return &runReader{in: bufio.NewReaderSize(run, 1<<16), keys: keys}, nil
}

func (r *runReader) next() (*row, error) {
	length, err := binary.ReadUvarint(r.in)
	if err == io.EOF {
		return nil, io.EOF
	}
	if err != nil {
		return nil, fmt.Errorf("sort: read run: %w", err)
	}
	if length > uint64(MaxRow) {
		return nil, fmt.Errorf("sort: read run: a row of %d bytes", length)
	}
	line := make([]byte, length)
	if _, err := io.ReadFull(r.in, line); err != nil {
		return nil, fmt.Errorf("sort: read run: %w", err)
	}
	return r.keys.row(line)
}

// loadReader gives rows that are in memory.
type loadReader struct {
	rows []*row
	pos  int
}

func (r *loadReader) next() (*row, error) {
	if r.pos == len(r.rows) {
		return nil, io.EOF
	}
	r.pos++
	return r.rows[r.pos-1], nil
}
