package result_test

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"

	"fallow"
	"fallow/internal/staging/result"
)

// nobody is a user without privileges.
const nobody = 65534

// asUser runs f with the file permissions of an ordinary user; see setfsuid(2), which
// is about one thread.
func asUser(uid int, f func() error) error {
	if os.Getuid() != 0 {
		return f()
	}
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread ends with the goroutine
		done <- errors.Join(unix.Setfsuid(uid), f())
	}()
	return <-done
}

// ownedBy gives a folder to a user, with what is in it.
func ownedBy(t *testing.T, uid int, dir string) {
	t.Helper()
	if os.Getuid() != 0 {
		return
	}
	err := filepath.Walk(dir, func(path string, _ os.FileInfo, err error) error {
		return errors.Join(err, os.Lchown(path, uid, uid))
	})
	if err != nil {
		t.Fatal(err)
	}
}

// reachable makes a folder that every user can reach.
func reachable(t *testing.T, names ...string) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "result")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	for _, name := range names {
		full := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(full), 0o755), os.WriteFile(full, []byte(name), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// What a program closed to its own user is opened again.
func TestClosedByTheProgram(t *testing.T) {
	for name, closes := range map[string]map[string]os.FileMode{
		"a folder":             {"d": 0},
		"a folder's names":     {"d": 0o300},
		"what names stand for": {"d": 0o600},
		"a folder in another":  {"d/e": 0, "d": 0},
		"a file":               {"d/e/x": 0},
		"everything":           {"d/e/x": 0, "d/e": 0, "d": 0, ".": 0},
	} {
		t.Run(name, func(t *testing.T) {
			dir := reachable(t, "d/e/x", "y")
			ownedBy(t, nobody, dir)
			for _, path := range []string{"d/e/x", "d/e", "d", "."} { // from below
				if mode, ok := closes[path]; ok {
					if err := os.Chmod(filepath.Join(dir, path), mode); err != nil {
						t.Fatal(err)
					}
				}
			}
			var files []result.File
			err := asUser(nobody, func() (err error) {
				files, err = result.Collect(t.Context(), dir, nil, result.Limits{})
				return err
			})
			if err != nil || len(files) != 2 || files[0].Digest != fallow.DigestOf([]byte("d/e/x")) {
				t.Errorf("%v, %v", files, err)
			}
		})
	}
}

// What belongs to somebody else cannot be opened, and that is the job's fault.
func TestClosedBySomebodyElse(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can give a file away")
	}
	for _, path := range []string{"d", "d/x"} {
		dir := reachable(t, "d/x")
		ownedBy(t, nobody, dir)
		full := filepath.Join(dir, path)
		if err := errors.Join(os.Chmod(full, 0), os.Chown(full, 0, 0)); err != nil {
			t.Fatal(err)
		}
		err := asUser(nobody, func() error {
			_, err := result.Collect(t.Context(), dir, nil, result.Limits{})
			return err
		})
		wantCode(t, err, fallow.CodeInvalid, `"`+path+`"`, "cannot be read")
	}
}
