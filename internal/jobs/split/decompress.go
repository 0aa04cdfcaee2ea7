package split

import (
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"fallow"
)

// maxZstdWindow bounds the memory that a .zst file may ask for to be read, in bytes.
const maxZstdWindow = 128 << 20

// IsCompressed tells by its name whether [Decompress] changes a file.
func IsCompressed(name string) bool {
	ext := path.Ext(name)
	return ext == ".gz" || ext == ".zst"
}

// Decompress gives the content of a file: what .gz and .zst files unpack to, other
// files as they are. Content above [fallow.MaxFile] is a [fallow.CodeLimit].
// Closing the reader closes r.
func Decompress(name string, r io.ReadCloser) (io.ReadCloser, error) {
	switch path.Ext(name) {
	case ".gz":
		z, err := gzip.NewReader(r)
		if err != nil {
			return nil, badArchive(name, err)
		}
		return &unpacked{Reader: z, name: name, packed: r, release: func() {}}, nil
	case ".zst":
		z, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxZstdWindow))
		if err != nil {
			return nil, badArchive(name, err)
		}
		return &unpacked{Reader: z, name: name, packed: r, release: z.Close}, nil
	}
	return r, nil
}

// SliceFileName is how the slices of a file called name are called: "slice" and
// the extension, without that of a compression.
func SliceFileName(name string) string {
	base := path.Base(name)
	if IsCompressed(base) {
		base = strings.TrimSuffix(base, path.Ext(base))
	}
	return "slice" + path.Ext(base)
}

// unpacked counts and names what comes out of a compressed file.
type unpacked struct {
	io.Reader
	name    string
	size    int64
	packed  io.Closer
	release func()
}

func (u *unpacked) Read(p []byte) (int, error) {
	n, err := u.Reader.Read(p)
	u.size += int64(n)
	if u.size > int64(fallow.MaxFile) {
		return n, fallow.Errorf(fallow.CodeLimit, "%s unpacks to more than %s (MaxFile)", u.name, fallow.MaxFile)
	}
	if err != nil && err != io.EOF {
		return n, badArchive(u.name, err)
	}
	return n, err
}

func (u *unpacked) Close() error {
	u.release()
	return u.packed.Close()
}

func badArchive(name string, err error) error {
	return fmt.Errorf("unpack %s: %w", name, err)
}
