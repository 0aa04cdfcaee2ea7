package jobfile

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"

	"fallow"
	"fallow/internal/jobs/split"
)

// split gives a split with its files cut.
func (r *resolver) split(s Split) fallow.Split {
	out := fallow.Split{Range: s.Range, Sweep: s.Sweep, Zip: s.Zip}
	if s.Slices != nil {
		out.Slices = r.cutAll(*s.Slices)
	}
	for _, part := range s.Product {
		out.Product = append(out.Product, r.split(part))
	}
	return out
}

// cutAll cuts the files of one split and writes their index file.
func (r *resolver) cutAll(s Slices) *fallow.SliceSplit {
	at := s.From[0].at
	out, err := os.CreateTemp(r.plan.temp, "index-*")
	if err != nil {
		r.fail(at, fmt.Errorf("make an index file: %w", err))
		return nil
	}
	index := measured{out: out, sum: sha256.New()}
	err = r.writeIndex(&index, s)
	if err = errors.Join(err, out.Close()); err != nil {
		r.fail(at, err)
		return nil
	}
	ref := fallow.FileRef{Path: out.Name(), Digest: index.digest(), Size: index.size}
	r.add(LocalFile{FileRef: ref})
	ref.Path = ""
	return &fallow.SliceSplit{Kind: s.Kind, Index: ref, Count: index.slices}
}

// writeIndex cuts, and writes the cuts.
func (r *resolver) writeIndex(index *measured, s Slices) error {
	x, err := split.NewIndexWriter(index, r.plan.temp)
	if err != nil {
		return err
	}
	if s.Kind == split.KindFiles {
		index.slices, err = r.group(x, s)
	} else {
		index.slices, err = r.cut(x, s)
	}
	return errors.Join(err, x.Close())
}

// cut cuts a file into slices of records.
func (r *resolver) cut(x *split.IndexWriter, s Slices) (int64, error) {
	from := s.From[0]
	info, err := os.Stat(r.path(from.Path))
	if err != nil {
		return 0, fallow.Errorf(fallow.CodeNotFound, "the file to split can't be read: %w", err).
			WithHint("paths are relative to the job file's folder")
	}
	if !info.Mode().IsRegular() {
		return 0, fallow.Errorf(fallow.CodeInvalid, "%q is not a regular file, but %s", from.Path, info.Mode().Type()).
			WithHint("%s takes one file; to give each subjob whole files, write files: %q", s.Kind, from.Path)
	}
	file := LocalFile{FileRef: fallow.FileRef{Path: r.path(from.Path)}, unpack: split.IsCompressed(from.Path)}
	content, err := file.Open()
	if err != nil {
		return 0, err
	}
	defer content.Close() // it is only read
	o := split.Options{Name: from.Path, Kind: s.Kind, Per: s.Per, Header: s.Header, Separator: s.Separator}
	cut, err := split.CutInto(x, reader{r.ctx, content}, o, split.SliceFileName(from.Path))
	if err != nil {
		return 0, err
	}
	file.Digest, file.Size = cut.Digest, cut.Size
	r.add(file)
	return cut.Slices, nil
}

// group puts whole files into slices, Per at a time.
func (r *resolver) group(x *split.IndexWriter, s Slices) (int64, error) {
	g := grouper{x: x, per: s.Per, names: map[string]bool{}}
	for _, from := range s.From {
		for _, match := range r.find(from, "") {
			ref, ok := r.digest(match.path, from.at)
			if !ok {
				continue
			}
			if err := g.add(match.name, ref); err != nil {
				return 0, err
			}
		}
	}
	err := g.end()
	return g.slices, err
}

// grouper collects files to slices.
type grouper struct {
	x      *split.IndexWriter
	per    int64
	entry  split.Entry
	names  map[string]bool // in the entry
	slices int64
}

func (g *grouper) add(name string, ref fallow.FileRef) error {
	if g.names[name] {
		return fallow.Errorf(fallow.CodeInvalid, "one slice would have two files called %q", name).
			WithHint("name each file once, or split with per: 1")
	}
	source, err := g.x.AddSource(ref.Digest, ref.Size)
	if err != nil {
		return err
	}
	g.names[name] = true
	g.entry.Files = append(g.entry.Files, split.EntryFile{Name: name, Source: source, Whole: true})
	g.entry.Records++
	if g.entry.Records < g.per {
		return nil
	}
	return g.end()
}

// end adds what was collected as a slice.
func (g *grouper) end() error {
	if len(g.entry.Files) == 0 {
		return nil
	}
	g.slices++
	err := g.x.Add(g.entry)
	g.entry = split.Entry{First: g.entry.First + g.entry.Records}
	clear(g.names)
	return err
}

// measured computes digest and size of what is written through it.
type measured struct {
	out    io.Writer
	sum    hash.Hash
	size   int64
	slices int64
}

// Write implements [io.Writer].
func (m *measured) Write(p []byte) (int, error) {
	n, err := m.out.Write(p)
	m.sum.Write(p[:n])
	m.size += int64(n)
	return n, err
}

func (m *measured) digest() (d fallow.Digest) {
	m.sum.Sum(d[:0])
	return d
}
