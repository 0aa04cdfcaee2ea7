package split

import "fallow"

// The kinds of slices. All but KindFiles are cut out of a file by [Cut].
const (
	KindLines = "lines"
	KindFiles = "files"
	KindFASTA = "fasta"
	KindFASTQ = "fastq"
	KindCSV   = "csv"
	KindJSONL = "jsonl"
)

// grammar knows where the records of one kind of file begin, and what is malformed.
// It sees each line in one or more fragments without the line end, and keeps no
// more than a few bytes of state. A fragment is empty only if it is a whole line,
// or the end of one.
type grammar interface {
	// fragment takes in a part of a line: first if it begins the line, last if the
	// line ends with it. It tells whether a record begins with it; only a first
	// fragment may begin one.
	fragment(part []byte, first, last bool) (starts bool, err error)
	// end tells what is missing at the end of the file.
	end() error
}

func grammarOf(o Options) (grammar, error) {
	switch o.Kind {
	case KindLines:
		return lines{}, nil
	case KindFASTA:
		return &fasta{}, nil
	case KindFASTQ:
		return &fastq{}, nil
	case KindCSV:
		return newCSV(o.Separator), nil
	case KindJSONL:
		return &jsonl{}, nil
	}
	return nil, fallow.Errorf(fallow.CodeInvalid, "%s: files can't be cut into %q", o.Name, o.Kind)
}

// lines: every line is a record, the empty ones too.
type lines struct{}

func (lines) fragment(_ []byte, first, _ bool) (bool, error) { return first, nil }

func (lines) end() error { return nil }

// isEmptyLine tells whether a first fragment is an empty line.
func isEmptyLine(part []byte, last bool) bool {
	return last && (len(part) == 0 || (len(part) == 1 && part[0] == '\r'))
}
