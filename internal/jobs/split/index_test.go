package split

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fallow"
)

// indexOf cuts content into an index file.
func indexOf(t testing.TB, o Options, contents ...string) []byte {
	t.Helper()
	dir := t.TempDir()
	var out bytes.Buffer
	x, err := NewIndexWriter(&out, dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, content := range contents {
		if _, err := CutInto(x, strings.NewReader(content), o, "slice.txt"); err != nil {
			t.Fatal(err)
		}
	}
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("temporary files are left: %v, %v", left, err)
	}
	return out.Bytes()
}

func TestPointsOfSlices(t *testing.T) {
	const table, ligands = "id,x\n1,a\n2,b\n3,c\n", "CC\nCO\nCN\n"
	csvIndex := indexOf(t, Options{Name: "t", Kind: KindCSV, Per: 2, Header: true}, table)
	lineIndex := indexOf(t, Options{Name: "l", Kind: KindLines, Per: 1}, ligands)
	store := files{fallow.DigestOf(csvIndex): csvIndex, fallow.DigestOf(lineIndex): lineIndex}
	slices := func(kind string, index []byte, n int64) fallow.Split {
		ref := fallow.FileRef{Digest: fallow.DigestOf(index), Size: int64(len(index))}
		return fallow.Split{Slices: &fallow.SliceSplit{Kind: kind, Index: ref, Count: n}}
	}
	s := fallow.Split{Product: []fallow.Split{
		slices(KindCSV, csvIndex, 2),
		{Range: &fallow.RangeSplit{Name: "seed", From: 1, To: 2, Step: 1}},
		slices(KindLines, lineIndex, 3),
	}}
	if err := Validate(s); err != nil {
		t.Fatal(err)
	}
	got, err := At(s, 1*6+1*3+2, store)
	if err != nil {
		t.Fatal(err)
	}
	from := fallow.DigestOf([]byte(table))
	want := fallow.Point{Params: map[string]string{"seed": "2"}, Slices: []fallow.Slice{
		{Records: 1, First: 2, Files: []fallow.SliceFile{{Name: "slice.txt", Size: 9, Digest: fallow.DigestOf([]byte("id,x\n3,c\n")),
			Pieces: []fallow.Piece{{File: from, Offset: 0, Length: 5}, {File: from, Offset: 13, Length: 4}}}}},
		{Records: 1, First: 2, Files: []fallow.SliceFile{{Name: "slice.txt", Size: 3, Digest: fallow.DigestOf([]byte("CN\n")),
			Pieces: []fallow.Piece{{File: fallow.DigestOf([]byte(ligands)), Offset: 6, Length: 3}}}}},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestIndexOfWholeFiles(t *testing.T) {
	var out bytes.Buffer
	x, err := NewIndexWriter(&out, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	a := fallow.FileRef{Digest: fallow.DigestOf([]byte("a")), Size: 1}
	source, err := x.AddSource(a.Digest, a.Size)
	if err != nil {
		t.Fatal(err)
	}
	if err := x.Add(Entry{Records: 1, Files: []EntryFile{{Name: "lib/a.txt", Source: source, Whole: true}}}); err != nil {
		t.Fatal(err)
	}
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
	index, err := OpenIndex(bytes.NewReader(out.Bytes()), int64(out.Len()))
	if err != nil {
		t.Fatal(err)
	}
	got, err := index.Slice(0)
	want := fallow.Slice{Records: 1, Files: []fallow.SliceFile{{Name: "lib/a.txt", Digest: a.Digest, Size: 1}}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
	for ref, err := range index.Sources() {
		if ref != a || err != nil {
			t.Error(ref, err)
		}
	}
}

func TestCheckIndexes(t *testing.T) {
	const text = "a\nb\nc\n"
	index := indexOf(t, Options{Name: "l", Kind: KindLines, Per: 1}, text)
	store := files{fallow.DigestOf(index): index}
	slices := func(count, size int64) fallow.Split {
		ref := fallow.FileRef{Digest: fallow.DigestOf(index), Size: size}
		return fallow.Split{Product: []fallow.Split{{Slices: &fallow.SliceSplit{Kind: KindLines, Index: ref, Count: count}}}}
	}
	var asked []fallow.FileRef
	have := func(ref fallow.FileRef) error {
		asked = append(asked, ref)
		return nil
	}
	if err := CheckIndexes(slices(3, int64(len(index))), store, have); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff([]fallow.FileRef{{Digest: fallow.DigestOf([]byte(text)), Size: 6}}, asked); diff != "" {
		t.Error(diff)
	}
	missing := func(fallow.FileRef) error { return fallow.Errorf(fallow.CodeNotFound, "not here") }
	for code, err := range map[fallow.Code]error{
		fallow.CodeInvalid:  CheckIndexes(slices(4, int64(len(index))), store, have),
		fallow.CodeNotFound: CheckIndexes(slices(3, int64(len(index))), store, missing),
	} {
		if err == nil || fallow.CodeOf(err) != code {
			t.Errorf("%v, want %s", err, code)
		}
	}
	if err := CheckIndexes(slices(3, 1), files{}, have); fallow.CodeOf(err) != fallow.CodeNotFound {
		t.Error(err)
	}
}

func TestIndexRefusesDamage(t *testing.T) {
	good := indexOf(t, Options{Name: "l", Kind: KindLines, Per: 1}, "a\nb\nc\n")
	for i := range good {
		bad := bytes.Clone(good)
		bad[i] ^= 0xff
		readAll(t, bad)
		readAll(t, good[:i])
	}
	for _, bad := range [][]byte{nil, []byte("fallowix"), append(bytes.Clone(good), 0), good[:len(good)-1]} {
		if _, err := OpenIndex(bytes.NewReader(bad), int64(len(bad))); fallow.CodeOf(err) != fallow.CodeInvalid {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// readAll reads all that an index file says. What it accepts must be within bounds.
func readAll(t testing.TB, content []byte) {
	index, err := OpenIndex(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return
	}
	sizes := map[fallow.Digest]int64{}
	for ref, err := range index.Sources() {
		if err != nil {
			break
		}
		sizes[ref.Digest] = max(sizes[ref.Digest], ref.Size)
	}
	for i := range index.Slices() {
		slice, err := index.Slice(i)
		if err != nil {
			continue
		}
		for _, f := range slice.Files {
			size := int64(0)
			for _, p := range f.Pieces {
				size += p.Length
				if p.Offset < 0 || p.Length < 0 || p.Offset+p.Length > sizes[p.File] {
					t.Fatalf("slice %d: piece %+v of a file of %d", i, p, sizes[p.File])
				}
			}
			if !validSliceName(f.Name) || (len(f.Pieces) > 0 && size != f.Size) {
				t.Fatalf("slice %d: file %+v", i, f)
			}
		}
	}
}

func FuzzIndex(f *testing.F) {
	f.Add(indexOf(f, Options{Name: "l", Kind: KindLines, Per: 1}, "a\nb\nc\n"))
	f.Add(indexOf(f, Options{Name: "t", Kind: KindCSV, Per: 2, Header: true}, "id,x\n1,a\n2,b\n3,c\n"))
	f.Fuzz(func(t *testing.T, content []byte) { readAll(t, content) })
}
