package transfer

import (
	"net/http"
	"testing"
)

func FuzzParseRange(f *testing.F) {
	for _, s := range []string{"bytes=0-0", "bytes=5-", "bytes=-5", "bytes=1-2,3-4", "bytes=9223372036854775807-", "bytes= 1-2", "bytes=+1-2"} {
		f.Add(s, int64(10))
	}
	f.Fuzz(func(t *testing.T, header string, size int64) {
		if size < 0 {
			t.Skip()
		}
		r, err := parseRange(header, size)
		if err != nil {
			return
		}
		if r.offset < 0 || r.length <= 0 || r.length > size-r.offset {
			t.Fatalf("%q of %d bytes gives %+v", header, size, r)
		}
		if again, err := parseRange(r.header(), size); err != nil || again != r {
			t.Errorf("%q gives %+v, which reads back as %+v, %v", header, r, again, err)
		}
	})
}

func FuzzParseCount(f *testing.F) {
	for _, s := range []string{"", "0", "12", "-1", "+1", "0x1", "1_0", "9223372036854775808"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		h := http.Header{headerOffset: {text}}
		n, err := parseCount(h, headerOffset)
		if err != nil {
			return
		}
		for _, c := range text {
			if c < '0' || c > '9' {
				t.Errorf("%q passes as %d", text, n)
			}
		}
	})
}

func FuzzParsePath(f *testing.F) {
	f.Add(filesPath + "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
	f.Add(filesPath + "../../etc/passwd")
	f.Fuzz(func(t *testing.T, path string) {
		if d, err := parsePath(path); err == nil && filesPath+d.String() != path {
			t.Errorf("%q passes as %s", path, d)
		}
	})
}
