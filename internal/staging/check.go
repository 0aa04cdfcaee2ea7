package staging

import "fallow"

// CheckSize refuses the size of a file in bytes that no store takes.
func CheckSize(d fallow.Digest, size int64) error {
	if size < 0 {
		return fallow.Errorf(fallow.CodeInvalid, "file %s: size %d is negative", d, size)
	}
	if size > int64(fallow.MaxFile) {
		return fallow.Errorf(fallow.CodeLimit, "file %s: %s is more than the limit of a file (%s)",
			d, fallow.Size(size), fallow.MaxFile)
	}
	return nil
}
