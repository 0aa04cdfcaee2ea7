package client

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"connectrpc.com/connect"

	"fallow"
	"fallow/internal/nodes/pin"
	"fallow/internal/nodes/pki"
	"fallow/internal/nodes/token"
	"fallow/internal/rpc"
	"fallow/internal/rpc/fallowv1"
	"fallow/internal/rpc/fallowv1/fallowv1connect"
	filestore "fallow/internal/staging/local"
	"fallow/internal/staging/transfer"
)

// grid is a server of one process: real TLS, files and protocol, and jobs that are
// made up by the test.
type grid struct {
	fallowv1connect.UnimplementedJobServiceHandler
	login Login // not yet trusted
	store *filestore.Store

	mu       sync.Mutex
	secrets  []string // bearer tokens seen
	jobs     []fallow.Job
	subjobs  []*fallowv1.Subjob
	puts     int      // uploads begun
	keys     []string // of submits
	failures int      // of the next submits, after they were taken on
}

// newGrid starts a server and gives it with a login for it.
func newGrid(t *testing.T) *grid {
	t.Helper()
	authority, err := pki.OpenAuthority(filepath.Join(t.TempDir(), "pki"), nil, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	store, err := filestore.Open(t.TempDir(), 0)
	if err != nil {
		t.Fatal(err)
	}
	g := &grid{store: store}
	mux := http.NewServeMux()
	mux.Handle(fallowv1connect.NewJobServiceHandler(g, connect.WithInterceptors(rpc.TranslateErrors())))
	mux.Handle("/v1/files/", g.countPuts(transfer.Handler(store)))
	mux.Handle("GET "+pin.AuthorityPath, authority.Handler())
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: g.noteSecrets(mux), TLSConfig: authority.TLSConfig()}
	var serving sync.WaitGroup
	serving.Go(func() { server.Serve(tls.NewListener(listener, server.TLSConfig)) })
	t.Cleanup(func() {
		server.Close()
		serving.Wait()
		store.Close()
	})
	invitation := token.New(token.Login, authority.Fingerprint())
	if g.login, err = NewLogin(listener.Addr().String(), invitation.Reveal()); err != nil {
		t.Fatal(err)
	}
	return g
}

// connect makes a client of the grid.
func (g *grid) connect(t *testing.T) *Client {
	t.Helper()
	c, err := New(t.Context(), g.login, pin.Options{Proxy: pin.Direct})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func (g *grid) noteSecrets(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if secret := r.Header.Get("Authorization"); secret != "" {
			g.mu.Lock()
			g.secrets = append(g.secrets, secret)
			g.mu.Unlock()
		}
		next.ServeHTTP(w, r)
	})
}

func (g *grid) countPuts(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPut {
			g.mu.Lock()
			g.puts++
			g.mu.Unlock()
		}
		next.ServeHTTP(w, r)
	})
}

func (g *grid) WhoAmI(context.Context, *connect.Request[fallowv1.WhoAmIRequest]) (*connect.Response[fallowv1.WhoAmIResponse], error) {
	return connect.NewResponse(&fallowv1.WhoAmIResponse{User: "ada", Role: "operator", ServerVersion: "1"}), nil
}

func (g *grid) Missing(ctx context.Context, r *connect.Request[fallowv1.MissingRequest]) (*connect.Response[fallowv1.MissingResponse], error) {
	digests, err := rpc.FromDigests(r.Msg.GetDigests())
	if err != nil {
		return nil, err
	}
	var missing []fallow.Digest
	for _, d := range digests {
		if _, err := g.store.Stat(ctx, d); fallow.CodeOf(err) == fallow.CodeNotFound {
			missing = append(missing, d)
		}
	}
	return connect.NewResponse(&fallowv1.MissingResponse{Digests: rpc.ToDigests(missing)}), nil
}

func (g *grid) Submit(_ context.Context, r *connect.Request[fallowv1.SubmitRequest]) (*connect.Response[fallowv1.SubmitResponse], error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.keys = append(g.keys, r.Msg.GetKey())
	if g.failures > 0 {
		g.failures--
		return nil, fallow.Errorf(fallow.CodeUnavailable, "the database is busy")
	}
	return connect.NewResponse(&fallowv1.SubmitResponse{Job: 7, Subjobs: 3}), nil
}

func (g *grid) ListJobs(_ context.Context, r *connect.Request[fallowv1.ListJobsRequest]) (*connect.Response[fallowv1.ListJobsResponse], error) {
	var page []*fallowv1.Job
	for _, j := range g.jobs {
		if before := r.Msg.GetBefore(); (before == 0 || int64(j.ID) < before) && len(page) < int(r.Msg.GetLimit()) {
			page = append(page, rpc.ToJobLine(j))
		}
	}
	return connect.NewResponse(&fallowv1.ListJobsResponse{Jobs: page}), nil
}

func (g *grid) ListSubjobs(_ context.Context, r *connect.Request[fallowv1.ListSubjobsRequest]) (*connect.Response[fallowv1.ListSubjobsResponse], error) {
	var page []*fallowv1.Subjob
	for _, s := range g.subjobs {
		wanted := r.Msg.GetState() == "" || r.Msg.GetState() == s.GetState()
		if wanted && s.GetId().GetIndex() > r.Msg.GetAfter() && len(page) < int(r.Msg.GetLimit()) {
			page = append(page, s)
		}
	}
	return connect.NewResponse(&fallowv1.ListSubjobsResponse{Subjobs: page}), nil
}
