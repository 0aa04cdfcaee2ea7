package split

import (
	"errors"
	"fmt"
)

// fastq: a record is four lines: "@" and a name, the sequence, "+", and as many
// quality values as the sequence has letters.
type fastq struct {
	line     int   // of the record, from 0
	length   int64 // of the current line, without a carriage return at its end
	final    byte  // the last byte seen of the current line
	sequence int64 // length of the record's sequence
	blank    bool  // an empty line was seen where a record should begin
}

func (f *fastq) fragment(part []byte, first, last bool) (bool, error) {
	if first {
		if f.line == 0 && isEmptyLine(part, last) {
			f.blank = true
			return false, nil
		}
		if err := f.begin(part); err != nil {
			return false, err
		}
	}
	f.length += int64(len(part))
	if len(part) > 0 {
		f.final = part[len(part)-1]
	}
	starts := first && f.line == 0
	if last {
		return starts, f.endLine()
	}
	return starts, nil
}

// begin checks the first byte of a line.
func (f *fastq) begin(part []byte) error {
	switch {
	case f.blank:
		return errors.New("a FASTQ file has an empty line between records")
	case f.line == 0 && part[0] != '@':
		return fmt.Errorf("a FASTQ record begins with \"@\", not %q", part[0])
	case f.line == 2 && (len(part) == 0 || part[0] != '+'):
		return errors.New("the third line of a FASTQ record begins with \"+\"; sequences over several lines are not understood")
	}
	return nil
}

func (f *fastq) endLine() error {
	if f.final == '\r' {
		f.length--
	}
	switch f.line {
	case 1:
		f.sequence = f.length
	case 3:
		if f.length != f.sequence {
			return fmt.Errorf("a FASTQ record has %d letters but %d quality values", f.sequence, f.length)
		}
	}
	f.line = (f.line + 1) % 4
	f.length, f.final = 0, 0
	return nil
}

func (f *fastq) end() error {
	if f.line == 3 && f.length > 0 {
		return f.endLine() // the last line has no line end
	}
	if f.line != 0 {
		return errors.New("the last FASTQ record has fewer than four lines: the file seems to be cut off")
	}
	return nil
}
