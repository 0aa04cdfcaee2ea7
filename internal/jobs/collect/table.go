package collect

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"

	"fallow"
)

// maxHead bounds the comment lines that are kept above a table.
const maxHead = 64 * fallow.KiB

// table joins tables: the comments above the first row and the header line once,
// then the rows, sorted and cut if asked. Empty lines and other comments are left
// out.
func table(ctx context.Context, c fallow.CollectTable, src Source, w io.Writer, o Options) (Report, error) {
	t := tableWriter{spec: c, out: bufio.NewWriterSize(w, 1<<16)}
	if len(c.Sort) > 0 {
		t.sorter = newSorter(c, o)
		defer t.sorter.close()
	}
	report, err := eachFile(ctx, src, c.File, func(index int64, r io.Reader) error {
		t.beginFile()
		return eachLine(index, c.File, r, func(line int64, row []byte) error {
			return t.line(ctx, index, line, row)
		})
	})
	if err == nil {
		err = t.finish(ctx)
	}
	report.Rows = t.rows
	return report, err
}

// tableWriter takes in the lines of the subjobs' tables, one table after the other.
type tableWriter struct {
	spec   fallow.CollectTable
	out    *bufio.Writer
	sorter *sorter // nil without a sort
	rows   int64   // written

	head     []byte // comments above the current table's first row
	firstTop []byte // head of the first table, for a result without rows
	tables   int64
	began    bool   // the result's head is written
	inHead   bool   // no row of the current table was seen
	named    bool   // the current table's header line was seen
	header   []byte // the first header line of all
}

func (t *tableWriter) beginFile() {
	t.endHead()
	t.tables++
	t.head, t.inHead, t.named = t.head[:0], true, false
}

// endHead notes the head of a table that ends.
func (t *tableWriter) endHead() {
	if t.tables == 1 {
		t.firstTop = bytes.Clone(t.head)
	}
}

// line takes in one line.
func (t *tableWriter) line(ctx context.Context, index, number int64, line []byte) error {
	switch {
	case isBlank(line):
		return nil
	case t.spec.Comment != "" && bytes.HasPrefix(line, []byte(t.spec.Comment)):
		t.comment(line)
		return nil
	case t.spec.Header && !t.named:
		t.named = true
		return t.headerLine(index, line)
	}
	t.inHead = false
	if err := t.begin(t.head); err != nil {
		return err
	}
	if t.sorter != nil {
		if err := t.sorter.add(ctx, line); err != nil {
			return badRow(t.spec.File, index, number, err)
		}
		return nil
	}
	return t.row(line)
}

// comment keeps a comment above the first row, while it may be needed and has room.
func (t *tableWriter) comment(line []byte) {
	if !t.began && t.inHead && len(t.head)+len(line) < int(maxHead) {
		t.head = append(append(t.head, line...), '\n')
	}
}

func (t *tableWriter) headerLine(index int64, line []byte) error {
	if t.header == nil {
		t.header = bytes.Clone(line)
	}
	if !bytes.Equal(t.header, line) {
		return fallow.Errorf(fallow.CodeInvalid, "the columns of %q of subjob %d are %q, those before were %q", t.spec.File, index, line, t.header).
			WithHint("all subjobs must print the same header line; without one, leave out header")
	}
	return nil
}

// begin writes what stands above the rows, once.
func (t *tableWriter) begin(head []byte) error {
	if t.began {
		return nil
	}
	t.began = true
	if t.header != nil {
		head = append(append(bytes.Clone(head), t.header...), '\n')
	}
	return t.write(head)
}

// row writes a row, unless there are enough.
func (t *tableWriter) row(line []byte) error {
	if t.spec.Top > 0 && t.rows >= t.spec.Top {
		return nil
	}
	t.rows++
	if err := t.write(line); err != nil {
		return err
	}
	return t.write([]byte{'\n'})
}

func (t *tableWriter) finish(ctx context.Context) error {
	t.endHead()
	if err := t.begin(t.firstTop); err != nil {
		return err
	}
	if t.sorter != nil {
		if err := t.sorter.each(ctx, t.row); err != nil {
			return err
		}
	}
	if err := t.out.Flush(); err != nil {
		return fmt.Errorf("write table: %w", err)
	}
	return nil
}

func (t *tableWriter) write(p []byte) error {
	if _, err := t.out.Write(p); err != nil {
		return fmt.Errorf("write table: %w", err)
	}
	return nil
}
