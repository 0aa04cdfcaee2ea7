package split

import (
	"errors"
	"fmt"
)

// fasta: a record is a line that begins with ">" and a name, and the lines of its
// sequence up to the next.
type fasta struct {
	inTitle  bool
	named    bool // the title has a name
	records  int
	sequence bool // the record has a sequence
}

func (f *fasta) fragment(part []byte, first, last bool) (bool, error) {
	starts := first && len(part) > 0 && part[0] == '>'
	if starts {
		if err := f.endRecord(); err != nil {
			return false, err
		}
		f.inTitle, f.named, f.sequence = true, false, false
		f.records++
		part = part[1:]
	}
	var err error
	if f.inTitle {
		err = f.title(part, last)
	} else {
		err = f.residues(part)
	}
	return starts, err
}

func (f *fasta) title(part []byte, last bool) error {
	for _, c := range part {
		if c > ' ' {
			f.named = true
			break
		}
	}
	if !last {
		return nil
	}
	f.inTitle = false
	if !f.named {
		return errors.New("a FASTA title has no name after the \">\"")
	}
	return nil
}

func (f *fasta) residues(part []byte) error {
	for _, c := range part {
		if c == ' ' || c == '\t' || c == '\r' {
			continue
		}
		if f.records == 0 {
			return errors.New("a FASTA file begins with \">\"")
		}
		if c < ' ' || c > '~' {
			return fmt.Errorf("a FASTA sequence has the byte %#02x", c)
		}
		f.sequence = true
	}
	return nil
}

// endRecord checks the record that ends before the current line.
func (f *fasta) endRecord() error {
	if f.records > 0 && !f.sequence {
		return errors.New("the FASTA record before this line has no sequence")
	}
	return nil
}

func (f *fasta) end() error {
	if f.inTitle && !f.named {
		return errors.New("a FASTA title has no name after the \">\"")
	}
	if f.records > 0 && !f.sequence {
		return errors.New("the last FASTA record has no sequence: the file seems to be cut off")
	}
	return nil
}
