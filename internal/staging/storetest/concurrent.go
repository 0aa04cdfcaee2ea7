package storetest

import (
	"fmt"
	"runtime"
	"testing"

	"golang.org/x/sync/errgroup"

	"fallow"
	"fallow/internal/staging"
)

// manyWriters lets writers of one file race; each may be told to come back, and in
// the end the file is there and right.
func manyWriters(t *testing.T, s staging.Store) {
	b := content(1, 400_000)
	d := fallow.DigestOf(b)
	var group errgroup.Group
	for range 8 {
		group.Go(func() error {
			for {
				err := finish(t.Context(), s, b)
				switch {
				case err == nil:
					return nil
				case fallow.CodeOf(err) != fallow.CodeUnavailable && fallow.CodeOf(err) != fallow.CodeConflict:
					return fmt.Errorf("a racing writer got %w", err)
				}
				runtime.Gosched()
			}
		})
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	wantContent(t, s, b)
	wantOffset(t, s, d, 0)
}
