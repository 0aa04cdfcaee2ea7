package rpc

import (
	"context"
	"errors"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/types/known/structpb"

	"fallow"
)

// codes pairs each of the domain's codes with the one of the wire. The pairs are
// one to one, so that a code survives the way there and back.
var codes = []struct {
	domain fallow.Code
	wire   connect.Code
}{
	{fallow.CodeInvalid, connect.CodeInvalidArgument},
	{fallow.CodeNotFound, connect.CodeNotFound},
	{fallow.CodeConflict, connect.CodeFailedPrecondition},
	{fallow.CodeDenied, connect.CodePermissionDenied},
	{fallow.CodeUnknownUser, connect.CodeUnauthenticated},
	{fallow.CodeLimit, connect.CodeResourceExhausted},
	{fallow.CodeTampered, connect.CodeDataLoss},
	{fallow.CodeUnsupported, connect.CodeUnimplemented},
	{fallow.CodeUnavailable, connect.CodeUnavailable},
	{fallow.CodeInternal, connect.CodeInternal},
}

// hintField is the field of an error's detail that holds the hint.
const hintField = "hint"

// ToConnect translates an error to one that Connect carries with code, message and
// hint: always a [*connect.Error], but nil for nil. Errors that are none of the
// domain's travel as internal, those of a cancelled context as what they are.
func ToConnect(err error) error {
	if err == nil {
		return nil
	}
	if already, ok := errors.AsType[*connect.Error](err); ok {
		return already
	}
	wire := connect.NewError(wireCode(err), err)
	if hint := fallow.HintOf(err); hint != "" {
		attachHint(wire, hint)
	}
	return wire
}

// wireCode chooses the code under which an error travels.
func wireCode(err error) connect.Code {
	if _, ok := errors.AsType[*fallow.Error](err); !ok {
		switch {
		case errors.Is(err, context.Canceled):
			return connect.CodeCanceled
		case errors.Is(err, context.DeadlineExceeded):
			return connect.CodeDeadlineExceeded
		}
	}
	code := fallow.CodeOf(err)
	for _, pair := range codes {
		if pair.domain == code {
			return pair.wire
		}
	}
	return connect.CodeInternal
}

// attachHint adds the hint as a detail and not as a header, since a header can't
// hold every character. Text that isn't UTF-8 can't travel: the error goes without
// the hint then, which beats going without the error.
func attachHint(wire *connect.Error, hint string) {
	fields, err := structpb.NewStruct(map[string]any{hintField: hint})
	if err != nil {
		return
	}
	detail, err := connect.NewErrorDetail(fields)
	if err != nil {
		return
	}
	wire.AddDetail(detail)
}

// FromConnect translates an error that a Connect client returned to a
// [*fallow.Error] with the server's code, message and hint. An error that arose on
// this side of the wire and is one of the domain's already, such as a server's
// certificate refused, is returned unchanged; any other of this side has the code
// unavailable. The cause stays in the chain for [errors.Is].
func FromConnect(err error) error {
	wire, ok := errors.AsType[*connect.Error](err)
	if !ok {
		return err
	}
	if own, ok := errors.AsType[*fallow.Error](wire.Unwrap()); ok && !connect.IsWireError(err) {
		return own
	}
	cause := wire.Unwrap()
	if cause == nil {
		cause = errors.New(wire.Code().String())
	}
	translated := fallow.Errorf(domainCode(wire), "%w", cause)
	if hint := wireHint(wire); hint != "" {
		return translated.WithHint("%s", hint)
	}
	return translated
}

// domainCode finds the domain's code. What only Connect knows (a timeout, a proxy's
// answer) is worth another try, hence unavailable.
func domainCode(wire *connect.Error) fallow.Code {
	for _, pair := range codes {
		if pair.wire == wire.Code() {
			return pair.domain
		}
	}
	return fallow.CodeUnavailable
}

// wireHint reads what attachHint wrote.
func wireHint(wire *connect.Error) string {
	for _, detail := range wire.Details() {
		value, err := detail.Value()
		if err != nil {
			continue // a detail of a newer server
		}
		if fields, ok := value.(*structpb.Struct); ok {
			return fields.GetFields()[hintField].GetStringValue()
		}
	}
	return ""
}
