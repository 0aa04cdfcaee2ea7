package rpc

import (
	"context"

	"connectrpc.com/connect"
)

// TranslateErrors makes an interceptor for servers and clients that lets both
// speak in errors of the domain: a handler returns them as they are and a client's
// caller gets them back. It must be the outermost, the first one given, so that
// other interceptors' errors are translated, too.
func TranslateErrors() connect.Interceptor { return translator{} }

type translator struct{}

func (translator) WrapUnary(next connect.UnaryFunc) connect.UnaryFunc {
	return func(ctx context.Context, req connect.AnyRequest) (connect.AnyResponse, error) {
		res, err := next(ctx, req)
		if req.Spec().IsClient {
			return res, FromConnect(err)
		}
		return res, ToConnect(err)
	}
}

func (translator) WrapStreamingHandler(next connect.StreamingHandlerFunc) connect.StreamingHandlerFunc {
	return func(ctx context.Context, conn connect.StreamingHandlerConn) error {
		return ToConnect(next(ctx, conn))
	}
}

// WrapStreamingClient leaves streams alone: Connect asks the errors of a stream for
// io.EOF itself, so whoever reads one calls [FromConnect] on its Err.
func (translator) WrapStreamingClient(next connect.StreamingClientFunc) connect.StreamingClientFunc {
	return next
}
