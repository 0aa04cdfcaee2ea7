package inventory

import (
	"errors"
	"io"
	"io/fs"
	"strings"
)

// readBounded reads no more than maxProcFile; what is cut was of more processors
// than matter here.
func readBounded(r io.Reader) (string, error) {
	content, err := io.ReadAll(io.LimitReader(r, int64(maxProcFile)))
	return string(content), err
}

// readIfThere is readProc for a file that need not exist: then it gives "".
func readIfThere(root, name string) (string, error) {
	content, err := readProc(root, name)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	return strings.TrimSpace(content), err
}
