package client

import (
	"context"
	"fmt"
	"io"
	"sync"

	"golang.org/x/sync/errgroup"

	"fallow"
)

// parallel is how many files move at once: enough to hide the answers' delay when
// files are small, few enough that one large file is not starved.
const parallel = 4

// LocalFile is a file of this machine that a job or bundle needs at the server.
type LocalFile struct {
	Name   string // for people
	Digest fallow.Digest
	Size   int64                         // bytes
	Open   func() (io.ReadCloser, error) // any number of times; better one that can seek
}

// Moved tells how much of an upload is done, in bytes.
type Moved struct{ Done, Total int64 }

// Upload brings to the server those of the files that it does not have. progress,
// if not nil, is never called twice at once.
func (c *Client) Upload(ctx context.Context, files []LocalFile, progress func(Moved)) error {
	missing, err := c.missingOf(ctx, files)
	if err != nil {
		return err
	}
	meter := newMeter(missing, progress)
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(parallel)
	for i, file := range missing {
		group.Go(func() error {
			report := func(n int64) { meter.set(i, n) }
			if err := c.files.Upload(ctx, file.Digest, file.Size, file.seekable, report); err != nil {
				return fmt.Errorf("upload %q: %w", file.Name, err)
			}
			return nil
		})
	}
	return group.Wait()
}

// missingOf chooses the files that the server lacks, each digest once.
func (c *Client) missingOf(ctx context.Context, files []LocalFile) ([]LocalFile, error) {
	byDigest := make(map[fallow.Digest]LocalFile, len(files))
	var digests []fallow.Digest
	for _, f := range files {
		if _, known := byDigest[f.Digest]; !known {
			digests = append(digests, f.Digest)
		}
		byDigest[f.Digest] = f
	}
	missing, err := c.Missing(ctx, digests)
	if err != nil {
		return nil, err
	}
	out := make([]LocalFile, len(missing))
	for i, digest := range missing {
		f, asked := byDigest[digest]
		if !asked {
			return nil, fallow.Errorf(fallow.CodeInternal, "the server misses file %s, which it was not asked about", digest)
		}
		out[i] = f
	}
	return out, nil
}

// meter adds up how far several uploads are.
type meter struct {
	mu     sync.Mutex
	each   []int64
	moved  Moved
	report func(Moved)
}

func newMeter(files []LocalFile, report func(Moved)) *meter {
	if report == nil {
		report = func(Moved) {}
	}
	m := &meter{each: make([]int64, len(files)), report: report}
	for _, f := range files {
		m.moved.Total += f.Size
	}
	return m
}

// set notes that n bytes of file i are done, which may be fewer than before.
func (m *meter) set(i int, n int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.moved.Done += n - m.each[i]
	m.each[i] = n
	m.report(m.moved)
}

// Download writes a file of the server to w and verifies its digest. If it does not
// match, the error's code is [fallow.CodeTampered] and what was written must be
// thrown away.
func (c *Client) Download(ctx context.Context, file fallow.FileRef, w io.Writer) error {
	return c.files.Download(ctx, file, w)
}
