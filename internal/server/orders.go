package server

import (
	"context"
	"errors"

	"google.golang.org/protobuf/proto"

	"fallow"
	"fallow/internal/rpc/fallowv1"
	"fallow/internal/server/dispatch"
)

// maxOrders bounds the orders of one answer, well below what a message may have. An
// order alone is smaller: see the limits of packages jobs and split.
const maxOrders = fallow.MaxMessage / 2

// describe makes the orders for what was leased to a node. What the node will not get
// in this answer is given back at once.
func (s nodeService) describe(ctx context.Context, grants []dispatch.Grant) ([]*fallowv1.Order, error) {
	var orders []*fallowv1.Order
	var size int
	for i, g := range grants {
		order, err := s.order(ctx, g)
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return nil, errors.Join(err, s.giveBack(ctx, grants, "its node could not be told what to run"))
		}
		if order == nil {
			continue
		}
		if size += proto.Size(order); size > int(maxOrders) && len(orders) > 0 {
			return orders, s.giveBack(ctx, grants[i:], "it did not fit into one answer")
		}
		orders = append(orders, order)
	}
	return orders, nil
}

func (s nodeService) giveBack(ctx context.Context, grants []dispatch.Grant, reason string) error {
	return s.dispatcher.GiveBack(context.WithoutCancel(ctx), grants, reason)
}

// order describes an attempt to its node. One that cannot be described whatever the
// node is taken back, and its job is held for its owner to look at; then order gives
// nil.
func (s nodeService) order(ctx context.Context, g dispatch.Grant) (*fallowv1.Order, error) {
	order, err := s.orders.Make(ctx, g.Attempt, g.Job.Spec)
	switch {
	case err == nil:
		return order, nil
	case ctx.Err() != nil, fallow.CodeOf(err) == fallow.CodeUnavailable, fallow.CodeOf(err) == fallow.CodeInternal:
		return nil, err // it is about this machine, not about the job
	}
	return nil, s.dispatcher.Withdraw(context.WithoutCancel(ctx), g.Attempt, err)
}
