package cache_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sync/errgroup"

	"fallow"
	"fallow/internal/staging/cache"
)

func TestGetFetchesOnce(t *testing.T) {
	s, dir := newSource(t), t.TempDir()
	c := open(t, dir, fallow.MiB, s)
	b := noise(1, 100_000)
	want := s.add(t, b)
	for range 3 {
		h := get(t, c, want)
		wantContent(t, h, b)
		closeHandle(t, h)
	}
	wantFetches(t, s, 1)
	info, err := os.Stat(filePath(dir, want.Digest))
	if err != nil || info.Mode() != 0o444 {
		t.Errorf("mode %v, %v, want 0444", info.Mode(), err)
	}
}

func TestManyGetsFetchOnce(t *testing.T) {
	s := newSource(t)
	c := open(t, t.TempDir(), fallow.MiB, s)
	want := s.add(t, noise(1, 500_000))
	var group errgroup.Group
	for range 32 {
		group.Go(func() error {
			h, err := c.Get(t.Context(), want)
			if err != nil {
				return err
			}
			return h.Close()
		})
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	wantFetches(t, s, 1)
}

// A waiter leaves when its own context ends, and takes over when the leader's does.
func TestWaitersHonourTheirContexts(t *testing.T) {
	s := newSource(t)
	c := open(t, t.TempDir(), fallow.MiB, s)
	b := noise(1, 100_000)
	want := s.add(t, b)
	fetching := make(chan struct{})
	var once sync.Once
	s.before = func(ctx context.Context, _ fallow.Piece) error {
		first := false
		once.Do(func() { first = true })
		if !first {
			return nil
		}
		close(fetching)
		<-ctx.Done()
		return context.Cause(ctx)
	}
	leader, stopLeader := context.WithCancel(t.Context())
	impatient, stopImpatient := context.WithCancel(t.Context())
	var group errgroup.Group
	group.Go(func() error { return wantCancelled(c, leader, want) })
	<-fetching
	left := make(chan struct{})
	group.Go(func() error {
		defer close(left)
		return wantCancelled(c, impatient, want)
	})
	group.Go(func() error {
		h, err := c.Get(t.Context(), want)
		if err != nil {
			return err
		}
		return h.Close()
	})
	stopImpatient()
	<-left
	stopLeader()
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	wantFetches(t, s, 2)
}

func wantCancelled(c *cache.Cache, ctx context.Context, want fallow.SliceFile) error {
	if _, err := c.Get(ctx, want); !errors.Is(err, context.Canceled) {
		return errors.New("Get did not end with its context")
	}
	return nil
}

func TestWaitersShareAFailure(t *testing.T) {
	s := newSource(t)
	c := open(t, t.TempDir(), fallow.MiB, s)
	want := fallow.SliceFile{Digest: fallow.DigestOf([]byte("lost")), Size: 4}
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		s.before = func(context.Context, fallow.Piece) error {
			<-release
			return errCut
		}
		var group errgroup.Group
		for range 5 {
			group.Go(func() error {
				if _, err := c.Get(t.Context(), want); !errors.Is(err, errCut) {
					return fmt.Errorf("Get gave %v, want the fetcher's error", err)
				}
				return nil
			})
		}
		synctest.Wait()
		close(release)
		if err := group.Wait(); err != nil {
			t.Error(err)
		}
	})
	wantFetches(t, s, 1)
	if used := c.Used(); used != 0 {
		t.Errorf("a file that could not be fetched takes %s", used)
	}
}

func TestPieces(t *testing.T) {
	s := newSource(t)
	c := open(t, t.TempDir(), fallow.MiB, s)
	big, other := noise(1, 400_000), noise(2, 1000)
	from, also := s.add(t, big), s.add(t, other)
	joined := append(append(append([]byte(nil), big[:10]...), other[5:900]...), big[1000:300_000]...)
	want := fallow.SliceFile{Digest: fallow.DigestOf(joined), Size: int64(len(joined)), Pieces: []fallow.Piece{
		{File: from.Digest, Offset: 0, Length: 10},
		{File: also.Digest, Offset: 5, Length: 895},
		{File: also.Digest, Offset: 7, Length: 0},
		{File: from.Digest, Offset: 1000, Length: 299_000},
	}}
	wantContent(t, get(t, c, want), joined)
	if got := s.bytes.Load(); got != want.Size {
		t.Errorf("%d bytes were fetched for %d", got, want.Size)
	}
}

