package split

import (
	"encoding/binary"
	"io"
	"io/fs"
	"iter"
	"strings"

	"fallow"
)

// The limits of one slice in an index file.
const (
	// MaxEntry bounds its entry, in bytes.
	MaxEntry = 4 << 20
	// MaxSliceFiles bounds its files, and MaxPieces the pieces of each.
	MaxSliceFiles = 10_000
	MaxPieces     = 16
)

// Index reads an index file. It trusts nothing that it reads.
type Index struct {
	file    io.ReaderAt
	slices  int64
	sources int64
	entries int64 // where the entries end and the sources begin
}

// OpenIndex reads the frame of an index file of size bytes. A file that is not an
// index file is a [fallow.CodeInvalid].
func OpenIndex(file io.ReaderAt, size int64) (*Index, error) {
	if size < minIndexSize {
		return nil, notIndex("it has only %d bytes", size)
	}
	var header [headerSize]byte
	var footer [footerSize]byte
	if err := readAt(file, header[:], 0); err != nil {
		return nil, err
	}
	if err := readAt(file, footer[:], size-footerSize); err != nil {
		return nil, err
	}
	if string(header[:8]) != indexMagic || string(footer[24:]) != indexMagic {
		return nil, notIndex("it does not begin and end with %q", indexMagic)
	}
	if v := binary.LittleEndian.Uint32(header[8:]); v != indexVersion {
		return nil, notIndex("its version is %d, not %d", v, indexVersion)
	}
	return newIndex(file, size, footer)
}

// newIndex checks that the sections named by the footer fill the file exactly.
func newIndex(file io.ReaderAt, size int64, footer [footerSize]byte) (*Index, error) {
	slices := binary.LittleEndian.Uint64(footer[0:])
	sources := binary.LittleEndian.Uint64(footer[8:])
	entries := binary.LittleEndian.Uint64(footer[16:])
	room := uint64(size)
	if slices > room/offsetSize || sources > room/sourceSize || entries > room || entries < headerSize ||
		entries+sources*sourceSize+(slices+1)*offsetSize+footerSize != room {
		return nil, notIndex("its footer does not fit its size of %d bytes", size)
	}
	return &Index{file: file, slices: int64(slices), sources: int64(sources), entries: int64(entries)}, nil
}

// Slices tells how many slices the index file has.
func (x *Index) Slices() int64 { return x.slices }

// Sources gives the files that the slices are cut from, with digest and size. It
// ends after the first error.
func (x *Index) Sources() iter.Seq2[fallow.FileRef, error] {
	return func(yield func(fallow.FileRef, error) bool) {
		for i := range x.sources {
			ref, err := x.source(uint64(i))
			if !yield(ref, err) || err != nil {
				return
			}
		}
	}
}

// Slice reads the slice at index, from 0. It fails with [fallow.CodeInvalid] if the
// entry is malformed or refers to bytes that its source does not have.
func (x *Index) Slice(index int64) (fallow.Slice, error) {
	if index < 0 || index >= x.slices {
		return fallow.Slice{}, fallow.Errorf(fallow.CodeNotFound, "there is no slice %d: the index file has %d", index, x.slices)
	}
	raw, err := x.entry(index)
	if err != nil {
		return fallow.Slice{}, err
	}
	d := entryDecoder{index: x, rest: raw}
	slice := d.slice()
	if d.err != nil {
		return fallow.Slice{}, fallow.Errorf(fallow.CodeOf(d.err), "slice %d: %w", index, d.err)
	}
	if len(d.rest) > 0 {
		return fallow.Slice{}, notIndex("the entry of slice %d has %d bytes too many", index, len(d.rest))
	}
	return slice, nil
}

// entry reads the bytes of one entry.
func (x *Index) entry(index int64) ([]byte, error) {
	var bounds [2 * offsetSize]byte
	table := x.entries + x.sources*sourceSize
	if err := readAt(x.file, bounds[:], table+index*offsetSize); err != nil {
		return nil, err
	}
	begin, end := binary.LittleEndian.Uint64(bounds[:]), binary.LittleEndian.Uint64(bounds[offsetSize:])
	if begin < headerSize || begin > end || end > uint64(x.entries) || end-begin > MaxEntry {
		return nil, notIndex("the entry of slice %d lies at %d to %d", index, begin, end)
	}
	raw := make([]byte, end-begin)
	return raw, readAt(x.file, raw, int64(begin))
}

