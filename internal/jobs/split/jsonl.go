package split

import "errors"

// jsonl: a record is a line with one JSON value. Empty lines are no records.
type jsonl struct {
	machine jsonMachine
	row     bool // in a line that is a record
}

func (f *jsonl) fragment(part []byte, first, last bool) (bool, error) {
	starts := first && !isEmptyLine(part, last)
	if starts {
		f.machine.reset()
		f.row = true
	}
	if !f.row {
		return false, nil
	}
	for _, c := range part {
		if !f.machine.step(c) {
			return false, errors.New("the line is not one valid JSON value")
		}
	}
	if last {
		return starts, f.end()
	}
	return starts, nil
}

func (f *jsonl) end() error {
	if f.row && !f.machine.complete() {
		return errors.New("the line ends inside a JSON value")
	}
	f.row = false
	return nil
}
