package life

import (
	"context"
	"crypto/sha256"
	"hash"
	"io"
	"os"
	"path/filepath"
	"strconv"

	"fallow"
	"fallow/internal/staging"
)

// outputs are the files that a collector writes, hashed on the way, so that they
// can be kept by digest.
type outputs struct {
	dir   string
	files []*output
}

// output embeds nothing: an *os.File has further ways to be written to, past the
// hash.
type output struct {
	file *os.File
	name string
	hash hash.Hash
	size int64
}

// create opens the result file called name. The name is the job's, so the file on
// disk gets another.
func (o *outputs) create(name string) (io.WriteCloser, error) {
	f, err := os.Create(filepath.Join(o.dir, "result-"+strconv.Itoa(len(o.files))))
	if err != nil {
		return nil, err
	}
	out := &output{file: f, name: name, hash: sha256.New()}
	o.files = append(o.files, out)
	return out, nil
}

func (o *output) Write(p []byte) (int, error) {
	n, err := o.file.Write(p)
	o.hash.Write(p[:n])
	o.size += int64(n)
	return n, err
}

func (o *output) Close() error { return o.file.Close() }

// keep puts the files, all closed, into the store. Its errors are of code
// unavailable: a store that has no room may have some later.
func (o *outputs) keep(ctx context.Context, files staging.Store) ([]fallow.FileRef, error) {
	var refs []fallow.FileRef
	for _, out := range o.files {
		ref := fallow.FileRef{Path: out.name, Digest: fallow.Digest(out.hash.Sum(nil)), Size: out.size}
		if err := keepFile(ctx, files, out.file.Name(), ref); err != nil {
			return nil, fallow.Errorf(fallow.CodeUnavailable, "keep result %q: %w", out.name, err)
		}
		refs = append(refs, ref)
	}
	return refs, nil
}

func keepFile(ctx context.Context, files staging.Store, path string, ref fallow.FileRef) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = files.Put(ctx, ref.Digest, ref.Size, 0, f)
	return err
}
