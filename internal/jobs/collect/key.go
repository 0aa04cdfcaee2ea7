package collect

import (
	"cmp"
	"fmt"
	"math"
	"strings"

	"fallow"
)

// row is a line of a table with the columns that it is sorted by.
type row struct {
	line    []byte
	numbers []float64 // of the numeric keys, in order
	texts   []string  // of the others
	number  int       // of the row in its load, so that equal rows keep their order
}

// keyReader reads sort keys out of rows.
type keyReader struct {
	keys      []fallow.SortKey
	separator string
}

func (k keyReader) row(line []byte) (*row, error) {
	r := &row{line: line}
	for _, key := range k.keys {
		text, err := column(line, key.Column, k.separator)
		if err != nil {
			return nil, err
		}
		if !key.Numeric {
			r.texts = append(r.texts, text)
			continue
		}
		v, err := number(text)
		if err != nil {
			return nil, fmt.Errorf("column %d %w", key.Column, err)
		}
		r.numbers = append(r.numbers, v)
	}
	return r, nil
}

// compare orders two rows by all keys. Rows that are equal keep their order.
func (k keyReader) compare(a, b *row) int {
	number, text := 0, 0
	for _, key := range k.keys {
		order := 0
		if key.Numeric {
			order = compareNumbers(a.numbers[number], b.numbers[number], key.Descending)
			number++
		} else {
			order = strings.Compare(a.texts[text], b.texts[text])
			if key.Descending {
				order = -order
			}
			text++
		}
		if order != 0 {
			return order
		}
	}
	return 0
}

// compareNumbers puts what is not a number last, whatever the direction: a failed
// computation never tops a list.
func compareNumbers(a, b float64, descending bool) int {
	switch {
	case math.IsNaN(a) && math.IsNaN(b):
		return 0
	case math.IsNaN(a):
		return 1
	case math.IsNaN(b):
		return -1
	case descending:
		return cmp.Compare(b, a)
	}
	return cmp.Compare(a, b)
}

// memory estimates what a row costs, in bytes: its line, its keys and the slices
// that hold them.
func (r *row) memory() int64 {
	size := 128 + len(r.line) + 8*len(r.numbers)
	for _, text := range r.texts {
		size += 16 + len(text)
	}
	return int64(size)
}
