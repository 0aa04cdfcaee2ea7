package rpc

import (
	"io/fs"

	"fallow"
	"fallow/internal/rpc/fallowv1"
)

// ToDigests writes digests for the wire.
func ToDigests(digests []fallow.Digest) [][]byte {
	out := make([][]byte, len(digests))
	for i, d := range digests {
		out[i] = d[:]
	}
	return out
}

// FromDigest checks that a digest has its 32 bytes.
func FromDigest(raw []byte) (fallow.Digest, error) {
	var d fallow.Digest
	if len(raw) != len(d) {
		return d, invalid("digest of %d bytes, want %d", len(raw), len(d))
	}
	copy(d[:], raw)
	return d, nil
}

// FromDigests checks each digest.
func FromDigests(raw [][]byte) ([]fallow.Digest, error) {
	return convert(raw, FromDigest)
}

// ToFileRef writes a file's name by content.
func ToFileRef(f fallow.FileRef) *fallowv1.FileRef {
	return &fallowv1.FileRef{Path: f.Path, Digest: f.Digest[:], Size: f.Size}
}

// ToFileRefs writes a list of them.
func ToFileRefs(files []fallow.FileRef) []*fallowv1.FileRef {
	out := make([]*fallowv1.FileRef, len(files))
	for i, f := range files {
		out[i] = ToFileRef(f)
	}
	return out
}

// FromFileRef checks digest, size (0 to [fallow.MaxFile]) and, where there is one,
// that the path is local, so that it can be created below any folder.
func FromFileRef(f *fallowv1.FileRef) (fallow.FileRef, error) {
	digest, err := FromDigest(f.GetDigest())
	if err != nil {
		return fallow.FileRef{}, err
	}
	path, size := f.GetPath(), f.GetSize()
	if path != "" && (path == "." || !fs.ValidPath(path)) {
		return fallow.FileRef{}, invalid("file name %q is not a local, slash-separated path", path)
	}
	if size < 0 || size > int64(fallow.MaxFile) {
		return fallow.FileRef{}, invalid("file %q of %d bytes, want 0 to %d", path, size, int64(fallow.MaxFile))
	}
	return fallow.FileRef{Path: path, Digest: digest, Size: size}, nil
}

// FromFileRefs checks each file, that no two have the same path and that there are
// at most [fallow.MaxResultFiles].
func FromFileRefs(files []*fallowv1.FileRef) ([]fallow.FileRef, error) {
	if len(files) > fallow.MaxResultFiles {
		return nil, fallow.Errorf(fallow.CodeLimit, "%d result files, at most %d are allowed (MaxResultFiles)",
			len(files), fallow.MaxResultFiles)
	}
	refs, err := convert(files, FromFileRef)
	if err != nil {
		return nil, err
	}
	seen := make(map[string]bool, len(refs))
	for _, f := range refs {
		if f.Path != "" && seen[f.Path] {
			return nil, invalid("two files are named %q", f.Path)
		}
		seen[f.Path] = true
	}
	return refs, nil
}
