package split

import "io"

// CutInto cuts a file as [Cut] does and adds its slices to an index file, each as
// one file called sliceName. The file becomes the next source of x.
func CutInto(x *IndexWriter, r io.Reader, o Options, sliceName string) (File, error) {
	source := int(x.sources.records)
	// The header's length is known before the first slice is complete, but Cut
	// tells it only at the end: what lies before the first slice is the header.
	header := int64(-1)
	file, err := Cut(r, o, func(s Slice) error {
		if header < 0 {
			header = s.Offset
		}
		f := EntryFile{Name: sliceName, Digest: s.Digest}
		if header > 0 {
			f.Pieces = append(f.Pieces, EntryPiece{Source: source, Offset: 0, Length: header})
		}
		f.Pieces = append(f.Pieces, EntryPiece{Source: source, Offset: s.Offset, Length: s.Length})
		return x.Add(Entry{Records: s.Records, First: s.First, Files: []EntryFile{f}})
	})
	if err != nil {
		return File{}, err
	}
	_, err = x.AddSource(file.Digest, file.Size)
	return file, err
}
