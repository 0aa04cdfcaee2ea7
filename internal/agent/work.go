package agent

import (
	"crypto/ed25519"
	"io/fs"
	"time"

	"fallow"
	"fallow/internal/rpc"
	"fallow/internal/rpc/fallowv1"
)

// work is an order, read and checked.
type work struct {
	id        fallow.AttemptID
	bundle    fallow.FileRef // the manifest
	signature []byte
	argv, env []string
	inputs    []fallow.SliceFile // Name is the path under /in
	outputs   []string
	stdout    bool // standard output is a result
	limits    limits
	profile   fallow.Profile
}

type limits struct {
	cores, procs         int
	memory, disk, output fallow.Size
	time                 time.Duration
}

// newWork reads an order. If only the rest of it is bad, the work has its name.
func newWork(o *fallowv1.Order) (work, error) {
	id, err := rpc.FromAttemptID(o.Attempt)
	if err != nil {
		return work{}, err
	}
	digest, err := rpc.FromDigest(o.Bundle)
	if err != nil {
		return work{id: id}, err
	}
	if len(o.BundleSignature) != ed25519.SignatureSize || len(o.Argv) == 0 || o.Limits == nil {
		return work{id: id}, fallow.Errorf(fallow.CodeInvalid, "order for attempt %s has no signature, command or limits", id)
	}
	inputs, err := readInputs(o.Files)
	return work{
		id:        id,
		bundle:    fallow.FileRef{Path: "manifest", Digest: digest, Size: o.BundleSize},
		signature: o.BundleSignature,
		argv:      o.Argv,
		env:       o.Env,
		inputs:    inputs,
		outputs:   o.Outputs,
		stdout:    o.CollectStdout,
		profile:   fallow.Profile(o.Profile),
		limits: limits{
			cores:  int(o.Limits.Cores),
			procs:  int(o.Limits.Procs),
			memory: fallow.Size(o.Limits.Memory),
			disk:   fallow.Size(o.Limits.Disk),
			output: fallow.Size(o.Limits.Output),
			time:   time.Duration(o.Limits.Time),
		},
	}, err
}

// readInputs checks the paths of input files: none may lead out of /in.
func readInputs(files []*fallowv1.InputFile) ([]fallow.SliceFile, error) {
	var inputs []fallow.SliceFile
	for _, f := range files {
		if !fs.ValidPath(f.Path) || f.Path == "." {
			return nil, fallow.Errorf(fallow.CodeInvalid, "input path %q leads out of the input folder", f.Path)
		}
		digest, err := rpc.FromDigest(f.Digest)
		if err != nil {
			return nil, err
		}
		in := fallow.SliceFile{Name: f.Path, Digest: digest, Size: f.Size}
		for _, p := range f.Pieces {
			file, err := rpc.FromDigest(p.File)
			if err != nil {
				return nil, err
			}
			in.Pieces = append(in.Pieces, fallow.Piece{File: file, Offset: p.Offset, Length: p.Length})
		}
		inputs = append(inputs, in)
	}
	return inputs, nil
}

// takes is what the work takes of the node while it runs.
func (w work) takes() fallow.Resources {
	return fallow.Resources{Cores: w.limits.cores, Memory: w.limits.memory, Disk: w.limits.disk}
}
