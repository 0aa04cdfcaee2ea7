package collect

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
)

// column gives the text of column n, from 1, of a row.
func column(row []byte, n int, separator string) (string, error) {
	if separator == SeparatorComma {
		return commaColumn(row, n)
	}
	for i := 1; ; i++ {
		var field []byte
		more := false
		if separator == SeparatorTab {
			field, row, more = bytes.Cut(row, []byte{'\t'})
		} else {
			row = bytes.TrimLeft(row, " \t")
			end := bytes.IndexAny(row, " \t")
			if end < 0 {
				end = len(row)
			}
			field, row = row[:end], row[end:]
			more = !isBlank(row)
		}
		if i == n {
			return string(field), nil
		}
		if !more {
			return "", fmt.Errorf("has %d columns, not %d", i, n)
		}
	}
}

// commaColumn is column for CSV: a field may be quoted, and then hold commas and
// doubled quotes.
func commaColumn(row []byte, n int) (string, error) {
	for i := 1; ; i++ {
		field, rest, err := commaField(row)
		if err != nil || i == n {
			return field, err
		}
		if rest == nil {
			return "", fmt.Errorf("has %d columns, not %d", i, n)
		}
		row = rest
	}
}

// commaField cuts the first field off a CSV row. Rest is nil after the last one.
func commaField(row []byte) (field string, rest []byte, err error) {
	if len(row) == 0 || row[0] != '"' {
		text, rest, more := bytes.Cut(row, []byte{','})
		if !more {
			return string(text), nil, nil
		}
		return string(text), rest, nil
	}
	var text []byte
	for row = row[1:]; ; row = row[1:] {
		part, after, closed := bytes.Cut(row, []byte{'"'})
		if !closed {
			return "", nil, errors.New("has a quote that does not end in the line")
		}
		text, row = append(text, part...), after
		if len(row) == 0 {
			return string(text), nil, nil
		}
		switch row[0] {
		case ',':
			return string(text), row[1:], nil
		case '"':
			text = append(text, '"')
		default:
			return "", nil, errors.New("has text after a closing quote")
		}
	}
}

// number reads a number as programs print it: 12, 1e-10, inf, nan. One too large
// for a float64 is infinite.
func number(text string) (float64, error) {
	v, err := strconv.ParseFloat(string(bytes.TrimSpace([]byte(text))), 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		return 0, fmt.Errorf("is %q, which is not a number", text)
	}
	return v, nil
}
