package loader

import (
	"debug/elf"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fallow/internal/bundle/hostroot"
)

var debian = platformOf(&File{Path: "/lib64/ld-linux-x86-64.so.2", Real: "/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2"})

func TestPlatforms(t *testing.T) {
	for _, test := range []struct {
		path, real, lib string
		defaults        []string
	}{
		{"/lib64/ld-linux-x86-64.so.2", "/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2", "lib/x86_64-linux-gnu",
			[]string{"/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/lib", "/usr/lib"}},
		{"/lib64/ld-linux-x86-64.so.2", "/usr/lib64/ld-linux-x86-64.so.2", "lib64", []string{"/lib64", "/usr/lib64"}},
		{"/lib/ld-musl-x86_64.so.1", "/lib/ld-musl-x86_64.so.1", "lib", []string{"/lib", "/usr/local/lib", "/usr/lib"}},
		{"/store/glibc/lib/ld-linux-x86-64.so.2", "/store/glibc/lib/ld-linux-x86-64.so.2", "lib", []string{"/store/glibc/lib"}},
	} {
		p := platformOf(&File{Path: test.path, Real: test.real})
		if diff := cmp.Diff(test.defaults, p.defaults); diff != "" || p.lib != test.lib {
			t.Errorf("%s: $LIB %q\n%s", test.real, p.lib, diff)
		}
	}
}

// TestOrderOfSearch walks the rules of ld.so(8).
func TestOrderOfSearch(t *testing.T) {
	f := NewFinder(hostroot.Root(t.TempDir()), elf.EM_X86_64, []string{"/env"})
	f.conf = []string{"/conf", "/usr/lib"}
	program := &loaded{File: &File{Path: "/opt/bin/p", Real: "/opt/real/p", Object: Object{RPath: "$ORIGIN/rp:rel::/x/$LIB"}}}
	library := &loaded{by: program, File: &File{Path: "/opt/found/l", Real: "/opt/real/l", Object: Object{RPath: "${ORIGIN}/rl"}}}
	modern := &loaded{by: program, File: &File{Path: "/opt/found/m", Real: "/opt/real/m",
		Object: Object{RPath: "/ignored", RunPath: "$ORIGIN/../run/$PLATFORM"}}}
	tail := []string{"/conf", "/usr/lib", "/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/lib"}
	for name, test := range map[string]struct {
		of   *loaded
		want []string
	}{
		"program": {program, append([]string{"/opt/real/rp", "/x/lib/x86_64-linux-gnu", "/env"}, tail...)},
		"RPATH":   {library, append([]string{"/opt/found/rl", "/opt/real/rp", "/x/lib/x86_64-linux-gnu", "/env"}, tail...)},
		"RUNPATH": {modern, append([]string{"/env", "/opt/run/x86_64"}, tail...)},
	} {
		var got []string
		for _, place := range f.places(test.of, debian) {
			got = append(got, place.dir)
			if told := place.dir == "/env" || place.dir == "/conf"; place.told != told {
				t.Errorf("%s: %s is told: %v", name, place.dir, place.told)
			}
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
}
