package client

import (
	"context"
	"io"
	"os"
	"path"

	"fallow"
	"fallow/internal/bundle"
)

// BundleFiles lists the files of a wrapped application for [Client.Upload].
func BundleFiles(wrapped *bundle.Wrapped) []LocalFile {
	files := make([]LocalFile, 0, len(wrapped.Manifest.Files))
	for _, f := range wrapped.Manifest.Files {
		source := wrapped.Sources[f.Digest]
		files = append(files, LocalFile{
			Name: path.Base(f.Path), Digest: f.Digest, Size: f.Size,
			Open: func() (io.ReadCloser, error) { return os.Open(source) },
		})
	}
	return files
}

// PushBundle uploads what the server lacks of a wrapped application and registers
// it. It gives the bundle's digest, by which jobs name it.
func (c *Client) PushBundle(ctx context.Context, wrapped *bundle.Wrapped, progress func(Moved)) (fallow.Digest, error) {
	manifest, err := bundle.Marshal(wrapped.Manifest)
	if err != nil {
		return fallow.Digest{}, err
	}
	if err := c.Upload(ctx, BundleFiles(wrapped), progress); err != nil {
		return fallow.Digest{}, err
	}
	return c.RegisterBundle(ctx, manifest)
}
