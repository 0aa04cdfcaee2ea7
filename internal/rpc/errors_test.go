package rpc_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"connectrpc.com/connect"

	"fallow"
	"fallow/internal/rpc"
	"fallow/internal/rpc/fallowv1"
	"fallow/internal/rpc/fallowv1/fallowv1connect"
)

var allCodes = []fallow.Code{
	fallow.CodeInvalid, fallow.CodeNotFound, fallow.CodeConflict, fallow.CodeDenied, fallow.CodeUnknownUser,
	fallow.CodeLimit, fallow.CodeTampered, fallow.CodeUnsupported, fallow.CodeUnavailable, fallow.CodeInternal,
}

// jobService answers WhoAmI with an error and nothing else.
type jobService struct {
	fallowv1connect.UnimplementedJobServiceHandler
	err error
}

func (s jobService) WhoAmI(context.Context, *connect.Request[fallowv1.WhoAmIRequest]) (*connect.Response[fallowv1.WhoAmIResponse], error) {
	return nil, s.err
}

// throughServer sends an error over HTTP and gives what the client gets.
func throughServer(t *testing.T, err error) error {
	t.Helper()
	mux := http.NewServeMux()
	mux.Handle(fallowv1connect.NewJobServiceHandler(jobService{err: err}, connect.WithInterceptors(rpc.TranslateErrors())))
	server := httptest.NewServer(mux)
	defer server.Close()
	client := fallowv1connect.NewJobServiceClient(server.Client(), server.URL, connect.WithInterceptors(rpc.TranslateErrors()))
	_, got := client.WhoAmI(t.Context(), connect.NewRequest(&fallowv1.WhoAmIRequest{}))
	return got
}

func TestErrorsSurviveTheWire(t *testing.T) {
	for _, code := range allCodes {
		sent := fallow.Errorf(code, "job %d: naïve", 12).WithHint("try „%s“\nand wait", "fallow jobs")
		got := throughServer(t, fmt.Errorf("load: %w", sent))
		if fallow.CodeOf(got) != code || got.Error() != "load: "+sent.Message || fallow.HintOf(got) != sent.Hint {
			t.Errorf("code %s came back as %s %q hint %q", code, fallow.CodeOf(got), got, fallow.HintOf(got))
		}
	}
}

func TestPlainErrorIsInternal(t *testing.T) {
	got := throughServer(t, errors.New("disk full"))
	if fallow.CodeOf(got) != fallow.CodeInternal || got.Error() != "disk full" || fallow.HintOf(got) != "" {
		t.Errorf("got %s %q hint %q", fallow.CodeOf(got), got, fallow.HintOf(got))
	}
}

func TestTimeoutIsWorthAnotherTry(t *testing.T) {
	got := throughServer(t, fmt.Errorf("store: %w", context.DeadlineExceeded))
	if fallow.CodeOf(got) != fallow.CodeUnavailable {
		t.Errorf("got code %s of %v", fallow.CodeOf(got), got)
	}
}

func TestNoErrorStaysNone(t *testing.T) {
	if err := rpc.ToConnect(nil); err != nil {
		t.Errorf("ToConnect(nil) = %v", err)
	}
	if err := rpc.FromConnect(nil); err != nil {
		t.Errorf("FromConnect(nil) = %v", err)
	}
}

func TestErrorOfThisSideKeepsItsCode(t *testing.T) {
	refused := fallow.Errorf(fallow.CodeTampered, "the server shows another certificate")
	transport := roundTripper(func(*http.Request) (*http.Response, error) { return nil, refused })
	client := fallowv1connect.NewJobServiceClient(&http.Client{Transport: transport}, "https://grid.example",
		connect.WithInterceptors(rpc.TranslateErrors()))
	_, err := client.WhoAmI(t.Context(), connect.NewRequest(&fallowv1.WhoAmIRequest{}))
	if err != error(refused) {
		t.Errorf("got %T %v, want the transport's own error", err, err)
	}
}

func TestUnreachableServerIsUnavailable(t *testing.T) {
	server := httptest.NewServer(nil)
	server.Close()
	client := fallowv1connect.NewJobServiceClient(http.DefaultClient, server.URL, connect.WithInterceptors(rpc.TranslateErrors()))
	_, err := client.WhoAmI(t.Context(), connect.NewRequest(&fallowv1.WhoAmIRequest{}))
	if fallow.CodeOf(err) != fallow.CodeUnavailable {
		t.Errorf("got code %s of %v", fallow.CodeOf(err), err)
	}
}

func TestCancelledCallKeepsItsCause(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	client := fallowv1connect.NewJobServiceClient(http.DefaultClient, "http://127.0.0.1:9", connect.WithInterceptors(rpc.TranslateErrors()))
	_, err := client.WhoAmI(ctx, connect.NewRequest(&fallowv1.WhoAmIRequest{}))
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want one that is context.Canceled", err)
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
