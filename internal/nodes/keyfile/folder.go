package keyfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"fallow"
)

// MaxFile bounds one file of a folder; keys and certificates have a few kilobytes.
const MaxFile = 1 * fallow.MiB

// Create writes the files, by name, to the new folder dir. The folder gets its name
// only when every file is on stable storage. An empty folder in its place is
// replaced; for one with content the error is [fs.ErrExist].
func Create(dir string, files map[string][]byte) error {
	parent := filepath.Dir(dir)
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return fmt.Errorf("create folder %q: %w", dir, err)
	}
	draft, err := os.MkdirTemp(parent, "."+filepath.Base(dir)+".new-*") // mode 0700
	if err != nil {
		return fmt.Errorf("create folder %q: %w", dir, err)
	}
	if err := fill(draft, dir, files); err != nil {
		return fmt.Errorf("create folder %q: %w", dir, errors.Join(err, os.RemoveAll(draft)))
	}
	return syncDir(parent)
}

// fill writes the draft and gives it its name.
func fill(draft, dir string, files map[string][]byte) error {
	for name, content := range files {
		if err := writeFile(filepath.Join(draft, name), content); err != nil {
			return err
		}
	}
	if err := syncDir(draft); err != nil {
		return err
	}
	// os.Rename would refuse to replace even an empty folder; rename(2) does it.
	if err := syscall.Rename(draft, dir); err != nil {
		return fmt.Errorf("rename %q: %w", draft, err)
	}
	return nil
}

func writeFile(path string, content []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	return errors.Join(err, f.Sync(), f.Close())
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// Read reads the named files of the folder dir. The error is of
// [fallow.CodeNotFound] if the folder is not there or is empty, and of
// [fallow.CodeConflict] if only a part of it is there or others could read or
// change it.
func Read(dir string, names ...string) (map[string][]byte, error) {
	missing, err := absent(dir, names)
	if err != nil {
		return nil, err
	}
	if len(missing) > 0 {
		return nil, fallow.Errorf(fallow.CodeConflict, "folder %q lacks %s", dir, strings.Join(missing, " and ")).
			WithHint("restore the whole folder from a backup; if there is none, move the folder away to start anew with a new identity")
	}
	files := make(map[string][]byte, len(names))
	for _, name := range names {
		if files[name], err = readFile(filepath.Join(dir, name)); err != nil {
			return nil, err
		}
	}
	return files, nil
}

// absent checks the folder itself and tells which of the names it lacks.
func absent(dir string, names []string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(entries) == 0 {
		return nil, fallow.Errorf(fallow.CodeNotFound, "folder %q has no keys yet: %w", dir, fs.ErrNotExist)
	}
	if err != nil {
		return nil, fmt.Errorf("read keys: %w", err)
	}
	if err := checkMode(dir, 0o022, "0700"); err != nil {
		return nil, err
	}
	var missing []string
	for _, name := range names {
		if !slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return e.Name() == name }) {
			missing = append(missing, name)
		}
	}
	return missing, nil
}

// checkMode refuses a path that has any of the forbidden permissions.
func checkMode(path string, forbidden fs.FileMode, want string) error {
	info, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("check permissions: %w", err)
	}
	if info.Mode().Perm()&forbidden == 0 {
		return nil
	}
	return fallow.Errorf(fallow.CodeConflict, "%q has permissions %04o: others on this machine could read or change the keys", path, info.Mode().Perm()).
		WithHint("run: chmod %s %s; and if others did have access, make new keys", want, path)
}

func readFile(path string) ([]byte, error) {
	if err := checkMode(path, 0o077, "0600"); err != nil {
		return nil, err
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read keys: %w", err)
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, int64(MaxFile)+1))
	if err != nil {
		return nil, fmt.Errorf("read keys: %w", err)
	}
	if len(content) > int(MaxFile) {
		return nil, Damaged(path, "it is longer than %v", MaxFile)
	}
	return content, nil
}

// Damaged is the error for a file whose content is not what was written.
func Damaged(path, why string, args ...any) error {
	return fallow.Errorf(fallow.CodeTampered, "file %q is damaged: %w", path, fmt.Errorf(why, args...)).
		WithHint("restore the file from a backup of its folder")
}
