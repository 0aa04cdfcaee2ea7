// Package order makes a leased attempt into an order: all that its node needs to
// run it, with no placeholder left.
package order

import (
	"context"
	"slices"

	"fallow"
	"fallow/internal/jobs/collect"
	"fallow/internal/jobs/command"
	"fallow/internal/jobs/split"
	"fallow/internal/rpc"
	"fallow/internal/rpc/fallowv1"
	"fallow/internal/server/bundles"
)

// Maker makes orders.
type Maker struct {
	Bundles *bundles.Register
	Indexes split.Indexes
}

// Make describes an attempt of a job.
func (m *Maker) Make(ctx context.Context, id fallow.AttemptID, spec fallow.JobSpec) (*fallowv1.Order, error) {
	b, err := m.Bundles.Find(ctx, spec.Bundle)
	if err != nil {
		return nil, err
	}
	point, err := split.At(spec.Split, id.Subjob.Index, m.Indexes)
	if err != nil {
		return nil, err
	}
	argv, err := argv(b.Manifest, spec.Command, point, id.Subjob.Index)
	if err != nil {
		return nil, err
	}
	env, err := command.ExpandEnv(spec.Env, point, id.Subjob.Index)
	if err != nil {
		return nil, err
	}
	return &fallowv1.Order{
		Attempt:         rpc.ToAttemptID(id),
		Bundle:          spec.Bundle[:],
		BundleSize:      b.Size,
		BundleSignature: b.Signature,
		Argv:            argv,
		Env:             slices.Concat(b.Manifest.Env, env),
		Files:           files(spec.Inputs, point),
		Outputs:         collect.Outputs(spec.Collect),
		CollectStdout:   collect.WantsStdout(spec.Collect),
		Limits:          limits(spec.Needs),
		Profile:         string(profile(b.Manifest, spec.Needs)),
	}, nil
}

// argv expands the command; its first word names an entry of the bundle.
func argv(m fallow.Manifest, words []string, point fallow.Point, index int64) ([]string, error) {
	expanded, err := command.Expand(words, point, index)
	if err != nil {
		return nil, err
	}
	for _, e := range m.Entries {
		if e.Name == expanded[0] || e.Argv[len(e.Argv)-1] == expanded[0] {
			return slices.Concat(e.Argv, expanded[1:]), nil
		}
	}
	return nil, fallow.Errorf(fallow.CodeInvalid, "bundle %q has no program %q", m.Name, expanded[0]).
		WithHint("name the program under 'app: files:' in the job file, or one of the bundle's entries first in 'run:'")
}

// profile is the stricter choice unless the bundle itself needs the other: a job
// cannot loosen its bundle.
func profile(m fallow.Manifest, n fallow.Needs) fallow.Profile {
	if n.Sandbox == fallow.ProfileStrict {
		return fallow.ProfileStrict
	}
	return m.Profile
}

// files are the inputs and the slices, at their places under /in.
func files(inputs []fallow.InputFile, point fallow.Point) []*fallowv1.InputFile {
	var list []*fallowv1.InputFile
	for _, in := range inputs {
		list = append(list, &fallowv1.InputFile{Path: in.Name, Digest: in.Digest[:], Size: in.Size})
	}
	for i, s := range point.Slices {
		for _, f := range s.Files {
			list = append(list, sliceFile(command.SlicePath(i, f.Name), f))
		}
	}
	return list
}

func sliceFile(at string, f fallow.SliceFile) *fallowv1.InputFile {
	in := &fallowv1.InputFile{Path: at, Digest: f.Digest[:], Size: f.Size}
	for _, p := range f.Pieces {
		in.Pieces = append(in.Pieces, &fallowv1.Piece{File: p.File[:], Offset: p.Offset, Length: p.Length})
	}
	return in
}

// limits are the job's needs with the defaults filled in.
func limits(n fallow.Needs) *fallowv1.Limits {
	return &fallowv1.Limits{
		Cores:  int32(max(n.Cores, 1)),
		Memory: int64(or(n.Memory, fallow.DefaultMemory)),
		Disk:   int64(or(n.Disk, fallow.DefaultDisk)),
		Procs:  int32(or(n.Procs, fallow.DefaultProcs)),
		Time:   int64(or(n.MaxTime, fallow.DefaultMaxTime)),
		Output: int64(or(n.Output, fallow.DefaultOutput)),
	}
}

func or[T ~int | ~int64](value, otherwise T) T {
	if value == 0 {
		return otherwise
	}
	return value
}
