package transfer_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"

	"github.com/klauspost/compress/zstd"

	"fallow"
	"fallow/internal/staging"
	"fallow/internal/staging/local"
	"fallow/internal/staging/transfer"
)

// ask makes one request of a handler.
func ask(h http.Handler, method, path string, body []byte, headers ...string) *http.Response {
	req := httptest.NewRequest(method, path, bytes.NewReader(body))
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, req)
	return rec.Result()
}

func newStore(t testing.TB) *local.Store {
	t.Helper()
	s, err := local.Open(t.TempDir(), 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestGet(t *testing.T) {
	s := newStore(t)
	h := transfer.Handler(s)
	b := []byte("0123456789")
	path := "/v1/files/" + put(t, s, b).String()
	for _, c := range []struct {
		header, value string
		status        int
		body, span    string
	}{
		{"", "", 200, "0123456789", ""},
		{"Range", "bytes=0-9", 206, "0123456789", "bytes 0-9/10"},
		{"Range", "bytes=2-4", 206, "234", "bytes 2-4/10"},
		{"Range", "bytes=7-", 206, "789", "bytes 7-9/10"},
		{"Range", "bytes=7-100", 206, "789", "bytes 7-9/10"},
		{"Range", "bytes=-3", 206, "789", "bytes 7-9/10"},
		{"Range", "bytes=-100", 206, "0123456789", "bytes 0-9/10"},
		{"Range", "bytes=10-", 416, "", "bytes */10"},
		{"Range", "bytes=4-2", 416, "", "bytes */10"},
		{"Range", "bytes=0-1,3-4", 416, "", "bytes */10"},
		{"Range", "bytes=-0", 416, "", "bytes */10"},
		{"Range", "lines=1-2", 416, "", "bytes */10"},
	} {
		resp := ask(h, "GET", path, nil, c.header, c.value)
		body, _ := io.ReadAll(resp.Body)
		if resp.StatusCode != c.status || (c.status < 300 && string(body) != c.body) || resp.Header.Get("Content-Range") != c.span {
			t.Errorf("%s %q: %d %q %q", c.header, c.value, resp.StatusCode, body, resp.Header.Get("Content-Range"))
		}
	}
}

func TestGetCompressedRange(t *testing.T) {
	s := newStore(t)
	b := prose(300_000)
	resp := ask(transfer.Handler(s), "GET", "/v1/files/"+put(t, s, b).String(), nil,
		"Range", "bytes=1000-200999", "Accept-Encoding", "gzip, zstd;q=0.5")
	if resp.StatusCode != 206 || resp.Header.Get("Content-Encoding") != "zstd" {
		t.Fatalf("%d, encoding %q", resp.StatusCode, resp.Header.Get("Content-Encoding"))
	}
	dec, err := zstd.NewReader(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	defer dec.Close()
	got, err := io.ReadAll(dec)
	if err != nil || !bytes.Equal(got, b[1000:201000]) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
}

func TestEncodingIsTheClientsChoice(t *testing.T) {
	s := newStore(t)
	path := "/v1/files/" + put(t, s, prose(300_000)).String()
	for _, accept := range []string{"", "gzip", "zstd;q=0", "zstd;q=x", "zstandard"} {
		if got := ask(transfer.Handler(s), "GET", path, nil, "Accept-Encoding", accept).Header.Get("Content-Encoding"); got != "" {
			t.Errorf("Accept-Encoding %q gives %q", accept, got)
		}
	}
	noisy := "/v1/files/" + put(t, s, noise(300_000)).String()
	if got := ask(transfer.Handler(s), "GET", noisy, nil, "Accept-Encoding", "zstd").Header.Get("Content-Encoding"); got != "" {
		t.Errorf("content that does not shrink is sent as %q", got)
	}
}

func TestHead(t *testing.T) {
	s := newStore(t)
	h := transfer.Handler(s)
	b := noise(1000)
	path := "/v1/files/" + fallow.DigestOf(b).String()
	check := func(status int, offset string) {
		t.Helper()
		resp := ask(h, "HEAD", path, nil)
		if resp.StatusCode != status || resp.Header.Get("Upload-Offset") != offset {
			t.Errorf("%d, offset %q, want %d, %q", resp.StatusCode, resp.Header.Get("Upload-Offset"), status, offset)
		}
	}
	check(404, "0")
	if resp := ask(h, "PUT", path, b[:300], "Upload-Offset", "0", "Upload-Length", "1000"); resp.StatusCode != 202 {
		t.Fatalf("PUT of a part: %d", resp.StatusCode)
	}
	check(404, "300")
	if resp := ask(h, "PUT", path, b[300:], "Upload-Offset", "300", "Upload-Length", "1000"); resp.StatusCode != 201 {
		t.Fatalf("PUT of the rest: %d", resp.StatusCode)
	}
	check(200, "1000")
}

func TestRefusals(t *testing.T) {
	s := newStore(t)
	h := transfer.Handler(s)
	b := noise(1000)
	path := "/v1/files/" + fallow.DigestOf(b).String()
	offset := func(n int64) string { return strconv.FormatInt(n, 10) }
	for name, c := range map[string]struct {
		method, path string
		body         []byte
		headers      []string
		status       int
		code         fallow.Code
	}{
		"no digest":      {"GET", "/v1/files/abc", nil, nil, 400, fallow.CodeInvalid},
		"upper case":     {"GET", "/v1/files/" + string(bytes.ToUpper([]byte(path[10:]))), nil, nil, 400, fallow.CodeInvalid},
		"elsewhere":      {"GET", "/v2", nil, nil, 404, fallow.CodeNotFound},
		"not there":      {"GET", path, nil, nil, 404, fallow.CodeNotFound},
		"method":         {"POST", path, nil, nil, 405, fallow.CodeInvalid},
		"no offset":      {"PUT", path, b, []string{"Upload-Length", "1000"}, 400, fallow.CodeInvalid},
		"no length":      {"PUT", path, b, []string{"Upload-Offset", "0"}, 400, fallow.CodeInvalid},
		"negative":       {"PUT", path, b, []string{"Upload-Offset", "-1", "Upload-Length", "1000"}, 400, fallow.CodeInvalid},
		"signed":         {"PUT", path, b, []string{"Upload-Offset", "+0", "Upload-Length", "1000"}, 400, fallow.CodeInvalid},
		"beyond":         {"PUT", path, b, []string{"Upload-Offset", "1001", "Upload-Length", "1000"}, 400, fallow.CodeInvalid},
		"wrong offset":   {"PUT", path, b, []string{"Upload-Offset", "7", "Upload-Length", "1000"}, 409, fallow.CodeConflict},
		"too large":      {"PUT", path, b, []string{"Upload-Offset", "0", "Upload-Length", offset(int64(fallow.MaxFile) + 1)}, 507, fallow.CodeLimit},
		"too much":       {"PUT", path, b, []string{"Upload-Offset", "0", "Upload-Length", "999"}, 400, fallow.CodeInvalid},
		"wrong content":  {"PUT", path, noise(999), []string{"Upload-Offset", "0", "Upload-Length", "999"}, 422, fallow.CodeTampered},
		"wrong encoding": {"PUT", path, b, []string{"Upload-Offset", "0", "Upload-Length", "1000", "Content-Encoding", "br"}, 415, fallow.CodeUnsupported},
		"not zstd":       {"PUT", path, b, []string{"Upload-Offset", "0", "Upload-Length", "1000", "Content-Encoding", "zstd"}, 400, fallow.CodeInvalid},
	} {
		resp := ask(h, c.method, c.path, c.body, c.headers...)
		var p struct{ Code, Message, Hint string }
		if err := json.NewDecoder(resp.Body).Decode(&p); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if resp.StatusCode != c.status || p.Code != string(c.code) || p.Message == "" {
			t.Errorf("%s: %d %+v, want %d %s", name, resp.StatusCode, p, c.status, c.code)
		}
		if c.status == 409 && resp.Header.Get("Upload-Offset") != "0" {
			t.Errorf("%s: the right offset is given as %q", name, resp.Header.Get("Upload-Offset"))
		}
	}
	if got, err := s.Offset(t.Context(), fallow.DigestOf(b)); err != nil || got != 0 {
		t.Errorf("refused uploads left a part of %d bytes, %v", got, err)
	}
}

// A small body that unpacks to a huge one is cut off at the declared size.
func TestBomb(t *testing.T) {
	s := newStore(t)
	bomb := zstd.EncodeTo(nil, make([]byte, 64<<20))
	d := fallow.DigestOf(make([]byte, 64<<20))
	resp := ask(transfer.Handler(s), "PUT", "/v1/files/"+d.String(), bomb,
		"Upload-Offset", "0", "Upload-Length", "1000", "Content-Encoding", "zstd")
	if resp.StatusCode != 400 {
		t.Errorf("a bomb of %d bytes: %d", len(bomb), resp.StatusCode)
	}
	if got, err := s.Offset(t.Context(), d); err != nil || got != 0 {
		t.Errorf("it left %d bytes, %v", got, err)
	}
}

// Whatever is asked, the handler answers in its protocol, and the store holds only
// files that are what their names say.
func FuzzHandler(f *testing.F) {
	b := []byte("0123456789")
	d := fallow.DigestOf(b).String()
	f.Add("GET", "/v1/files/"+d, "bytes=1-3", "zstd", "0", "10", "", b)
	f.Add("PUT", "/v1/files/"+d, "", "", "0", "10", "identity", b)
	f.Add("PUT", "/v1/files/"+d, "", "", "0", "10", "zstd", zstd.EncodeTo(nil, b))
	f.Add("PUT", "/v1/files/"+d, "", "", "5", "10", "", b[5:])
	f.Add("HEAD", "/v1/files/"+d, "", "", "", "", "", []byte{})
	f.Add("DELETE", "/v1/files/../x", "bytes=--", "*;q=1", "+1", "1e9", "br", []byte("x"))
	s := newStore(f)
	h := transfer.Handler(s)
	f.Fuzz(func(t *testing.T, method, path, span, accept, offset, length, encoding string, body []byte) {
		req, err := http.NewRequest(method, "http://grid/", bytes.NewReader(body))
		if err != nil {
			t.Skip()
		}
		req.URL.Path = path
		for name, value := range map[string]string{"Range": span, "Accept-Encoding": accept, "Upload-Offset": offset, "Upload-Length": length, "Content-Encoding": encoding} {
			req.Header.Set(name, value)
		}
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, req)
		resp := rec.Result()
		if resp.StatusCode >= 500 && resp.StatusCode != http.StatusInsufficientStorage {
			t.Errorf("%s %q: %d %s", method, path, resp.StatusCode, rec.Body)
		}
		if resp.StatusCode >= 400 {
			var p struct{ Code fallow.Code }
			if err := json.NewDecoder(resp.Body).Decode(&p); err != nil || p.Code == "" {
				t.Errorf("%s %q: %d without a proper error: %v", method, path, resp.StatusCode, err)
			}
		}
		for e, err := range s.List(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			if err := staging.Verify(t.Context(), s, e.Digest); !e.Part && err != nil {
				t.Error(err)
			}
			if err := s.Delete(t.Context(), e.Digest); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func ExampleHandler() {
	store, err := local.Open("/var/lib/fallow/files", local.DefaultMinFree)
	if err != nil {
		fmt.Println(err)
		return
	}
	mux := http.NewServeMux()
	mux.Handle("/v1/files/", transfer.Handler(store))
}
