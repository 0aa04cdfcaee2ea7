package cgroup

import (
	"errors"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// write sets a control file. It never creates one: a missing file means a missing
// feature. Some files give up at a signal, of which Go programs get many.
func write(dir *os.Root, name, value string) error {
	f, err := dir.OpenFile(name, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	for {
		_, err := f.WriteString(value)
		if !errors.Is(err, syscall.EINTR) {
			return err
		}
	}
}

// writeInt sets a control file to a number.
func writeInt(dir *os.Root, name string, value int64) error {
	return write(dir, name, strconv.FormatInt(value, 10))
}

// has tells whether a control file is there.
func has(dir *os.Root, name string) bool {
	_, err := dir.Lstat(name)
	return err == nil
}

// read gives a control file's text; nothing when there is no such file.
func read(dir *os.Root, name string) (string, error) {
	text, err := dir.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	return strings.TrimSpace(string(text)), err
}

// readInt gives a control file's number; 0 when there is no such file.
func readInt(dir *os.Root, name string) (int64, error) {
	text, err := read(dir, name)
	if err != nil || text == "" {
		return 0, err
	}
	return strconv.ParseInt(text, 10, 64)
}

// readKey gives the number after a key in a file of "key number" lines; 0 when
// there is no such file or key.
func readKey(dir *os.Root, name, key string) (int64, error) {
	text, err := read(dir, name)
	if err != nil {
		return 0, err
	}
	return numberOf(text, key)
}

// numberOf finds the number after a key in lines of "key number".
func numberOf(text, key string) (int64, error) {
	for line := range strings.Lines(text) {
		if fields := strings.Fields(line); len(fields) == 2 && fields[0] == key {
			return strconv.ParseInt(fields[1], 10, 64)
		}
	}
	return 0, nil
}
