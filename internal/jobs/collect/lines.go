package collect

import (
	"bufio"
	"bytes"
	"fmt"
	"io"

	"fallow"
)

// MaxRow bounds one line of a table.
const MaxRow = 16 * fallow.MiB

// eachLine calls visit with each line of r, numbered from 1, without its line end.
// The line is valid until visit returns.
func eachLine(index int64, name string, r io.Reader, visit func(number int64, line []byte) error) error {
	scanner := bufio.NewScanner(r)
	scanner.Buffer(make([]byte, 64<<10), int(MaxRow))
	number := int64(1)
	for ; scanner.Scan(); number++ {
		if err := visit(number, scanner.Bytes()); err != nil {
			return err
		}
	}
	err := scanner.Err()
	if err == bufio.ErrTooLong {
		return fallow.Errorf(fallow.CodeLimit, "line %d of %q of subjob %d is longer than %s (MaxRow)", number, name, index, MaxRow)
	}
	if err != nil {
		return fmt.Errorf("read %q of subjob %d: %w", name, index, err)
	}
	return nil
}

func isBlank(line []byte) bool { return len(bytes.TrimSpace(line)) == 0 }
