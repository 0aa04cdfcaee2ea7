package split

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"os"

	"fallow"
)

const (
	indexMagic   = "fallowix"
	indexVersion = 1

	headerSize   = 16
	sourceSize   = 40
	offsetSize   = 8
	footerSize   = 32
	minIndexSize = headerSize + offsetSize + footerSize
)

// Entry is a slice on its way into an index file. Files that were cut are named by
// their source's number, because the digest of a file is known only after its last
// slice.
type Entry struct {
	Records int64
	First   int64
	Files   []EntryFile
}

// EntryFile is one file of an entry.
type EntryFile struct {
	Name   string
	Source int           // when Whole: the file
	Whole  bool          // the file is Source, uncut
	Digest fallow.Digest // of the pieces put together, unless Whole
	Pieces []EntryPiece
}

// EntryPiece is a range of bytes of a source.
type EntryPiece struct {
	Source int
	Offset int64
	Length int64
}

// IndexWriter writes an index file front to back. What belongs at the file's end it
// keeps in temporary files, so that its memory does not grow with the slices.
type IndexWriter struct {
	out     *bufio.Writer
	pos     int64
	offsets *spool
	sources *spool
	buf     []byte
}

// NewIndexWriter begins an index file on w. Its temporary files lie in dir; Close
// removes them.
func NewIndexWriter(w io.Writer, dir string) (*IndexWriter, error) {
	x := &IndexWriter{out: bufio.NewWriterSize(w, 1<<16)}
	var err error
	if x.offsets, err = newSpool(dir); err != nil {
		return nil, err
	}
	if x.sources, err = newSpool(dir); err != nil {
		x.offsets.remove()
		return nil, err
	}
	header := binary.LittleEndian.AppendUint32([]byte(indexMagic), indexVersion)
	return x, x.write(binary.LittleEndian.AppendUint32(header, 0))
}

// AddSource names a file that entries refer to, and gives its number: 0 for the
// first. A source may be added after the entries that refer to it.
func (x *IndexWriter) AddSource(digest fallow.Digest, size int64) (int, error) {
	number := int(x.sources.records)
	return number, x.sources.append(binary.LittleEndian.AppendUint64(digest[:], uint64(size)))
}

// Add appends the next slice. Above [MaxEntry] or [MaxSliceFiles] it fails with
// [fallow.CodeLimit].
func (x *IndexWriter) Add(e Entry) error {
	if len(e.Files) > MaxSliceFiles {
		return fallow.Errorf(fallow.CodeLimit, "slice %d has %d files, more than %d (MaxSliceFiles)", x.offsets.records, len(e.Files), MaxSliceFiles).
			WithHint("put fewer files into one slice")
	}
	if err := x.offsets.append(binary.LittleEndian.AppendUint64(nil, uint64(x.pos))); err != nil {
		return err
	}
	x.buf = appendEntry(x.buf[:0], e)
	if len(x.buf) > MaxEntry {
		return fallow.Errorf(fallow.CodeLimit, "slice %d takes %d bytes in the index file, more than %d (MaxEntry)", x.offsets.records-1, len(x.buf), MaxEntry).
			WithHint("put fewer files into one slice")
	}
	return x.write(x.buf)
}

// Close writes the end of the file and removes the temporary files. It does not
// close the underlying writer.
func (x *IndexWriter) Close() error {
	defer x.offsets.remove()
	defer x.sources.remove()
	end, slices := x.pos, x.offsets.records
	if err := x.offsets.append(binary.LittleEndian.AppendUint64(nil, uint64(end))); err != nil {
		return err
	}
	for _, s := range []*spool{x.sources, x.offsets} {
		if err := s.copyTo(x.out); err != nil {
			return err
		}
	}
	footer := binary.LittleEndian.AppendUint64(nil, uint64(slices))
	footer = binary.LittleEndian.AppendUint64(footer, uint64(x.sources.records))
	footer = binary.LittleEndian.AppendUint64(footer, uint64(end))
	if err := x.write(append(footer, indexMagic...)); err != nil {
		return err
	}
	if err := x.out.Flush(); err != nil {
		return fmt.Errorf("write index file: %w", err)
	}
	return nil
}

func (x *IndexWriter) write(p []byte) error {
	x.pos += int64(len(p))
	if _, err := x.out.Write(p); err != nil {
		return fmt.Errorf("write index file: %w", err)
	}
	return nil
}

func appendEntry(b []byte, e Entry) []byte {
	b = binary.AppendUvarint(b, uint64(e.Records))
	b = binary.AppendUvarint(b, uint64(e.First))
	b = binary.AppendUvarint(b, uint64(len(e.Files)))
	for _, f := range e.Files {
		b = binary.AppendUvarint(b, uint64(len(f.Name)))
		b = append(b, f.Name...)
		if f.Whole {
			b = binary.AppendUvarint(b, uint64(f.Source)+1)
			continue
		}
		b = append(binary.AppendUvarint(b, 0), f.Digest[:]...)
		b = binary.AppendUvarint(b, uint64(len(f.Pieces)))
		for _, p := range f.Pieces {
			b = binary.AppendUvarint(b, uint64(p.Source))
			b = binary.AppendUvarint(b, uint64(p.Offset))
			b = binary.AppendUvarint(b, uint64(p.Length))
		}
	}
	return b
}

// spool is a temporary file of records, written once and read once.
type spool struct {
	file    *os.File
	out     *bufio.Writer
	records int64
}

func newSpool(dir string) (*spool, error) {
	file, err := os.CreateTemp(dir, "fallow-index-*")
	if err != nil {
		return nil, fmt.Errorf("spool index file: %w", err)
	}
	return &spool{file: file, out: bufio.NewWriter(file)}, nil
}

func (s *spool) append(record []byte) error {
	s.records++
	if _, err := s.out.Write(record); err != nil {
		return fmt.Errorf("spool index file: %w", err)
	}
	return nil
}

func (s *spool) copyTo(w io.Writer) error {
	if err := s.out.Flush(); err != nil {
		return fmt.Errorf("spool index file: %w", err)
	}
	if _, err := s.file.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("spool index file: %w", err)
	}
	if _, err := io.Copy(w, s.file); err != nil {
		return fmt.Errorf("write index file: %w", err)
	}
	return nil
}

// remove gives the temporary file back; nothing in it is needed any more, so
// failing to close it loses nothing.
func (s *spool) remove() {
	_ = s.file.Close()
	_ = os.Remove(s.file.Name())
}