func TestNonsenseIsRefused(t *testing.T) {
	c := open(t, t.TempDir(), fallow.MiB, newSource(t))
	for name, want := range map[string]fallow.SliceFile{
		"negative size":    {Size: -1},
		"too short":        {Size: 5, Pieces: []fallow.Piece{{Length: 4}}},
		"too long":         {Size: 5, Pieces: []fallow.Piece{{Length: 6}}},
		"negative piece":   {Size: 5, Pieces: []fallow.Piece{{Length: 6}, {Length: -1}}},
		"negative offset":  {Size: 5, Pieces: []fallow.Piece{{Offset: -1, Length: 5}}},
		"beyond any file":  {Size: 5, Pieces: []fallow.Piece{{Offset: 1<<63 - 1, Length: 5}}},
		"overflowing sums": {Size: 5, Pieces: []fallow.Piece{{Length: 1<<63 - 1}, {Length: 1<<63 - 1}, {Length: 7}}},
	} {
		if _, err := c.Get(t.Context(), want); fallow.CodeOf(err) != fallow.CodeInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err := c.Get(t.Context(), fallow.SliceFile{Pieces: make([]fallow.Piece, cache.MaxPieces+1)})
	wantCode(t, err, fallow.CodeLimit)
}

func TestWrongOrderDoesNotHarmTheFile(t *testing.T) {
	s := newSource(t)
	c := open(t, t.TempDir(), fallow.MiB, s)
	want := s.add(t, noise(1, 1000))
	use(t, c, want)
	wrong := want
	wrong.Size = 999
	_, err := c.Get(t.Context(), wrong)
	wantCode(t, err, fallow.CodeInvalid)
	use(t, c, want)
	wantFetches(t, s, 1)
}

func TestLimit(t *testing.T) {
	s := newSource(t)
	c := open(t, t.TempDir(), 2500, s)
	a, b, d := s.add(t, noise(1, 1000)), s.add(t, noise(2, 1000)), s.add(t, noise(3, 1000))
	ha, hb := get(t, c, a), get(t, c, b)
	_, err := c.Get(t.Context(), d)
	wantCode(t, err, fallow.CodeLimit)
	if !strings.Contains(err.Error(), "cache limit") || fallow.HintOf(err) == "" {
		t.Errorf("%q (%q) does not name the limit and what to do", err, fallow.HintOf(err))
	}
	_, err = c.Get(t.Context(), s.add(t, noise(4, 2501)))
	wantCode(t, err, fallow.CodeLimit)
	closeHandle(t, hb)
	use(t, c, d) // evicts b, since a is in use
	closeHandle(t, ha)
	fetched := s.fetches.Load()
	use(t, c, a)
	use(t, c, d)
	wantFetches(t, s, fetched)
	use(t, c, b)
	wantFetches(t, s, fetched+1)
}

func TestOrderOfUseSurvivesARestart(t *testing.T) {
	s, dir := newSource(t), t.TempDir()
	c := open(t, dir, 10_000, s)
	files := make([]fallow.SliceFile, 4)
	for i := range files {
		files[i] = s.add(t, noise(byte(i), 1000))
		use(t, c, files[i])
	}
	use(t, c, files[0])
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	c = open(t, dir, 2000, s) // keeps the last used: 3 and 0
	if used := c.Used(); used != 2000 {
		t.Errorf("after a restart %s are used", used)
	}
	fetched := s.fetches.Load()
	use(t, c, files[3])
	use(t, c, files[0])
	wantFetches(t, s, fetched)
}

func TestDamageIsFoundAndRepaired(t *testing.T) {
	damage := map[string]func(name string) error{
		"changed":   func(name string) error { return rewrite(name, func(b []byte) []byte { b[500] ^= 1; return b }) },
		"shortened": func(name string) error { return rewrite(name, func(b []byte) []byte { return b[:999] }) },
		"emptied":   func(name string) error { return rewrite(name, func([]byte) []byte { return nil }) },
		"disguised": disguise,
		"linked": func(name string) error {
			return errors.Join(os.Remove(name), os.Symlink("/etc/hostname", name))
		},
	}
	for name, hurt := range damage {
		for _, restart := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				s, dir := newSource(t), t.TempDir()
				c := open(t, dir, fallow.MiB, s)
				b := noise(1, 1000)
				want := s.add(t, b)
				use(t, c, want)
				if err := hurt(filePath(dir, want.Digest)); err != nil {
					t.Fatal(err)
				}
				if restart {
					c.Close()
					c = open(t, dir, fallow.MiB, s)
				}
				var reports []error
				c.OnTampered = func(_ fallow.Digest, err error) { reports = append(reports, err) }
				wantContent(t, get(t, c, want), b)
				wantFetches(t, s, 2)
				if !(name == "linked" && restart) && len(reports) != 1 {
					t.Errorf("%d reports, want 1", len(reports))
				}
				for _, err := range reports {
					wantCode(t, err, fallow.CodeTampered)
				}
			})
		}
	}
}

func rewrite(name string, change func([]byte) []byte) error {
	b, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	if err := os.Chmod(name, 0o600); err != nil {
		return err
	}
	return os.WriteFile(name, change(b), 0o600)
}

// disguise changes a file and sets its time back.
func disguise(name string) error {
	info, err := os.Stat(name)
	if err != nil {
		return err
	}
	if err := rewrite(name, func(b []byte) []byte { b[0] ^= 1; return b }); err != nil {
		return err
	}
	return os.Chtimes(name, time.Time{}, info.ModTime())
}

