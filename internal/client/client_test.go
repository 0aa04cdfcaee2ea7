package client

import (
	"bytes"
	"context"
	"errors"
	"io"
	"iter"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"

	"connectrpc.com/connect"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"fallow"
	"fallow/internal/nodes/pin"
	"fallow/internal/nodes/token"
	"fallow/internal/rpc"
	"fallow/internal/rpc/fallowv1"
)

func TestTheTokenIsShownToItsOwnGridOnly(t *testing.T) {
	own, other := newGrid(t), newGrid(t)
	if who, err := own.connect(t).WhoAmI(t.Context()); err != nil || who != (Identity{"ada", "operator", "1"}) {
		t.Errorf("got %+v, error %v", who, err)
	}
	if want := "Bearer " + own.login.Token.Secret.Reveal(); len(own.secrets) != 1 || own.secrets[0] != want {
		t.Errorf("the server saw %q", own.secrets)
	}

	stolen := Login{Server: other.login.Server, Token: own.login.Token}
	_, err := New(t.Context(), stolen, pin.Options{Proxy: pin.Direct})
	if fallow.CodeOf(err) != fallow.CodeDenied {
		t.Errorf("another grid's server: got %v, want an error of code denied", err)
	}
	trusted, err := own.login.Trust(t.Context(), pin.Options{Proxy: pin.Direct})
	if err != nil {
		t.Fatal(err)
	}
	trusted.Server = other.login.Server
	c, err := New(t.Context(), trusted, pin.Options{Proxy: pin.Direct})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.WhoAmI(t.Context()); err == nil || len(other.secrets) != 0 {
		t.Errorf("error %v; another grid's server saw %q", err, other.secrets)
	}
}

func TestRedirectionIsNotFollowed(t *testing.T) {
	var seen []string
	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		seen = append(seen, r.Header.Get("Authorization"))
	}))
	defer elsewhere.Close()
	c := newGrid(t).connect(t)
	c.http.Transport = bearer{c.login.Token.Secret, redirecting(elsewhere.URL)}
	if _, err := c.WhoAmI(t.Context()); err == nil || len(seen) != 0 {
		t.Errorf("error %v; elsewhere saw %q", err, seen)
	}
}

// redirecting is a transport that is sent elsewhere by the grid, and goes there if
// asked to.
type redirecting string

func (to redirecting) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.HasPrefix(r.URL.String(), string(to)) {
		return http.DefaultTransport.RoundTrip(r)
	}
	return &http.Response{
		StatusCode: http.StatusTemporaryRedirect, Header: http.Header{"Location": {string(to)}},
		Body: http.NoBody, Request: r,
	}, nil
}

func TestListsComeInPages(t *testing.T) {
	g := newGrid(t)
	for id := fallow.JobID(2*pageSize + 1); id >= 1; id-- {
		g.jobs = append(g.jobs, fallow.Job{ID: id, State: fallow.JobRunning})
	}
	next := fallow.JobID(len(g.jobs))
	for job, err := range g.connect(t).Jobs(t.Context(), JobFilter{}) {
		if err != nil {
			t.Fatal(err)
		}
		if job.ID != next {
			t.Fatalf("got job %s, want %s", job.ID, next)
		}
		next--
	}
	if next != 0 {
		t.Errorf("the list ended before job %s", next)
	}
}

func TestOnlyMissingFilesAreUploaded(t *testing.T) {
	g := newGrid(t)
	c := g.connect(t)
	there, missing := local("there"), local(strings.Repeat("missing ", 10_000))
	if err := c.Upload(t.Context(), []LocalFile{there}, nil); err != nil {
		t.Fatal(err)
	}
	var last Moved
	err := c.Upload(t.Context(), []LocalFile{there, missing, missing}, func(m Moved) { last = m })
	if err != nil || g.puts != 2 || last != (Moved{missing.Size, missing.Size}) {
		t.Errorf("error %v, %d uploads, moved %+v", err, g.puts, last)
	}
	var got bytes.Buffer
	ref := fallow.FileRef{Digest: missing.Digest, Size: missing.Size}
	if err := c.Download(t.Context(), ref, &got); err != nil || fallow.DigestOf(got.Bytes()) != missing.Digest {
		t.Errorf("error %v, %d bytes", err, got.Len())
	}
}

