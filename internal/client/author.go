package client

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"io/fs"

	"fallow/internal/nodes/keyfile"
)

// authorFile is the name of the author's key in its [Folder].
const authorFile = "author.key"

// AuthorKey gives the key with which a user signs the bundles he wraps. The first
// use makes it.
func AuthorKey(folder Folder) (ed25519.PrivateKey, error) {
	key, err := readAuthorKey(folder)
	if !errors.Is(err, fs.ErrNotExist) {
		return key, err
	}
	_, fresh, err := ed25519.GenerateKey(nil)
	if err != nil {
		return nil, fmt.Errorf("make your key: %w", err)
	}
	content, err := keyfile.EncodePrivate(fresh)
	if err != nil {
		return nil, fmt.Errorf("make your key: %w", err)
	}
	err = folder.Create(authorFile, content)
	if errors.Is(err, fs.ErrExist) {
		return readAuthorKey(folder)
	}
	if err != nil {
		return nil, fmt.Errorf("keep your key: %w", err)
	}
	return fresh, nil
}

func readAuthorKey(folder Folder) (ed25519.PrivateKey, error) {
	content, err := folder.Read(authorFile)
	if err != nil {
		return nil, fmt.Errorf("read your key: %w", err)
	}
	key, err := keyfile.DecodePrivate[ed25519.PrivateKey](content)
	if err != nil {
		return nil, fmt.Errorf("read your key in %q: %w", folder, err)
	}
	return key, nil
}
