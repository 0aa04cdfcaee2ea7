package server_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"io"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"connectrpc.com/connect"

	"fallow"
	"fallow/internal/bundle"
	"fallow/internal/client"
	"fallow/internal/nodes/keys"
	"fallow/internal/nodes/pin"
	"fallow/internal/nodes/sign"
	"fallow/internal/nodes/token"
	"fallow/internal/rpc"
	"fallow/internal/rpc/fallowv1"
	"fallow/internal/rpc/fallowv1/fallowv1connect"
	"fallow/internal/server"
	"fallow/internal/staging/transfer"
	"fallow/internal/store"
	"fallow/internal/store/sqlite"
)

// grid is a real server on loopback.
type grid struct {
	t      *testing.T
	dir    string
	core   *server.Server
	stop   func() error
	admin  *client.Client
	listen string
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func newGrid(t *testing.T) *grid {
	t.Helper()
	g := &grid{t: t, dir: t.TempDir(), listen: "127.0.0.1:0"}
	g.start()
	login, made, err := g.core.AdminLogin(t.Context(), false)
	must(t, err)
	if !made {
		t.Fatal("a new grid has no administrator to be")
	}
	g.admin = g.user(login)
	return g
}

func (g *grid) start() {
	g.t.Helper()
	s, err := server.Open(g.t.Context(), server.Config{
		Dir: g.dir, Listen: g.listen, MinFree: 1, Version: "test", Log: slog.New(slog.DiscardHandler),
	})
	must(g.t, err)
	g.core, g.listen = s, s.Addr().String()
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	var end error
	wg.Go(func() { end = s.Run(ctx) })
	g.stop = func() error {
		cancel()
		wg.Wait()
		return end
	}
	stop := g.stop
	g.t.Cleanup(func() { must(g.t, stop()) })
}

// offline changes the database while the server is not running.
func (g *grid) offline(change func(store.Tx) error) {
	g.t.Helper()
	must(g.t, g.stop())
	db, err := sqlite.Open(g.t.Context(), filepath.Join(g.dir, "fallow.db"))
	must(g.t, err)
	must(g.t, db.Update(g.t.Context(), change))
	must(g.t, db.Close())
	g.start()
}

func (g *grid) url() string { return "https://" + g.listen }

func (g *grid) user(login token.Token) *client.Client {
	g.t.Helper()
	l, err := client.NewLogin(g.url(), login.Reveal())
	must(g.t, err)
	c, err := client.New(g.t.Context(), l, pin.Options{Proxy: pin.Direct})
	must(g.t, err)
	g.t.Cleanup(c.Close)
	return c
}

// addUser makes a user of a role. The server starts anew.
func (g *grid) addUser(name string, role store.Role) *client.Client {
	g.t.Helper()
	login := token.New(token.Login, g.admin.Login().Token.Fingerprint)
	g.offline(func(tx store.Tx) error {
		return tx.PutUser(store.User{Name: name, Role: role, TokenHash: token.Hash(login.Secret), Created: time.Now()})
	})
	return g.user(login)
}

// node is a machine that speaks to the server as an agent does.
type node struct {
	fallowv1connect.NodeServiceClient
	id    fallow.NodeID
	key   ed25519.PrivateKey
	files *transfer.Client
	http  *http.Client
}

func (g *grid) transport() *http.Transport {
	g.t.Helper()
	transport, err := pin.Transport(g.url(), g.core.AuthorityPEM(), pin.Options{Proxy: pin.Direct})
	must(g.t, err)
	g.t.Cleanup(transport.CloseIdleConnections)
	return transport
}

// joinWith tries to make a machine a node by a token.
func (g *grid) joinWith(text string) (*node, error) {
	g.t.Helper()
	invitation, err := token.Parse(token.Join, text)
	must(g.t, err)
	identity, err := keys.New()
	must(g.t, err)
	plain := &http.Client{Transport: g.transport()}
	translate := connect.WithInterceptors(rpc.TranslateErrors())
	_, err = fallowv1connect.NewNodeServiceClient(plain, g.url(), translate).Enrol(g.t.Context(), connect.NewRequest(&fallowv1.EnrolRequest{
		TokenSecret: invitation.Secret.Reveal(), PublicKey: identity.Public(), Name: "pc",
		Proof: sign.Proof(identity.Key, token.Hash(invitation.Secret)),
		Inventory: rpc.ToInventory(fallow.Inventory{
			OS: "linux", Arch: "amd64", Cores: 8, Memory: 64 * fallow.GiB, Disk: 64 * fallow.GiB, CPUSpeed: 1,
		}),
	}))
	if err != nil {
		return nil, err
	}
	signed := &http.Client{Transport: sign.NewTransport(identity.Key, g.transport(), time.Now)}
	return &node{
		NodeServiceClient: fallowv1connect.NewNodeServiceClient(signed, g.url(), translate),
		id:                identity.Node(), key: identity.Key, http: signed,
		files: &transfer.Client{HTTP: signed, Base: g.url(), FirstDelay: time.Millisecond},
	}, nil
}

func (g *grid) join() *node {
	g.t.Helper()
	invitation, err := g.admin.CreateJoinToken(g.t.Context(), time.Hour, 1)
	must(g.t, err)
	n, err := g.joinWith(invitation.Text)
	must(g.t, err)
	return n
}

// lease asks for up to some attempts, and waits a moment if there are none.
func (n *node) lease(ctx context.Context, most int32) ([]*fallowv1.Order, error) {
	res, err := n.Lease(ctx, connect.NewRequest(&fallowv1.LeaseRequest{
		Free: &fallowv1.Resources{Cores: 8, Memory: int64(64 * fallow.GiB), Disk: int64(64 * fallow.GiB)}, Max: most,
	}))
	if err != nil {
		return nil, err
	}
	return res.Msg.Orders, nil
}

// succeed brings a result and reports success.
func (n *node) succeed(ctx context.Context, attempt *fallowv1.AttemptID, content string) (bool, error) {
	ref := fallow.FileRef{Path: "out", Digest: fallow.DigestOf([]byte(content)), Size: int64(len(content))}
	if err := n.files.Upload(ctx, ref.Digest, ref.Size, opener(content), nil); err != nil {
		return false, err
	}
	return n.report(ctx, attempt, fallow.Outcome{Kind: fallow.Succeeded, Wall: time.Minute, Results: []fallow.FileRef{ref}})
}

func (n *node) report(ctx context.Context, attempt *fallowv1.AttemptID, o fallow.Outcome) (bool, error) {
	res, err := n.Report(ctx, connect.NewRequest(&fallowv1.ReportRequest{
		Reports: []*fallowv1.Report{{Attempt: attempt, Outcome: rpc.ToOutcome(o)}},
	}))
	if err != nil {
		return false, err
	}
	return res.Msg.Counted[0], nil
}

type seekable struct{ *strings.Reader }

func (seekable) Close() error { return nil }

// upload brings a file as a user.
func (g *grid) upload(c *client.Client, content string) fallow.FileRef {
	g.t.Helper()
	ref := fallow.FileRef{Digest: fallow.DigestOf([]byte(content)), Size: int64(len(content))}
	must(g.t, c.Upload(g.t.Context(), []client.LocalFile{{
		Name: "file", Digest: ref.Digest, Size: ref.Size,
		Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(content)), nil },
	}}, nil))
	return ref
}

