package agent

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"fallow"
	"fallow/internal/bundle"
	"fallow/internal/evm"
	"fallow/internal/staging/cache"
)

// attempt is work under way: its folder, and what it has pinned.
type attempt struct {
	*Agent
	work
	dir     string
	handles []*cache.Handle
}

// carryOut runs an attempt from staging to report. Whatever goes wrong on the way
// becomes its outcome.
func (a *Agent) carryOut(ctx context.Context, w work) {
	log := a.config.Log.With("attempt", w.id)
	log.Info("attempt leased", "command", w.argv[0])
	at := &attempt{Agent: a, work: w, dir: filepath.Join(a.config.attemptsDir(), w.id.String())}
	outcome := at.run(ctx)
	if ctx.Err() != nil && outcome.Kind != fallow.Succeeded {
		outcome = evicted(outcome)
	}
	a.conclude(ctx, w.id, outcome)
	if err := at.clean(); err != nil {
		log.Error("cannot remove the attempt's folder", "folder", at.dir, "error", err)
	}
}

func (at *attempt) run(ctx context.Context) fallow.Outcome {
	dir, manifest, err := at.stage(ctx)
	if err != nil {
		return notStarted(err)
	}
	defer at.trees.release(at.bundle.Digest)
	outcome, err := at.execute(ctx, dir, manifest)
	if err != nil {
		return notStarted(err)
	}
	if outcome.Kind == fallow.Succeeded {
		outcome = at.bringResults(ctx, outcome)
	}
	return outcome
}

// notStarted is the outcome of an attempt that this node could not run.
func notStarted(err error) fallow.Outcome {
	kind := fallow.NotStarted
	if fallow.CodeOf(err) == fallow.CodeTampered {
		kind = fallow.Tampered
	}
	return fallow.Outcome{Kind: kind, Reason: err.Error()}
}

// stage brings everything the attempt needs: the verified bundle laid out, and the
// input files in place.
func (at *attempt) stage(ctx context.Context) (dir string, m fallow.Manifest, err error) {
	if err := makePrivate(at.dir); err != nil {
		return "", m, err
	}
	for _, sub := range []string{filepath.Join(at.dir, "in"), filepath.Join(at.dir, "work"), filepath.Join(at.dir, "out"), at.consoleDir()} {
		if err := os.MkdirAll(sub, 0o755); err != nil {
			return "", m, fmt.Errorf("make the attempt's folder: %w", err)
		}
	}
	if err := at.placeInputs(ctx); err != nil {
		return "", m, err
	}
	if m, err = at.manifest(ctx); err != nil {
		return "", m, err
	}
	dir, err = at.trees.get(ctx, at.bundle.Digest, m, func(d fallow.Digest) (io.ReadCloser, error) {
		return at.openFile(ctx, m, d)
	})
	return dir, m, err
}

func (at *attempt) placeInputs(ctx context.Context) error {
	root, err := os.OpenRoot(filepath.Join(at.dir, "in"))
	if err != nil {
		return err
	}
	defer root.Close()
	for _, in := range at.inputs {
		handle, err := at.fetch(ctx, in)
		if err != nil {
			return fmt.Errorf("stage input %q: %w", in.Name, err)
		}
		at.handles = append(at.handles, handle)
		if err := handle.Link(root, in.Name); err != nil {
			return err
		}
	}
	return nil
}

// fetch gives a file by the cache, however long the server is away.
func (at *attempt) fetch(ctx context.Context, want fallow.SliceFile) (handle *cache.Handle, err error) {
	err = at.insist(ctx, "fetch a file", away, func(ctx context.Context) error {
		handle, err = at.cache.Get(ctx, want)
		return err
	})
	return handle, err
}

// manifest gives the bundle's manifest, which must bear the grid's signature: a node
// runs nothing else.
func (at *attempt) manifest(ctx context.Context) (fallow.Manifest, error) {
	raw, err := at.read(ctx, at.bundle)
	if err != nil {
		return fallow.Manifest{}, fmt.Errorf("stage manifest: %w", err)
	}
	if err := bundle.Verify(at.identity.BundleKey, raw, at.signature); err != nil {
		return fallow.Manifest{}, err
	}
	return bundle.Parse(raw)
}

func (at *attempt) read(ctx context.Context, f fallow.FileRef) ([]byte, error) {
	if f.Size > int64(fallow.MaxManifest) {
		return nil, fallow.Errorf(fallow.CodeLimit, "manifest has %s, more than %s", fallow.Size(f.Size), fallow.MaxManifest)
	}
	handle, err := at.fetch(ctx, fallow.SliceFile{Name: f.Path, Digest: f.Digest, Size: f.Size})
	if err != nil {
		return nil, err
	}
	defer handle.Close()
	file, err := handle.Open()
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(file)
}

// openFile opens a file of a bundle, fetching it if the cache has it not.
func (at *attempt) openFile(ctx context.Context, m fallow.Manifest, d fallow.Digest) (io.ReadCloser, error) {
	for _, f := range m.Files {
		if f.Digest != d {
			continue
		}
		handle, err := at.fetch(ctx, fallow.SliceFile{Name: f.Path, Digest: d, Size: f.Size})
		if err != nil {
			return nil, err
		}
		file, err := handle.Open()
		if err != nil {
			return nil, errors.Join(err, handle.Close())
		}
		return pinned{file, handle}, nil
	}
	return nil, fallow.Errorf(fallow.CodeInvalid, "bundle %q has no file %s", m.Name, d)
}

// pinned is a file of the cache that is unpinned when it is closed.
type pinned struct {
	*os.File
	handle *cache.Handle
}

// Close implements [io.Closer].
func (p pinned) Close() error { return errors.Join(p.File.Close(), p.handle.Close()) }

// execute runs the program in the EVM and waits for its end.
func (at *attempt) execute(ctx context.Context, tree string, m fallow.Manifest) (fallow.Outcome, error) {
	stdout, err := at.openStdout()
	if err != nil {
		return fallow.Outcome{}, err
	}
	run, err := at.machine.Start(ctx, evm.Spec{
		Name:    at.id.String(),
		Profile: at.profile,
		Tree:    tree,
		Systems: m.Systems,
		In:      filepath.Join(at.dir, "in"),
		Work:    filepath.Join(at.dir, "work"),
		Out:     filepath.Join(at.dir, "out"),
		Argv:    at.argv,
		Env:     at.env,
		Limits: evm.Limits{
			Cores: at.limits.cores, Procs: at.limits.procs, Memory: at.limits.memory,
			Disk: at.limits.disk, Time: at.limits.time, Output: at.limits.output,
		},
		Stdout: stdout,
	})
	if err != nil {
		return evm.StartOutcome(err), stdout.Close()
	}
	release := context.AfterFunc(ctx, func() { run.Kill(context.Cause(ctx).Error()) })
	defer release()
	exit := run.Wait()
	return exit.Outcome(), errors.Join(exit.Output, stdout.Close())
}

// openStdout gives what takes the program's standard output: a file out of its
// reach if that is a result. The end of it is kept in any case.
func (at *attempt) openStdout() (io.WriteCloser, error) {
	if !at.stdout {
		return nothing{io.Discard}, nil
	}
	return os.OpenFile(filepath.Join(at.consoleDir(), fallow.StdoutName), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
}

// nothing is a writer that needs no closing.
type nothing struct{ io.Writer }

// Close implements [io.Closer].
func (nothing) Close() error { return nil }

// clean removes the attempt's folder and lets go of its files.
func (at *attempt) clean() error {
	err := removeAll(at.dir)
	for _, h := range at.handles {
		err = errors.Join(err, h.Close())
	}
	return err
}
