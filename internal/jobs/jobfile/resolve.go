package jobfile

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"fallow"
	"fallow/internal/jobs"
	"fallow/internal/jobs/split"
)

// Resolve finds the files that the job names, relative to the folder dir, computes
// their digests, cuts those that are to be split, and checks the whole. Temporary
// files go below temp (the system's folder for them if empty); the caller closes
// the plan. The error is an [*Errors] where the job file or its data are at fault.
func (f *File) Resolve(ctx context.Context, dir, temp string) (_ *Plan, err error) {
	own, err := os.MkdirTemp(temp, "fallow-job-*")
	if err != nil {
		return nil, fmt.Errorf("make room for temporary files: %w", err)
	}
	r := resolver{ctx: ctx, dir: dir, source: f.text, plan: &Plan{temp: own}, have: map[fallow.Digest]bool{}}
	defer func() {
		if err == nil {
			return
		}
		if cerr := r.plan.Close(); cerr != nil {
			err = errors.Join(err, cerr)
		}
	}()
	inputs := r.inputs(f.Inputs)
	parts := r.split(f.Split)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	r.plan.Spec = f.spec(inputs, parts)
	if len(r.problems) == 0 {
		r.check(f)
	}
	if err := r.err(); err != nil {
		return nil, err
	}
	return r.plan, nil
}

// spec is the job with its files found.
func (f *File) spec(inputs []fallow.InputFile, parts fallow.Split) fallow.JobSpec {
	return fallow.JobSpec{
		Name: f.Name, Command: f.Command, Env: f.Env, Inputs: inputs, Split: parts,
		Collect: f.Collect, Needs: f.Needs, Priority: f.Priority, Retries: f.Retries,
	}
}

// resolver turns what a job file names into files with digests.
type resolver struct {
	source
	ctx  context.Context
	dir  string
	plan *Plan
	have map[fallow.Digest]bool
}

// check checks the whole by the rules of the server.
func (r *resolver) check(f *File) {
	var err error
	if r.plan.Subjobs, err = split.Count(r.plan.Spec.Split); err != nil {
		r.fail(f.Split.at, err)
		return
	}
	if err := jobs.CheckInputs(r.plan.Spec.Inputs); err != nil {
		r.fail(f.Inputs[0].at, err)
		return
	}
	if err := jobs.Validate(r.plan.Spec); err != nil {
		r.fail(position{}, err)
	}
}

func (r *resolver) inputs(inputs []Input) []fallow.InputFile {
	var out []fallow.InputFile
	for _, input := range inputs {
		for _, match := range r.find(Path{input.From, input.at}, input.As) {
			if err := jobs.CheckInputName(match.name); err != nil {
				r.fail(input.at, err)
				continue
			}
			if ref, ok := r.digest(match.path, input.at); ok {
				out = append(out, fallow.InputFile{Name: match.name, FileRef: fallow.FileRef{Digest: ref.Digest, Size: ref.Size}})
			}
		}
	}
	return out
}

// digest reads a file as it is, and adds it to the plan.
func (r *resolver) digest(path string, at position) (fallow.FileRef, bool) {
	file := LocalFile{FileRef: fallow.FileRef{Path: path}}
	content, err := file.Open()
	if err != nil {
		r.fail(at, err)
		return fallow.FileRef{}, false
	}
	defer content.Close() // it is only read
	sum := sha256.New()
	file.Size, err = io.Copy(sum, reader{r.ctx, content})
	if err != nil {
		r.fail(at, fmt.Errorf("read %s: %w", path, err))
		return fallow.FileRef{}, false
	}
	sum.Sum(file.Digest[:0])
	r.add(file)
	return file.FileRef, true
}

// add adds a file to upload, unless its content is there already.
func (r *resolver) add(file LocalFile) {
	if !r.have[file.Digest] {
		r.have[file.Digest] = true
		r.plan.Files = append(r.plan.Files, file)
	}
}

// path is where a path of the job file lies.
func (r *resolver) path(written string) string {
	path := filepath.FromSlash(written)
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(r.dir, path)
}

// reader stops reading when its context ends.
type reader struct {
	ctx context.Context
	in  io.Reader
}

// Read implements [io.Reader].
func (r reader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.in.Read(p)
}
