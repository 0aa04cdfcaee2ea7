package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"fallow"
	"fallow/internal/bundle"
	"fallow/internal/client"
	"fallow/internal/jobs/jobfile"
)

// prepared is a job that was read, resolved and wrapped on this machine, ready to be
// sent.
type prepared struct {
	plan     *jobfile.Plan
	wrapped  *bundle.Wrapped // nil if the job names a bundle of the grid
	manifest []byte          // of wrapped, canonical
	named    string          // NAME or NAME@VERSION of a bundle of the grid, yet to be found
}

// prepare does all that can be done for a job without a server.
func prepare(ctx context.Context, file string) (*prepared, error) {
	source, err := readJobFile(file)
	if err != nil {
		return nil, err
	}
	parsed, err := jobfile.Parse(file, source)
	if err != nil {
		return nil, err
	}
	dir, err := filepath.Abs(filepath.Dir(file))
	if err != nil {
		return nil, fmt.Errorf("find the job file's folder: %w", err)
	}
	plan, err := parsed.Resolve(ctx, dir, "")
	if ctx.Err() != nil {
		return nil, err
	}
	wrapped, wrapErr := wrapApp(ctx, parsed, dir)
	p := &prepared{plan: plan, wrapped: wrapped}
	if err = faults(parsed, err, wrapErr); err == nil {
		err = p.useBundle(parsed.App)
	}
	if err == nil {
		return p, nil
	}
	if plan != nil {
		err = errors.Join(err, plan.Close())
	}
	return nil, err
}

// faults tells what is wrong with a job's files together with what is wrong with its
// program, each with its line.
func faults(file *jobfile.File, filesErr, programErr error) error {
	_, faulty := errors.AsType[*jobfile.Errors](filesErr)
	refusals, refused := errors.AsType[bundle.Refusals](programErr)
	if !refused || filesErr != nil && !faulty {
		return cmp.Or(filesErr, programErr)
	}
	problems := make([]jobfile.ProgramProblem, len(refusals))
	for i, r := range refusals {
		problems[i].Message = fmt.Sprintf("the program can't be wrapped: %s: %s", r.Path, r.Reason)
	}
	problems[len(problems)-1].Hint = fallow.HintOf(programErr)
	return file.RefuseProgram(problems, filesErr)
}

// readJobFile reads at most one byte more than a job file may have, so that the
// parser can tell that it is too long.
func readJobFile(file string) ([]byte, error) {
	f, err := os.Open(file)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fallow.Errorf(fallow.CodeInvalid, "there is no job file %q", file)
	}
	if err != nil {
		return nil, fmt.Errorf("read the job file: %w", err)
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.IsDir() {
		return nil, fallow.Errorf(fallow.CodeInvalid, "the job file %q is a folder", file).
			WithHint("name the job file in it")
	}
	source, err := io.ReadAll(io.LimitReader(f, int64(fallow.MaxJobFile)+1))
	if err != nil {
		return nil, fmt.Errorf("read the job file: %w", err)
	}
	return source, nil
}

// wrapApp makes the job's bundle, unless the job names one of the grid.
func wrapApp(ctx context.Context, file *jobfile.File, dir string) (*bundle.Wrapped, error) {
	if file.App.Bundle != "" {
		return nil, nil
	}
	return bundle.Wrap(ctx, appRequest(file, dir))
}

// useBundle names the bundle in the job, as far as it is known yet.
func (p *prepared) useBundle(app jobfile.App) error {
	spec := &p.plan.Spec
	if p.wrapped == nil {
		digest, err := fallow.ParseDigest(app.Bundle)
		if err != nil {
			p.named = app.Bundle
			return nil
		}
		spec.Bundle = digest
		return nil
	}
	if err := useEntry(spec, p.wrapped.Manifest); err != nil {
		return err
	}
	manifest, err := bundle.Marshal(p.wrapped.Manifest)
	if err != nil {
		return err
	}
	p.manifest, spec.Bundle = manifest, fallow.DigestOf(manifest)
	return nil
}

// notes tells what the owner might not expect of the bundle.
func (p *prepared) notes() []string {
	if p.wrapped == nil {
		return nil
	}
	return p.wrapped.Notes
}

// view says what would be sent.
func (p *prepared) view() checkView {
	spec := p.plan.Spec
	view := checkView{Name: spec.Name, Command: spec.Command, Subjobs: p.plan.Subjobs, Files: len(p.plan.Files)}
	for _, f := range p.plan.Files {
		view.Size += f.Size
	}
	view.Named = p.named
	if p.wrapped != nil {
		b := viewBundle(bundle.Signed{Manifest: p.manifest}, p.wrapped.Manifest, p.wrapped.Notes)
		view.Bundle = &b
	}
	return view
}

// bring uploads what the server lacks and registers or finds the bundle.
func (p *prepared) bring(ctx context.Context, e *env, conn *client.Client) error {
	if p.named != "" {
		name, version, _ := strings.Cut(p.named, "@")
		found, err := conn.FindBundle(ctx, name, version)
		if err != nil {
			return err
		}
		p.plan.Spec.Bundle = found
	}
	files := make([]client.LocalFile, 0, len(p.plan.Files))
	for _, f := range p.plan.Files {
		files = append(files, client.LocalFile{Name: f.Path, Digest: f.Digest, Size: f.Size, Open: f.Open})
	}
	if p.wrapped != nil {
		files = append(files, client.BundleFiles(p.wrapped)...)
	}
	line := newProgress(e)
	defer line.clear()
	if err := conn.Upload(ctx, files, line.upload); err != nil || p.wrapped == nil {
		return err
	}
	_, err := conn.RegisterBundle(ctx, p.manifest)
	return err
}

// close removes what was made on the way.
func (p *prepared) close() error { return p.plan.Close() }
