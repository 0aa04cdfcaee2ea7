package collect

import (
	"context"
	"fmt"
	"io"

	"fallow"
)

// concat joins files byte for byte, as cat does.
func concat(ctx context.Context, c fallow.CollectConcat, src Source, w io.Writer) (Report, error) {
	return eachFile(ctx, src, c.File, func(index int64, r io.Reader) error {
		if _, err := io.Copy(w, r); err != nil {
			return fmt.Errorf("join %q of subjob %d: %w", c.File, index, err)
		}
		return nil
	})
}