// local is a file that can't seek, like that of a compressed one.
func local(content string) LocalFile {
	return LocalFile{
		Name: "f", Digest: fallow.DigestOf([]byte(content)), Size: int64(len(content)),
		Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(content)), nil },
	}
}

func TestResultsOfSubjobsAreKeptApart(t *testing.T) {
	g := newGrid(t)
	file := fallow.FileRef{Path: "a/hits.tbl", Digest: fallow.DigestOf(nil)}
	for index, state := range []string{"succeeded", "failed", "succeeded"} {
		g.subjobs = append(g.subjobs, &fallowv1.Subjob{
			Id: &fallowv1.SubjobID{Job: 1, Index: int64(index)}, State: state,
			Results: rpc.ToFileRefs([]fallow.FileRef{file}),
		})
	}
	want := []string{"0/a/hits.tbl", "2/a/hits.tbl"}
	if got := results(t, g, fallow.Job{ID: 1, State: fallow.JobFailed}); !cmp.Equal(got, want) {
		t.Errorf("of a failed job: got %q, want %q", got, want)
	}
	if got := paths(t, g.connect(t).SubjobResults(t.Context(), 1)); !cmp.Equal(got, want) {
		t.Errorf("whatever the job: got %q, want %q", got, want)
	}
}

func TestCollectedResultIsThereAtTheEndOnly(t *testing.T) {
	g := newGrid(t)
	job := fallow.Job{ID: 1, State: fallow.JobSucceeded, Results: []fallow.FileRef{{Path: "all.txt"}}}
	job.Spec.Collect.Concat = &fallow.CollectConcat{File: "stdout", Into: "all.txt"}
	if got := results(t, g, job); !cmp.Equal(got, []string{"all.txt"}) {
		t.Errorf("got %q", got)
	}
	for _, state := range []fallow.JobState{fallow.JobRunning, fallow.JobHeld, fallow.JobFailed} {
		job.State = state
		if _, err := g.connect(t).Results(t.Context(), job); fallow.CodeOf(err) != fallow.CodeConflict {
			t.Errorf("of a job that is %s: got %v, want an error of code conflict", state, err)
		}
	}
}

// results lists the paths of a job's results.
func results(t *testing.T, g *grid, job fallow.Job) []string {
	t.Helper()
	files, err := g.connect(t).Results(t.Context(), job)
	if err != nil {
		t.Fatal(err)
	}
	return paths(t, files)
}

func paths(t *testing.T, files iter.Seq2[fallow.FileRef, error]) (out []string) {
	t.Helper()
	for f, err := range files {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, f.Path)
	}
	return out
}

func TestSubjobThatNeverRanIsNotFound(t *testing.T) {
	g := newGrid(t)
	g.subjobs = []*fallowv1.Subjob{{Id: &fallowv1.SubjobID{Job: 1, Index: 5}, State: "running"}}
	c := g.connect(t)
	if s, err := c.Subjob(t.Context(), fallow.SubjobID{Job: 1, Index: 5}); err != nil || s.State != "running" {
		t.Errorf("got %+v, error %v", s, err)
	}
	if _, err := c.Subjob(t.Context(), fallow.SubjobID{Job: 1, Index: 4}); fallow.CodeOf(err) != fallow.CodeNotFound {
		t.Errorf("got %v, want an error of code not-found", err)
	}
}

func TestRepeatedSubmitIsTheSame(t *testing.T) {
	g := newGrid(t)
	g.failures = 1
	done, err := g.connect(t).Submit(t.Context(), fallow.JobSpec{Name: "a"})
	if err != nil || done != (Submitted{7, 3}) {
		t.Fatalf("got %+v, error %v", done, err)
	}
	if len(g.keys) != 2 || g.keys[0] != g.keys[1] || g.keys[0] == "" {
		t.Errorf("keys %q, want the same twice", g.keys)
	}
}

