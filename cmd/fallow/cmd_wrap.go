package main

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"fallow"
	"fallow/internal/bundle"
	"fallow/internal/client"
)

// wrapCmd makes a bundle of an application, or looks at one.
type wrapCmd struct {
	wrapFlags
	Programs []string `arg:"" optional:"" name:"program" help:"Programs: names found on PATH, or paths."`
	Script   []string `sep:"none" placeholder:"FILE" help:"A script or jar to put at /app; may be repeated."`
	Output   string   `short:"o" placeholder:"FILE" help:"The archive to write; NAME.bundle without it."`
	Name     string   `help:"The bundle's name; that of the first program without it."`
	Version  string   `help:"The application's version."`
	Push     bool     `help:"Register the bundle at the grid; writes no archive unless -o is given."`
	Inspect  string   `placeholder:"FILE" help:"Say what an archive holds, and verify all of it."`
	Force    bool     `help:"Replace an archive that is there."`
}

// Help implements [kong.HelpProvider].
func (wrapCmd) Help() string {
	return `Wraps programs as they are: finds the shared libraries and interpreters that they need, refuses what could not run in a sandbox and says why, and writes a bundle that is signed with your own key (made at the first use). 'submit' does this by itself.

Example:

    fallow wrap hmmsearch
    fallow wrap --script fold.py --with data:/app/data -o fold.bundle
    fallow wrap --push --name hmmer --version 3.4 hmmsearch hmmscan
    fallow wrap --inspect hmmsearch.bundle`
}

// Validate implements the check that kong makes after parsing.
func (c *wrapCmd) Validate() error {
	if (c.Inspect == "") == (len(c.Programs)+len(c.Script) == 0) {
		return errors.New("name programs or scripts to wrap, or an archive to --inspect")
	}
	return nil
}

// Run implements the command.
func (c *wrapCmd) Run(ctx context.Context, e *env) error {
	if c.Inspect != "" {
		return inspect(ctx, e, c.Inspect)
	}
	req := c.request()
	req.Programs, req.Scripts, req.Name, req.Version = c.Programs, c.Script, c.Name, c.Version
	wrapped, err := bundle.Wrap(ctx, req)
	if err != nil {
		return err
	}
	for _, note := range wrapped.Notes {
		e.sayf("note: %s", visible(note))
	}
	signed, err := sign(e, wrapped.Manifest)
	if err != nil {
		return err
	}
	view := viewBundle(signed, wrapped.Manifest, wrapped.Notes)
	if view.File = c.file(wrapped.Manifest.Name); view.File != "" {
		if err := c.write(ctx, view.File, signed, wrapped); err != nil {
			return err
		}
	}
	if c.Push {
		if err := push(ctx, e, wrapped); err != nil {
			return err
		}
	}
	return e.show(view, func(w io.Writer) { c.report(w, view) })
}

// file gives the archive's path, "" for none.
func (c *wrapCmd) file(name string) string {
	switch {
	case c.Output != "":
		return c.Output
	case c.Push:
		return ""
	}
	return name + ".bundle"
}

func (c *wrapCmd) report(w io.Writer, view bundleView) {
	fmt.Fprintf(w, "Bundle %s: %s, %s, profile %s\n  digest %s\n",
		view.Name, count(int64(view.Files), "file"), fallow.Size(view.Size), view.Profile, view.Digest)
	if view.File != "" {
		fmt.Fprintf(w, "Written to %s; 'fallow wrap --inspect %s' says what it holds.\n", view.File, view.File)
	}
	if c.Push {
		fmt.Fprintln(w, "Registered at the grid.")
	}
}

// bundleView is what 'wrap' prints with --json.
type bundleView struct {
	Name    string           `json:"name"`
	Version string           `json:"version,omitempty"`
	Digest  fallow.Digest    `json:"digest"`
	Profile fallow.Profile   `json:"profile"`
	Files   int              `json:"files"`
	Size    int64            `json:"size"` // bytes
	File    string           `json:"file,omitempty"`
	Notes   []string         `json:"notes,omitempty"`
	Bundle  *fallow.Manifest `json:"bundle,omitempty"` // with --inspect
}

func viewBundle(signed bundle.Signed, m fallow.Manifest, notes []string) bundleView {
	view := bundleView{
		Name: m.Name, Version: m.Version, Digest: fallow.DigestOf(signed.Manifest), Profile: m.Profile,
		Files: len(m.Files), Notes: notes,
	}
	for _, f := range m.Files {
		view.Size += f.Size
	}
	return view
}

// sign signs a manifest with the user's own key.
func sign(e *env, m fallow.Manifest) (bundle.Signed, error) {
	folder, err := client.FindFolder(e.getenv)
	if err != nil {
		return bundle.Signed{}, err
	}
	key, err := client.AuthorKey(folder)
	if err != nil {
		return bundle.Signed{}, err
	}
	manifest, err := bundle.Marshal(m)
	if err != nil {
		return bundle.Signed{}, err
	}
	author := key.Public().(ed25519.PublicKey)
	return bundle.Signed{Manifest: manifest, Author: author, Signature: bundle.Sign(key, manifest)}, nil
}

// write writes the archive beside its place and names it when it is whole.
func (c *wrapCmd) write(ctx context.Context, file string, signed bundle.Signed, wrapped *bundle.Wrapped) error {
	if _, err := os.Lstat(file); err == nil && !c.Force {
		return fallow.Errorf(fallow.CodeConflict, "%q is there already", file).
			WithHint("name another file with -o, or replace it with --force")
	}
	temp, err := os.CreateTemp(filepath.Dir(file), "."+filepath.Base(file)+".*")
	if err != nil {
		return fmt.Errorf("write the bundle: %w", err)
	}
	err = bundle.Write(ctx, temp, signed, sources(wrapped))
	err = errors.Join(err, temp.Chmod(0o644), temp.Close())
	if err == nil {
		err = os.Rename(temp.Name(), file)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("write the bundle: %w", err), os.Remove(temp.Name()))
	}
	return nil
}

// sources opens the files that were wrapped where they lie.
func sources(wrapped *bundle.Wrapped) func(fallow.Digest) (io.ReadCloser, error) {
	return func(d fallow.Digest) (io.ReadCloser, error) { return os.Open(wrapped.Sources[d]) }
}

// push registers a bundle at the user's grid.
func push(ctx context.Context, e *env, wrapped *bundle.Wrapped) error {
	return e.withClient(ctx, func(conn *client.Client) error {
		line := newProgress(e)
		defer line.clear()
		_, err := conn.PushBundle(ctx, wrapped, line.upload)
		return err
	})
}

// inspect describes an archive and verifies its signature and all contents.
func inspect(ctx context.Context, e *env, file string) error {
	archive, err := bundle.Open(file)
	if err != nil {
		return err
	}
	defer archive.Close()
	if err := archive.Verify(ctx); err != nil {
		return err
	}
	view := viewBundle(archive.Signed, archive.Bundle, nil)
	view.File, view.Bundle = file, &archive.Bundle
	text := &strings.Builder{}
	if err := bundle.Describe(text, archive.Signed); err != nil {
		return err
	}
	return e.show(view, func(w io.Writer) { io.WriteString(w, visible(text.String())) })
}
