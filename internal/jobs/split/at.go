package split

import (
	"io"
	"strconv"

	"fallow"
)

// Indexes gives access to index files by digest.
type Indexes interface {
	// Open gives an index file and its size in bytes. [At] does not close it: the
	// implementation owns its files and decides how many it keeps open.
	Open(fallow.Digest) (io.ReaderAt, int64, error)
}

// At computes the point of the subjob with this index. It is a pure function of
// its arguments and takes time in proportion to the parts of the split, not to the
// index. indexes may be nil if nothing is sliced. An index outside of the split is
// a [fallow.CodeNotFound].
func At(s fallow.Split, index int64, indexes Indexes) (fallow.Point, error) {
	total, err := Count(s)
	if err != nil {
		return fallow.Point{}, err
	}
	if index < 0 || index >= total {
		return fallow.Point{}, fallow.Errorf(fallow.CodeNotFound, "there is no subjob %d: the job has %d, counted from 0", index, total)
	}
	b := pointBuilder{indexes: indexes}
	err = b.add(s, index)
	return b.point, err
}

// pointBuilder puts a point together from the parts of a split. Indexes are in
// bounds and counts do not fail: At saw to both.
type pointBuilder struct {
	indexes Indexes
	point   fallow.Point
}

func (b *pointBuilder) add(s fallow.Split, index int64) error {
	switch {
	case s.Range != nil:
		b.set(s.Range.Name, valueInRange(*s.Range, index))
	case len(s.Sweep) > 0:
		return b.addSweep(s.Sweep, index)
	case len(s.Zip) > 0:
		for _, p := range s.Zip {
			b.set(p.Name, valueOf(p, index))
		}
	case s.Slices != nil:
		return b.addSlice(*s.Slices, index)
	case len(s.Product) > 0:
		return b.addProduct(s.Product, index)
	}
	return nil
}

func (b *pointBuilder) set(name, value string) {
	if b.point.Params == nil {
		b.point.Params = map[string]string{}
	}
	b.point.Params[name] = value
}

// addSweep reads index as a number whose digits are the parameters, the last one
// the least.
func (b *pointBuilder) addSweep(params []fallow.Parameter, index int64) error {
	for i := len(params) - 1; i >= 0; i-- {
		n, err := countParameter(params[i])
		if err != nil {
			return err
		}
		b.set(params[i].Name, valueOf(params[i], index%int64(n)))
		index /= int64(n)
	}
	return nil
}

// addProduct reads index like addSweep, but adds the parts in their order, because
// the order of a point's slices has a meaning.
func (b *pointBuilder) addProduct(splits []fallow.Split, index int64) error {
	digits := make([]int64, len(splits))
	for i := len(splits) - 1; i >= 0; i-- {
		n, err := count(splits[i])
		if err != nil {
			return err
		}
		digits[i] = index % int64(n)
		index /= int64(n)
	}
	for i, s := range splits {
		if err := b.add(s, digits[i]); err != nil {
			return err
		}
	}
	return nil
}

func (b *pointBuilder) addSlice(s fallow.SliceSplit, index int64) error {
	if b.indexes == nil {
		return fallow.Errorf(fallow.CodeInternal, "no index files given to read slice %d of a %s split", index, s.Kind)
	}
	file, size, err := b.indexes.Open(s.Index.Digest)
	if err != nil {
		return fallow.Errorf(fallow.CodeOf(err), "open index file %s: %w", s.Index.Digest, err)
	}
	x, err := OpenIndex(file, size)
	if err != nil {
		return err
	}
	slice, err := x.Slice(index)
	b.point.Slices = append(b.point.Slices, slice)
	return err
}

func valueOf(p fallow.Parameter, i int64) string {
	if p.Range != nil {
		return valueInRange(*p.Range, i)
	}
	return p.Values[i]
}

func valueInRange(r fallow.RangeSplit, i int64) string {
	return strconv.FormatInt(r.From+i*r.Step, 10)
}
