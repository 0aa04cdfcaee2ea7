package split

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"hash"
	"io"

	"fallow"
)

// Options say how a file is cut.
type Options struct {
	Name      string // of the file, for errors
	Kind      string // one of the kinds but "files"
	Per       int64  // records in a slice, at least 1; the last slice may have fewer
	Header    bool   // csv: the first row is a header, repeated in every slice
	Separator byte   // csv: between columns; 0 means a comma
}

// Slice is a slice as it comes off the cutter: Length bytes at Offset of the file,
// after the file's header if it has one.
type Slice struct {
	Offset  int64
	Length  int64
	Records int64
	First   int64         // number of its first record, from 0
	Digest  fallow.Digest // of the header and the slice together
}

// File is what the cutter learned about a whole file.
type File struct {
	Digest  fallow.Digest
	Size    int64 // bytes
	Records int64 // without the header
	Slices  int64
	Header  int64 // bytes of the header at the file's start; 0 without one
}

// chunkSize is how much of a file is held at a time.
const chunkSize = 256 << 10

// Cut reads a file to its end and cuts it into slices of whole records, which it
// hands to emit in order. Put together (without repeated headers) the slices are
// the file, byte for byte. Memory does not depend on the length of the file or of
// its records. A malformed record is a [fallow.CodeInvalid] that names the file and
// line; so is a file without records; a record above [fallow.MaxRecord] is a
// [fallow.CodeLimit].
func Cut(r io.Reader, o Options, emit func(Slice) error) (File, error) {
	return cutBy(make([]byte, chunkSize), r, o, emit)
}

// cutBy is Cut with a buffer of two bytes or more.
func cutBy(buf []byte, r io.Reader, o Options, emit func(Slice) error) (File, error) {
	grammar, err := grammarOf(o)
	if err != nil {
		return File{}, err
	}
	if o.Per < 1 {
		return File{}, fallow.Errorf(fallow.CodeInvalid, "%s: slices of %d records", o.Name, o.Per)
	}
	c := cutter{Options: o, grammar: grammar, emit: emit, whole: sha256.New(), slice: sha256.New(), line: 1, lineStart: true}
	if o.Header {
		c.records = -1
	}
	return c.run(r, buf)
}

// cutter walks over a file line by line, a line by fragments. Offsets are from the
// file's start.
type cutter struct {
	Options
	grammar grammar
	emit    func(Slice) error

	whole  hash.Hash // of the file
	slice  hash.Hash // of the header and the current slice
	header hash.Hash // as slice stood at the header's end; nil without a header

	chunk     []byte // the bytes in memory
	base      int64  // where chunk begins
	hashed    int64  // up to where slice has seen the file
	pos       int64  // the next byte
	line      int64  // number of the current line, from 1
	lineStart bool   // the next byte begins a line
	record    int64  // where the current record begins
	records   int64  // begun so far; a header is number -1
	begin     int64  // where the current slice begins
	first     int64  // number of the current slice's first record
	file      File
}

func (c *cutter) run(r io.Reader, buf []byte) (File, error) {
	for held := 0; ; {
		n, err := io.ReadFull(r, buf[held:])
		end := err == io.EOF || err == io.ErrUnexpectedEOF
		if err != nil && !end {
			return File{}, fmt.Errorf("read %s: %w", c.Name, err)
		}
		c.whole.Write(buf[held : held+n])
		chunk := buf[:held+n]
		// A carriage return is looked at only together with what follows, so that
		// no grammar sees an empty line in two fragments.
		held = 0
		if !end && chunk[len(chunk)-1] == '\r' {
			chunk, held = chunk[:len(chunk)-1], 1
		}
		if err := c.take(chunk); err != nil {
			return File{}, err
		}
		if end {
			return c.finish()
		}
		buf[0] = '\r' // counts only if held
	}
}

// take walks over the next bytes of the file.
func (c *cutter) take(chunk []byte) error {
	c.chunk, c.base = chunk, c.pos
	for len(chunk) > 0 {
		fragment, rest, ended := bytes.Cut(chunk, []byte{'\n'})
		starts, err := c.grammar.fragment(fragment, c.lineStart, ended)
		if err != nil {
			return c.malformed(c.line, err)
		}
		if starts {
			if err := c.startRecord(); err != nil {
				return err
			}
		}
		c.pos += int64(len(chunk) - len(rest))
		c.lineStart = ended
		if ended {
			c.line++
		}
		chunk = rest
	}
	c.hash()
	return c.checkRecord()
}

// hash lets the slice's digest catch up with pos.
func (c *cutter) hash() {
	c.slice.Write(c.chunk[c.hashed-c.base : c.pos-c.base])
	c.hashed = c.pos
}

// startRecord notes that a record begins at pos.
func (c *cutter) startRecord() error {
	err := c.checkRecord()
	switch {
	case err != nil:
	case c.Header && c.records == 0 && c.header == nil:
		err = c.endHeader()
	case c.records-c.first == c.Per:
		err = c.endSlice()
	}
	c.record = c.pos
	c.records++
	return err
}

// checkRecord checks the length of the record that reaches to pos.
func (c *cutter) checkRecord() error {
	if c.pos-c.record > int64(fallow.MaxRecord) {
		return fallow.Errorf(fallow.CodeLimit, "%s:%d: a record is longer than %s (MaxRecord)", c.Name, c.line, fallow.MaxRecord)
	}
	return nil
}

func (c *cutter) endHeader() (err error) {
	c.hash()
	c.header, c.file.Header, c.begin = c.slice, c.pos, c.pos
	c.slice, err = cloneHash(c.header)
	return err
}

// endSlice emits the slice that reaches to pos and begins the next.
func (c *cutter) endSlice() (err error) {
	c.hash()
	s := Slice{Offset: c.begin, Length: c.pos - c.begin, Records: c.records - c.first, First: c.first}
	c.slice.Sum(s.Digest[:0])
	c.file.Slices++
	c.begin, c.first = c.pos, c.records
	if c.header == nil {
		c.slice.Reset()
	} else if c.slice, err = cloneHash(c.header); err != nil {
		return err
	}
	return c.emit(s)
}

func (c *cutter) finish() (File, error) {
	if err := c.grammar.end(); err != nil {
		line := c.line
		if c.lineStart && line > 1 {
			line--
		}
		return File{}, c.malformed(line, err)
	}
	if c.records < 1 {
		return File{}, fallow.Errorf(fallow.CodeInvalid, "%s holds no records to split", c.Name).
			WithHint("is it the right file, and really %s?", c.Kind)
	}
	if err := c.endSlice(); err != nil {
		return File{}, err
	}
	c.whole.Sum(c.file.Digest[:0])
	c.file.Size, c.file.Records = c.pos, c.records
	return c.file, nil
}

func (c *cutter) malformed(line int64, err error) error {
	return fallow.Errorf(fallow.CodeInvalid, "%s:%d: %w", c.Name, line, err).
		WithHint("correct the file, or split it by lines if it is no %s", c.Kind)
}

func cloneHash(h hash.Hash) (hash.Hash, error) {
	clone, err := h.(hash.Cloner).Clone()
	if err != nil {
		return nil, fmt.Errorf("copy the state of a digest: %w", err)
	}
	return clone, nil
}
