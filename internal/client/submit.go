package client

import (
	"context"
	"crypto/rand"
	"slices"

	"connectrpc.com/connect"

	"fallow"
	"fallow/internal/rpc"
	"fallow/internal/rpc/fallowv1"
)

// maxAsked is how many digests one call asks about: 320 kB.
const maxAsked = 10_000

// Missing tells which files the server does not have yet.
func (c *Client) Missing(ctx context.Context, digests []fallow.Digest) ([]fallow.Digest, error) {
	var missing []fallow.Digest
	for chunk := range slices.Chunk(digests, maxAsked) {
		res, err := c.jobs.Missing(ctx, connect.NewRequest(&fallowv1.MissingRequest{Digests: rpc.ToDigests(chunk)}))
		if err != nil {
			return nil, err
		}
		found, err := rpc.FromDigests(res.Msg.GetDigests())
		if err != nil {
			return nil, err
		}
		missing = append(missing, found...)
	}
	return missing, nil
}

// RegisterBundle makes a bundle usable whose files the server has. The manifest is
// in canonical form; its digest is the bundle's name.
func (c *Client) RegisterBundle(ctx context.Context, manifest []byte) (fallow.Digest, error) {
	res, err := c.jobs.RegisterBundle(ctx, connect.NewRequest(&fallowv1.RegisterBundleRequest{Manifest: manifest}))
	if err != nil {
		return fallow.Digest{}, err
	}
	digest, err := rpc.FromDigest(res.Msg.GetDigest())
	if err == nil && digest != fallow.DigestOf(manifest) {
		err = fallow.Errorf(fallow.CodeTampered, "the server registered bundle %s instead of %s", digest, fallow.DigestOf(manifest))
	}
	return digest, err
}

// FindBundle gives the digest of the latest bundle registered under a name and,
// unless it is "", a version.
func (c *Client) FindBundle(ctx context.Context, name, version string) (fallow.Digest, error) {
	res, err := c.jobs.FindBundle(ctx, connect.NewRequest(&fallowv1.FindBundleRequest{Name: name, Version: version}))
	if err != nil {
		return fallow.Digest{}, err
	}
	return rpc.FromDigest(res.Msg.GetDigest())
}

// Submitted is a job that the server took on.
type Submitted struct {
	Job     fallow.JobID
	Subjobs int64
}

// Submit hands in a job whose files and bundle the server has. However often the
// call has to be repeated on the way, it becomes one job.
func (c *Client) Submit(ctx context.Context, spec fallow.JobSpec) (Submitted, error) {
	raw, err := rpc.ToSpec(spec)
	if err != nil {
		return Submitted{}, err
	}
	res, err := c.jobs.Submit(ctx, connect.NewRequest(&fallowv1.SubmitRequest{Spec: raw, Key: rand.Text()}))
	if err != nil {
		return Submitted{}, err
	}
	id, err := rpc.FromJobID(res.Msg.GetJob())
	return Submitted{Job: id, Subjobs: res.Msg.GetSubjobs()}, err
}
