package split

import "fallow"

// CheckIndexes checks the index files of a split that comes from outside: that each
// has as many slices as the split says, and, by calling have, that the files are
// there which the slices are cut from. Slices themselves are checked when [At] reads
// them.
func CheckIndexes(s fallow.Split, indexes Indexes, have func(fallow.FileRef) error) error {
	if s.Slices != nil {
		return checkIndex(*s.Slices, indexes, have)
	}
	for _, part := range s.Product {
		if err := CheckIndexes(part, indexes, have); err != nil {
			return err
		}
	}
	return nil
}

func checkIndex(s fallow.SliceSplit, indexes Indexes, have func(fallow.FileRef) error) error {
	file, size, err := indexes.Open(s.Index.Digest)
	if err != nil {
		return fallow.Errorf(fallow.CodeOf(err), "open index file %s: %w", s.Index.Digest, err)
	}
	x, err := OpenIndex(file, size)
	if err != nil {
		return err
	}
	if x.Slices() != s.Count || size != s.Index.Size {
		return fallow.Errorf(fallow.CodeInvalid, "the %s split says %d slices in %d bytes, its index file has %d in %d", s.Kind, s.Count, s.Index.Size, x.Slices(), size)
	}
	for ref, err := range x.Sources() {
		if err != nil {
			return err
		}
		if err := have(ref); err != nil {
			return fallow.Errorf(fallow.CodeOf(err), "the file that the %s split cuts: %w", s.Kind, err)
		}
	}
	return nil
}