func TestWhatIsTriedAgain(t *testing.T) {
	for name, test := range map[string]struct {
		err  error
		want int // calls
	}{
		"success":     {nil, 1},
		"unavailable": {fallow.Errorf(fallow.CodeUnavailable, "x"), 1 + len(retryWaits)},
		"timeout":     {context.DeadlineExceeded, 1 + len(retryWaits)},
		"denied":      {fallow.Errorf(fallow.CodeDenied, "x"), 1},
		"internal":    {errors.New("x"), 1},
	} {
		synctest.Test(t, func(t *testing.T) {
			calls := 0
			call := retry{}.WrapUnary(func(context.Context, connect.AnyRequest) (connect.AnyResponse, error) {
				calls++
				return nil, rpc.ToConnect(test.err)
			})
			if _, err := call(t.Context(), nil); (err == nil) != (test.err == nil) || calls != test.want {
				t.Errorf("%s: %d calls, want %d; error %v", name, calls, test.want, err)
			}
		})
	}
}

func TestInterruptedCallIsNotTriedAgain(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	calls := 0
	call := retry{}.WrapUnary(func(context.Context, connect.AnyRequest) (connect.AnyResponse, error) {
		calls++
		cancel()
		return nil, rpc.ToConnect(fallow.Errorf(fallow.CodeUnavailable, "x"))
	})
	if _, err := call(ctx, nil); err == nil || calls != 1 {
		t.Errorf("%d calls, error %v", calls, err)
	}
}

func TestReopenedContentSeeks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		content := rapid.StringN(0, 100, 100).Draw(t, "content")
		got, err := local(content).seekable()
		if err != nil {
			t.Fatal(err)
		}
		want := strings.NewReader(content)
		for range rapid.IntRange(1, 10).Draw(t, "steps") {
			to := rapid.Int64Range(0, int64(len(content))).Draw(t, "to")
			n := rapid.IntRange(0, 20).Draw(t, "n")
			whence := rapid.SampledFrom([]int{io.SeekStart, io.SeekCurrent, io.SeekEnd}).Draw(t, "whence")
			offset := to
			switch at, _ := want.Seek(0, io.SeekCurrent); whence {
			case io.SeekCurrent:
				offset -= at
			case io.SeekEnd:
				offset -= int64(len(content))
			}
			wantAt, _ := want.Seek(offset, whence)
			gotAt, err := got.Seek(offset, whence)
			if err != nil || gotAt != wantAt {
				t.Fatalf("seek to %d: got %d, error %v", to, gotAt, err)
			}
			a, _ := io.ReadAll(io.LimitReader(want, int64(n)))
			b, err := io.ReadAll(io.LimitReader(got, int64(n)))
			if err != nil || !bytes.Equal(a, b) {
				t.Fatalf("read at %d: got %q, want %q, error %v", to, b, a, err)
			}
		}
		if _, err := got.Seek(int64(len(content))+1, io.SeekStart); err == nil {
			t.Error("a seek beyond the end succeeded")
		}
	})
}

func TestLoginIsKept(t *testing.T) {
	folder := Folder(t.TempDir() + "/new/fallow")
	none := func(string) string { return "" }
	if _, err := FindLogin(folder, none); fallow.CodeOf(err) != fallow.CodeUnknownUser || fallow.HintOf(err) == "" {
		t.Errorf("before the login: %v, hint %q", err, fallow.HintOf(err))
	}
	text := token.New(token.Login, fallow.Digest{1}).Reveal()
	login, err := NewLogin("grid.example:7443", text)
	if err != nil {
		t.Fatal(err)
	}
	login.Authority = []byte("PEM")
	for range 2 { // also over one that is there
		if err := login.Save(folder); err != nil {
			t.Fatal(err)
		}
	}
	got, err := FindLogin(folder, none)
	if err != nil || got.Server != "https://grid.example:7443" || got.Token.Reveal() != text || string(got.Authority) != "PEM" {
		t.Errorf("got %+v, error %v", got, err)
	}
	other := token.New(token.Login, fallow.Digest{2}).Reveal()
	env := map[string]string{"FALLOW_SERVER": "https://other.example", "FALLOW_TOKEN": other}
	got, err = FindLogin(folder, func(name string) string { return env[name] })
	if err != nil || got.Server != "https://other.example" || got.Token.Reveal() != other || got.Authority != nil {
		t.Errorf("of the environment: got %+v, error %v", got, err)
	}
}
