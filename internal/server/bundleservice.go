package server

import (
	"context"

	"connectrpc.com/connect"

	"fallow/internal/rpc/fallowv1"
	"fallow/internal/store"
)

// RegisterBundle implements the service.
func (s jobService) RegisterBundle(ctx context.Context, r *connect.Request[fallowv1.RegisterBundleRequest]) (*connect.Response[fallowv1.RegisterBundleResponse], error) {
	b, err := s.bundles.Add(ctx, userFrom(ctx).Name, r.Msg.Manifest)
	if err != nil {
		return nil, err
	}
	return connect.NewResponse(&fallowv1.RegisterBundleResponse{Digest: b.Digest[:], Signature: b.Signature}), nil
}

// FindBundle implements the service.
func (s jobService) FindBundle(ctx context.Context, r *connect.Request[fallowv1.FindBundleRequest]) (*connect.Response[fallowv1.FindBundleResponse], error) {
	var b store.Bundle
	err := s.store.View(ctx, func(v store.Reader) (err error) {
		b, err = v.BundleNamed(userFrom(ctx).Name, r.Msg.Name, r.Msg.Version)
		return err
	})
	if err != nil {
		return nil, err
	}
	return connect.NewResponse(&fallowv1.FindBundleResponse{Digest: b.Digest[:], Version: b.Version}), nil
}