func TestAFileDeletedByTheOwnerIsFetchedAgain(t *testing.T) {
	s, dir := newSource(t), t.TempDir()
	c := open(t, dir, fallow.MiB, s)
	c.OnTampered = func(_ fallow.Digest, err error) { t.Errorf("reported as tampered: %v", err) }
	want := s.add(t, noise(1, 1000))
	use(t, c, want)
	if err := os.Remove(filePath(dir, want.Digest)); err != nil {
		t.Fatal(err)
	}
	use(t, c, want)
	wantFetches(t, s, 2)
}

func TestChangeWhilePinnedIsFoundAtOpen(t *testing.T) {
	s, dir := newSource(t), t.TempDir()
	c := open(t, dir, fallow.MiB, s)
	want := s.add(t, noise(1, 1000))
	h := get(t, c, want)
	if err := disguise(filePath(dir, want.Digest)); err != nil {
		t.Fatal(err)
	}
	_, err := h.Open()
	wantCode(t, err, fallow.CodeTampered)
	root, err := os.OpenRoot(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	closeHandle(t, h)
	use(t, c, want)
	wantFetches(t, s, 2)
}

// flipper damages the first byte of the first fetch.
type flipper struct {
	io.Writer
	done *bool
}

func (f flipper) Write(b []byte) (int, error) {
	if len(b) > 0 && !*f.done {
		*f.done = true
		b = append([]byte{b[0] ^ 1}, b[1:]...)
	}
	return f.Writer.Write(b)
}

func TestDamageOnTheWayIsFetchedAgain(t *testing.T) {
	s := newSource(t)
	c := open(t, t.TempDir(), fallow.MiB, s)
	b := noise(1, 1000)
	want := s.add(t, b)
	done := false
	s.writer = func(w io.Writer) io.Writer { return flipper{w, &done} }
	wantContent(t, get(t, c, want), b)
	wantFetches(t, s, 2)
	other := s.add(t, noise(2, 1000))
	s.writer = func(w io.Writer) io.Writer { again := false; return flipper{w, &again} }
	_, err := c.Get(t.Context(), other)
	wantCode(t, err, fallow.CodeTampered)
	if used := c.Used(); used != 1000 {
		t.Errorf("%s are used, want 1000B", used)
	}
}

func TestPartsCountAndAreUsed(t *testing.T) {
	s, dir := newSource(t), t.TempDir()
	c := open(t, dir, 100_000, s)
	b := noise(1, 90_000)
	want := s.add(t, b)
	interrupt(t, s, c, want, 60_000)
	if used := c.Used(); used != 60_000 {
		t.Errorf("a part of 60000 bytes counts as %d", used)
	}
	c.Close()
	c = open(t, dir, 100_000, s)
	if used := c.Used(); used != 60_000 {
		t.Errorf("after a restart a part of 60000 bytes counts as %d", used)
	}
	s.bytes.Store(0)
	wantContent(t, get(t, c, want), b)
	if got := s.bytes.Load(); got != 30_000 {
		t.Errorf("%d bytes were fetched, want the 30000 missing", got)
	}
}

func TestPartsAreEvicted(t *testing.T) {
	s, dir := newSource(t), t.TempDir()
	c := open(t, dir, 100_000, s)
	want := s.add(t, noise(1, 90_000))
	interrupt(t, s, c, want, 60_000)
	use(t, c, s.add(t, noise(2, 70_000)))
	if _, err := os.Stat(partPath(dir, want.Digest)); !os.IsNotExist(err) {
		t.Errorf("the part is still there: %v", err)
	}
}

var errCut = errors.New("cut")

// cutter lets n bytes through.
type cutter struct {
	w io.Writer
	n int
}

func (c *cutter) Write(b []byte) (int, error) {
	n, err := c.w.Write(b[:min(len(b), c.n)])
	c.n -= n
	if err == nil && n < len(b) {
		err = errCut
	}
	return n, err
}

// interrupt fetches n bytes of a file and fails.
func interrupt(t *testing.T, s *source, c *cache.Cache, want fallow.SliceFile, n int) {
	t.Helper()
	s.writer = func(w io.Writer) io.Writer { return &cutter{w, n} }
	_, err := c.Get(t.Context(), want)
	if !errors.Is(err, errCut) {
		t.Fatalf("Get gave %v, want the cut", err)
	}
	s.writer = nil
}

func TestADamagedPartIsFetchedAgain(t *testing.T) {
	s, dir := newSource(t), t.TempDir()
	c := open(t, dir, fallow.MiB, s)
	b := noise(1, 90_000)
	want := s.add(t, b)
	interrupt(t, s, c, want, 60_000)
	if err := rewrite(partPath(dir, want.Digest), func(b []byte) []byte { b[7] ^= 1; return b }); err != nil {
		t.Fatal(err)
	}
	wantContent(t, get(t, c, want), b)
}

func TestOneProcessAtATime(t *testing.T) {
	s, dir := newSource(t), t.TempDir()
	c := open(t, dir, fallow.MiB, s)
	_, err := cache.Open(dir, fallow.MiB, s)
	wantCode(t, err, fallow.CodeConflict)
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	open(t, dir, fallow.MiB, s)
	_, err = cache.Open(t.TempDir(), 0, s)
	wantCode(t, err, fallow.CodeInvalid)
}