// submit hands in a job as a user.
func (g *grid) submit(c *client.Client, subjobs int64, change func(*fallow.JobSpec)) fallow.JobID {
	g.t.Helper()
	program := g.upload(c, "#!/bin/sh\n")
	manifest, err := bundle.Marshal(fallow.Manifest{
		Format: fallow.ManifestFormat, Name: "test", OS: "linux", Arch: "amd64", Profile: fallow.ProfileStrict,
		Entries: []fallow.Entry{{Name: "test", Argv: []string{"/app/test"}}},
		Files:   []fallow.BundleFile{{Path: "/app/test", Digest: program.Digest, Size: program.Size, Exec: true}},
	})
	must(g.t, err)
	digest, err := c.RegisterBundle(g.t.Context(), manifest)
	must(g.t, err)
	spec := fallow.JobSpec{
		Name: "test", Command: []string{"test", "{n}"}, Bundle: digest,
		Split:   fallow.Split{Range: &fallow.RangeSplit{Name: "n", From: 1, To: subjobs, Step: 1}},
		Collect: fallow.Collect{Concat: &fallow.CollectConcat{File: "out", Into: "all"}},
	}
	if change != nil {
		change(&spec)
	}
	made, err := c.Submit(g.t.Context(), spec)
	must(g.t, err)
	return made.Job
}

// ended waits for the end of a job.
func (g *grid) ended(id fallow.JobID) fallow.Job {
	g.t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		job, err := g.admin.Job(g.t.Context(), id)
		must(g.t, err)
		if job.State.Final() {
			return job
		}
	}
	g.t.Fatalf("job %s does not end", id)
	return fallow.Job{}
}

func (g *grid) result(job fallow.Job) string {
	g.t.Helper()
	if len(job.Results) != 1 {
		g.t.Fatalf("job %s is %s (%s) with results %v", job.ID, job.State, job.Reason, job.Results)
	}
	var content bytes.Buffer
	must(g.t, g.admin.Download(g.t.Context(), job.Results[0], &content))
	return content.String()
}

// wantCode checks an error's code and that it names something.
func wantCode(t *testing.T, what string, err error, code fallow.Code, words string) {
	t.Helper()
	if err == nil || fallow.CodeOf(err) != code || !strings.Contains(err.Error(), words) {
		t.Errorf("%s: %v (%s), want an error of code %s about %q", what, err, fallow.CodeOf(err), code, words)
	}
}

func opener(content string) func() (io.ReadSeekCloser, error) {
	return func() (io.ReadSeekCloser, error) { return seekable{strings.NewReader(content)}, nil }
}

func newKey(t *testing.T) ed25519.PrivateKey {
	t.Helper()
	_, key, err := ed25519.GenerateKey(nil)
	must(t, err)
	return key
}
