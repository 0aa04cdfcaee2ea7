package client

import (
	"context"
	"net/http"

	"connectrpc.com/connect"

	"fallow"
	"fallow/internal/nodes/pin"
	"fallow/internal/rpc"
	"fallow/internal/rpc/fallowv1"
	"fallow/internal/rpc/fallowv1/fallowv1connect"
	"fallow/internal/staging/transfer"
)

// Client speaks to one server as one user. Its methods may be called at once from
// many goroutines.
type Client struct {
	login Login
	http  *http.Client
	files *transfer.Client
	jobs  fallowv1connect.JobServiceClient
	nodes fallowv1connect.NodeAdminServiceClient
	users fallowv1connect.UserAdminServiceClient
}

// New makes a client for a login. It connects to nothing yet, unless the login has
// to make its first contact (see [Login.Trust]).
func New(ctx context.Context, login Login, o pin.Options) (*Client, error) {
	login, err := login.Trust(ctx, o)
	if err != nil {
		return nil, err
	}
	transport, err := pin.Transport(login.Server, login.Authority, o)
	if err != nil {
		return nil, err
	}
	httpClient := &http.Client{
		Transport: bearer{secret: login.Token.Secret, next: reach{server: login.Server, next: transport}},
		// A redirection would carry the token elsewhere.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	options := connect.WithClientOptions(
		connect.WithInterceptors(rpc.TranslateErrors(), retry{}, deadline{}),
		connect.WithReadMaxBytes(int(fallow.MaxMessage)),
		connect.WithSendMaxBytes(int(fallow.MaxMessage)),
	)
	return &Client{
		login: login,
		http:  httpClient,
		files: &transfer.Client{HTTP: httpClient, Base: login.Server},
		jobs:  fallowv1connect.NewJobServiceClient(httpClient, login.Server, options),
		nodes: fallowv1connect.NewNodeAdminServiceClient(httpClient, login.Server, options),
		users: fallowv1connect.NewUserAdminServiceClient(httpClient, login.Server, options),
	}, nil
}

// Close ends connections that are kept for later calls.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Login gives the login, after its first contact.
func (c *Client) Login() Login { return c.login }

// Server gives the server's address.
func (c *Client) Server() string { return c.login.Server }

// Identity is who the server takes the client for.
type Identity struct {
	User          string
	Role          string // submitter, operator or administrator
	ServerVersion string
}

// WhoAmI asks the server who the token belongs to.
func (c *Client) WhoAmI(ctx context.Context) (Identity, error) {
	res, err := c.jobs.WhoAmI(ctx, connect.NewRequest(&fallowv1.WhoAmIRequest{}))
	if err != nil {
		return Identity{}, err
	}
	return Identity{User: res.Msg.GetUser(), Role: res.Msg.GetRole(), ServerVersion: res.Msg.GetServerVersion()}, nil
}
