package client

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"fallow"
)

func TestFolderIsFound(t *testing.T) {
	for _, test := range []struct {
		env  map[string]string
		want Folder
	}{
		{map[string]string{"FALLOW_CONFIG": "x", "XDG_CONFIG_HOME": "/c", "HOME": "/h"}, "x"},
		{map[string]string{"XDG_CONFIG_HOME": "/c", "HOME": "/h"}, "/c/fallow"},
		{map[string]string{"XDG_CONFIG_HOME": "relative", "HOME": "/h"}, "/h/.config/fallow"},
		{map[string]string{"HOME": "/h"}, "/h/.config/fallow"},
	} {
		got, err := FindFolder(func(name string) string { return test.env[name] })
		if err != nil || got != test.want {
			t.Errorf("%v: got %q, error %v, want %q", test.env, got, err, test.want)
		}
	}
	if _, err := FindFolder(func(string) string { return "" }); fallow.CodeOf(err) != fallow.CodeInvalid {
		t.Errorf("without HOME: got %v", err)
	}
}

func TestFolderKeepsSecrets(t *testing.T) {
	folder := Folder(filepath.Join(t.TempDir(), "new", "fallow"))
	if err := folder.Write("secret", []byte("one")); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(string(folder), "secret")
	for p, want := range map[string]fs.FileMode{path: 0o600, string(folder): 0o700} {
		if info, err := os.Stat(p); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: mode %v, error %v, want %v", p, info.Mode(), err, want)
		}
	}
	if err := folder.Create("secret", []byte("two")); !errors.Is(err, fs.ErrExist) {
		t.Errorf("create over a file: got %v", err)
	}
	if got, err := folder.Read("secret"); err != nil || string(got) != "one" {
		t.Errorf("got %q, error %v", got, err)
	}
	if left, err := os.ReadDir(string(folder)); err != nil || len(left) != 1 {
		t.Errorf("temporary files are left: %v, error %v", left, err)
	}
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	if _, err := folder.Read("secret"); fallow.CodeOf(err) != fallow.CodeDenied {
		t.Errorf("a secret that others can read: got %v, want an error of code denied", err)
	}
}

func TestAuthorHasOneKey(t *testing.T) {
	folder := Folder(t.TempDir())
	keys := make([]string, 8)
	var all sync.WaitGroup
	for i := range keys {
		all.Go(func() {
			key, err := AuthorKey(folder)
			if err != nil {
				t.Error(err)
			}
			keys[i] = string(key)
		})
	}
	all.Wait()
	for _, key := range keys {
		if key != keys[0] || key == "" {
			t.Fatal("two uses gave two keys")
		}
	}
}
