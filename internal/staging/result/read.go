package result

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"os"

	"fallow"
	"fallow/internal/staging"
	"fallow/internal/staging/regular"
)

// read hashes one result. What is open is what is checked: the folder may have been
// changed since it was walked.
func read(ctx context.Context, root *os.Root, name string, b *budget) (File, error) {
	if err := unlock(root, name, 0o400); err != nil {
		return File{}, err
	}
	f, err := regular.Open(root, name, os.O_RDONLY)
	if err != nil {
		if fallow.CodeOf(err) == fallow.CodeInvalid {
			err = refused(err)
		}
		return File{}, fmt.Errorf("collect result %q: %w", name, err)
	}
	defer f.Close()
	before, err := look(name, f)
	if err != nil {
		return File{}, err
	}
	if before.links > 1 {
		return File{}, fallow.Errorf(fallow.CodeInvalid, "result %q is a hard link: the file has %d names", name, before.links).
			WithHint("let the program copy the file instead of linking it")
	}
	if err := b.addBytes(name, before.size); err != nil {
		return File{}, err
	}
	h := sha256.New()
	if err := staging.HashInto(ctx, h, io.LimitReader(f, before.size+1)); err != nil {
		return File{}, fmt.Errorf("collect result %q: %w", name, err)
	}
	after, err := look(name, f)
	if err != nil {
		return File{}, err
	}
	if before != after {
		return File{}, changed(name)
	}
	ref := fallow.FileRef{Path: name, Digest: fallow.Digest(h.Sum(nil)), Size: before.size}
	return File{FileRef: ref, seen: before}, nil
}

func look(name string, f *os.File) (identity, error) {
	info, err := f.Stat()
	if err != nil {
		return identity{}, fmt.Errorf("collect result %q: %w", name, err)
	}
	return identityOf(info), nil
}
