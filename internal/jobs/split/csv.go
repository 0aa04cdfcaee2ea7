package split

import (
	"errors"
	"fmt"
)

// csv: a record is a row of RFC 4180, which quotes can lead over several lines.
// Empty lines between rows are no records.
type csv struct {
	separator byte
	state     csvState
	row       bool // in a row
}

type csvState int

const (
	csvFieldStart csvState = iota
	csvBare                // in a field without quotes
	csvQuoted              // inside quotes
	csvQuote               // after a quote inside quotes: its end, or half of a ""
)

func newCSV(separator byte) *csv {
	if separator == 0 {
		separator = ','
	}
	return &csv{separator: separator}
}

func (f *csv) fragment(part []byte, first, last bool) (bool, error) {
	starts := first && !f.row && !isEmptyLine(part, last)
	if starts {
		f.row, f.state = true, csvFieldStart
	}
	for _, c := range part {
		if err := f.step(c); err != nil {
			return false, err
		}
	}
	if last && f.state != csvQuoted {
		f.row = false
	}
	return starts, nil
}

func (f *csv) step(c byte) error {
	switch f.state {
	case csvQuoted:
		if c == '"' {
			f.state = csvQuote
		}
		return nil
	case csvQuote:
		if c == '"' {
			f.state = csvQuoted
			return nil
		}
		if c != f.separator && c != '\r' {
			return fmt.Errorf("a CSV field goes on with %q after its closing quote", c)
		}
	case csvFieldStart:
		if c == '"' {
			f.state = csvQuoted
			return nil
		}
	}
	switch {
	case c == f.separator:
		f.state = csvFieldStart
	case f.state == csvFieldStart:
		f.state = csvBare
	}
	return nil
}

func (f *csv) end() error {
	if f.state == csvQuoted {
		return errors.New("a CSV field has a quote that is never closed")
	}
	return nil
}
