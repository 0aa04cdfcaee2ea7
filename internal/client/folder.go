package client

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"fallow"
)

// Folder is where a user's login and keys are kept.
type Folder string

// The modes of what only its owner may read.
const (
	folderMode fs.FileMode = 0o700
	fileMode   fs.FileMode = 0o600
)

// MaxSetting bounds one file of the folder.
const MaxSetting = 64 * fallow.KiB

// FindFolder gives $FALLOW_CONFIG, else $XDG_CONFIG_HOME/fallow, else
// ~/.config/fallow (XDG Base Directory Specification 0.8). It need not exist.
func FindFolder(getenv func(string) string) (Folder, error) {
	if dir := getenv("FALLOW_CONFIG"); dir != "" {
		return Folder(dir), nil
	}
	if dir := getenv("XDG_CONFIG_HOME"); filepath.IsAbs(dir) {
		return Folder(filepath.Join(dir, "fallow")), nil
	}
	if home := getenv("HOME"); home != "" {
		return Folder(filepath.Join(home, ".config", "fallow")), nil
	}
	return "", fallow.Errorf(fallow.CodeInvalid, "no folder for the settings: HOME is not set").
		WithHint("set FALLOW_CONFIG to a folder that only you can read")
}

// Read gives the content of a file in the folder; without it the error is
// [fs.ErrNotExist]. A file that others may read is refused, since it is a secret no
// longer.
func (f Folder) Read(name string) ([]byte, error) {
	path := filepath.Join(string(f), name)
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fallow.Errorf(fallow.CodeDenied, "%s can be read by others (mode %04o)", path, info.Mode().Perm()).
			WithHint("if nobody did, 'chmod 600 %s'; otherwise delete it and log in again with a new token", path)
	}
	if info.Size() > int64(MaxSetting) {
		return nil, fallow.Errorf(fallow.CodeLimit, "%s has %d bytes, at most %s are read", path, info.Size(), MaxSetting)
	}
	return os.ReadFile(path)
}

// Write replaces a file of the folder in one step, so that a crash leaves the old
// one or the new one.
func (f Folder) Write(name string, content []byte) error {
	if err := f.make(); err != nil {
		return err
	}
	temp, err := f.temp(name, content)
	if err != nil {
		return err
	}
	if err := os.Rename(temp, filepath.Join(string(f), name)); err != nil {
		return errors.Join(err, os.Remove(temp))
	}
	return nil
}

// Create makes a file of the folder that is not there yet; if another process was
// faster, the error is [fs.ErrExist] and its file stays.
func (f Folder) Create(name string, content []byte) error {
	if err := f.make(); err != nil {
		return err
	}
	temp, err := f.temp(name, content)
	if err != nil {
		return err
	}
	return errors.Join(os.Link(temp, filepath.Join(string(f), name)), os.Remove(temp))
}

func (f Folder) make() error { return os.MkdirAll(string(f), folderMode) }

// temp writes content to a new file beside its later place and gives its path.
func (f Folder) temp(name string, content []byte) (string, error) {
	file, err := os.CreateTemp(string(f), "."+name+".*") // mode 0600
	if err != nil {
		return "", err
	}
	_, writeErr := file.Write(content)
	if err := errors.Join(writeErr, file.Chmod(fileMode), file.Sync(), file.Close()); err != nil {
		return "", errors.Join(err, os.Remove(file.Name()))
	}
	return file.Name(), nil
}