func (x *Index) source(number uint64) (fallow.FileRef, error) {
	if number >= uint64(x.sources) {
		return fallow.FileRef{}, notIndex("it refers to source %d of %d", number, x.sources)
	}
	var raw [sourceSize]byte
	if err := readAt(x.file, raw[:], x.entries+int64(number)*sourceSize); err != nil {
		return fallow.FileRef{}, err
	}
	size := binary.LittleEndian.Uint64(raw[32:])
	if size > uint64(fallow.MaxFile) {
		return fallow.FileRef{}, notIndex("source %d has %d bytes, more than %s (MaxFile)", number, size, fallow.MaxFile)
	}
	return fallow.FileRef{Digest: fallow.Digest(raw[:32]), Size: int64(size)}, nil
}

// entryDecoder reads one entry. After the first error it reads nothing but zeros.
type entryDecoder struct {
	index *Index
	rest  []byte
	err   error
}

func (d *entryDecoder) slice() fallow.Slice {
	s := fallow.Slice{Records: d.number(), First: d.number()}
	files := d.countOf(MaxSliceFiles)
	for range files {
		s.Files = append(s.Files, d.file())
	}
	if d.err == nil && files == 0 {
		d.fail("it has no files")
	}
	return s
}

func (d *entryDecoder) file() fallow.SliceFile {
	f := fallow.SliceFile{Name: string(d.bytes(d.countOf(MaxEntry)))}
	if d.err == nil && !validSliceName(f.Name) {
		d.fail("it has a file called %q", f.Name)
	}
	if whole := d.number(); whole > 0 {
		ref := d.source(uint64(whole) - 1)
		f.Digest, f.Size = ref.Digest, ref.Size
		return f
	}
	copy(f.Digest[:], d.bytes(len(f.Digest)))
	pieces := d.countOf(MaxPieces)
	for range pieces {
		p := d.piece()
		f.Pieces = append(f.Pieces, p)
		f.Size += p.Length
	}
	if d.err == nil && (pieces == 0 || f.Size > int64(fallow.MaxFile)) {
		d.fail("its file %q has %d pieces of %d bytes", f.Name, pieces, f.Size)
	}
	return f
}

func validSliceName(name string) bool {
	return fs.ValidPath(name) && name != "." && strings.IndexByte(name, 0) < 0
}

func (d *entryDecoder) piece() fallow.Piece {
	ref := d.source(uint64(d.number()))
	p := fallow.Piece{File: ref.Digest, Offset: d.number(), Length: d.number()}
	if d.err == nil && (p.Offset > ref.Size || p.Length > ref.Size-p.Offset) {
		d.fail("it needs bytes %d to %d of a file of %d", p.Offset, p.Offset+p.Length, ref.Size)
	}
	return p
}

func (d *entryDecoder) source(number uint64) fallow.FileRef {
	if d.err != nil {
		return fallow.FileRef{}
	}
	ref, err := d.index.source(number)
	d.err = err
	return ref
}

// number reads a varint. None in an index file is above MaxFile, so that the sum of
// MaxPieces of them can't overflow.
func (d *entryDecoder) number() int64 {
	v, n := binary.Uvarint(d.rest)
	if d.err != nil {
		return 0
	}
	if n <= 0 || v > uint64(fallow.MaxFile) {
		d.fail("it holds a broken number")
		return 0
	}
	d.rest = d.rest[n:]
	return int64(v)
}

// countOf reads the number of things that follow, at most limit.
func (d *entryDecoder) countOf(limit int64) int {
	n := d.number()
	if n > limit {
		d.fail("it counts %d where at most %d may be", n, limit)
		return 0
	}
	return int(n)
}

func (d *entryDecoder) bytes(n int) []byte {
	if d.err != nil || n > len(d.rest) {
		d.fail("it ends too early")
		return nil
	}
	b := d.rest[:n]
	d.rest = d.rest[n:]
	return b
}

func (d *entryDecoder) fail(format string, args ...any) {
	if d.err == nil {
		d.err = notIndex(format, args...)
	}
}

func notIndex(format string, args ...any) error {
	return fallow.Errorf(fallow.CodeInvalid, "bad index file: "+format, args...)
}

func readAt(file io.ReaderAt, p []byte, offset int64) error {
	if n, err := file.ReadAt(p, offset); n < len(p) {
		return fallow.Errorf(fallow.CodeUnavailable, "read index file at %d: %w", offset, err)
	}
	return nil
}
