package loader

import (
	"os"
	"path"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fallow/internal/bundle/hostroot"
)

func root(t *testing.T, files map[string]string) hostroot.Root {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		p := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return hostroot.Root(dir)
}

func TestConfDirs(t *testing.T) {
	got := confDirs(root(t, map[string]string{
		"etc/ld.so.conf":           "/first # comment\ninclude ld.so.conf.d/*.conf /etc/none\nhwcap 1 x\nrelative\n",
		"etc/ld.so.conf.d/b.conf":  "/b1:/b2, /b3\t/old=libc6\n",
		"etc/ld.so.conf.d/a.conf":  "/a/../a1/\ninclude /etc/ld.so.conf\n",
		"etc/ld.so.conf.d/ignored": "/ignored\n",
	}))
	if len(got) < 6 {
		t.Fatalf("directories %q", got)
	}
	// The file that includes itself is read until a limit; the order is what counts.
	if diff := cmp.Diff([]string{"/first", "/a1", "/b1", "/b2", "/b3", "/old"}, got[:6]); diff != "" {
		t.Error(diff)
	}
	if len(got) > maxConfDirs {
		t.Errorf("%d directories", len(got))
	}
}

func TestConfDirsWithoutFile(t *testing.T) {
	if got := confDirs(hostroot.Root(t.TempDir())); len(got) > 0 {
		t.Errorf("directories %q", got)
	}
}

func FuzzParseConf(f *testing.F) {
	for _, seed := range []string{"/a\ninclude x/*.conf\n", "include", "# only\n", "/a:/b,/c=d", "hwcap 0 nosegneg"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		dirs, includes := parseConf(text)
		for _, dir := range dirs {
			if !path.IsAbs(dir) || path.Clean(dir) != dir {
				t.Errorf("directory %q", dir)
			}
		}
		for _, pattern := range includes {
			if pattern == "" {
				t.Error("empty pattern")
			}
		}
	})
}
