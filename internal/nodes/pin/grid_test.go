package pin

import (
	"context"
	"crypto/ed25519"
	"io"
	"log"
	"net"
	"net/http"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"fallow"
	"fallow/internal/nodes/keys"
	"fallow/internal/nodes/pki"
	"fallow/internal/nodes/sign"
	"fallow/internal/nodes/verify"
	"fallow/internal/rpc/fallowv1"
	"fallow/internal/rpc/fallowv1/fallowv1connect"

	"connectrpc.com/connect"
)

// grid is a server with signed calls, and one node of it.
type grid struct {
	authority *pki.Authority
	node      keys.Identity
	url       string
	protocol  atomic.Int32 // of the last request: HTTP/1 or 2
	withCert  atomic.Bool  // the last request's connection had the node's certificate
	beats     chan struct{}
}

func newAuthority(t *testing.T) *pki.Authority {
	t.Helper()
	a, err := pki.OpenAuthority(filepath.Join(t.TempDir(), "pki"), nil, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// newGrid starts the server; with http1 it speaks nothing newer.
func newGrid(t *testing.T, http1 bool) *grid {
	t.Helper()
	g := &grid{authority: newAuthority(t), beats: make(chan struct{})}
	var err error
	if g.node, err = keys.New(); err != nil {
		t.Fatal(err)
	}
	if g.node.Certificate, err = g.authority.IssueNode(g.node.Public(), g.node.Node()); err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	path, rpc := fallowv1connect.NewNodeServiceHandler(service{g: g})
	mux.Handle(path, verify.Middleware(g.lookup, time.Now)(rpc))
	mux.Handle("GET "+AuthorityPath, g.authority.Handler())
	g.url = serve(t, g.authority, g.recorded(mux), http1)
	return g
}

func (g *grid) lookup(_ context.Context, node fallow.NodeID) (ed25519.PublicKey, error) {
	if node != g.node.Node() {
		return nil, fallow.Errorf(fallow.CodeNotFound, "no node %q", node)
	}
	return g.node.Public(), nil
}

func (g *grid) recorded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		g.protocol.Store(int32(r.ProtoMajor))
		g.withCert.Store(len(r.TLS.PeerCertificates) > 0)
		next.ServeHTTP(w, r)
	})
}

// silent, because handshakes that fail are what some tests want.
var silent = log.New(io.Discard, "", 0)

// serve runs an HTTPS server on loopback until the test ends.
func serve(t *testing.T, a *pki.Authority, handler http.Handler, http1 bool) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: handler, TLSConfig: a.TLSConfig(), Protocols: new(http.Protocols), ErrorLog: silent}
	server.Protocols.SetHTTP1(true)
	server.Protocols.SetHTTP2(!http1)
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := server.ServeTLS(listener, "", ""); err != http.ErrServerClosed {
			t.Error(err)
		}
	})
	t.Cleanup(func() { server.Close(); wg.Wait() })
	return "https://" + listener.Addr().String()
}

// service answers a heartbeat at once, and lets a stream go on only when a
// heartbeat came after its last message.
type service struct {
	fallowv1connect.UnimplementedNodeServiceHandler
	g *grid
}

func (s service) Heartbeat(ctx context.Context, _ *connect.Request[fallowv1.HeartbeatRequest]) (*connect.Response[fallowv1.HeartbeatResponse], error) {
	node, _ := verify.NodeFrom(ctx)
	select {
	case s.g.beats <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return connect.NewResponse(&fallowv1.HeartbeatResponse{State: string(node)}), nil
}

func (s service) Watch(ctx context.Context, _ *connect.Request[fallowv1.WatchRequest], stream *connect.ServerStream[fallowv1.WatchResponse]) error {
	for range messages {
		if err := stream.Send(&fallowv1.WatchResponse{State: "active"}); err != nil {
			return err
		}
		select {
		case <-s.g.beats:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// messages of one stream.
const messages = 3

// client trusts the server by its fingerprint, and then makes signed calls.
func (g *grid) client(ctx context.Context, t *testing.T, o Options) (fallowv1connect.NodeServiceClient, error) {
	t.Helper()
	ca, err := Trust(ctx, g.url, g.authority.Fingerprint(), o)
	if err != nil {
		return nil, err
	}
	o.Certificate = g.node.TLSCertificate()
	transport, err := Transport(g.url, ca, o)
	if err != nil {
		return nil, err
	}
	t.Cleanup(transport.CloseIdleConnections)
	signed := sign.NewTransport(g.node.Key, transport, time.Now)
	return fallowv1connect.NewNodeServiceClient(&http.Client{Transport: signed}, g.url), nil
}

// talk opens a stream down, and answers each of its messages by a unary call up.
func (g *grid) talk(ctx context.Context, t *testing.T, o Options) error {
	t.Helper()
	client, err := g.client(ctx, t, o)
	if err != nil {
		return err
	}
	stream, err := client.Watch(ctx, connect.NewRequest(&fallowv1.WatchRequest{}))
	if err != nil {
		return err
	}
	defer stream.Close()
	got := 0
	for stream.Receive() {
		got++
		resp, err := client.Heartbeat(ctx, connect.NewRequest(&fallowv1.HeartbeatRequest{}))
		if err != nil {
			return err
		}
		if resp.Msg.State != string(g.node.Node()) {
			t.Errorf("the call was taken for one of node %q", resp.Msg.State)
		}
	}
	if stream.Err() == nil && got != messages {
		t.Errorf("%d messages", got)
	}
	return stream.Err()
}
