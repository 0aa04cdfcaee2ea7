package agent_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"fallow"
	"fallow/internal/agent"
	"fallow/internal/bundle"
	"fallow/internal/client"
	"fallow/internal/evm/evmtest"
	"fallow/internal/nodes/pin"
	"fallow/internal/server"
)

func TestMain(m *testing.M) { evmtest.Main(m) }

// patience bounds every wait of these tests.
const patience = 2 * time.Minute

// grid is a real server on loopback and what talks to it.
type grid struct {
	t      *testing.T
	dir    string
	listen string
	server *background
	*client.Client
	core *server.Server
	log  *slog.Logger
}

// background is a server or an agent that runs until it is stopped.
type background struct {
	cancel context.CancelFunc
	wg     sync.WaitGroup
	err    error
}

func inBackground(run func(context.Context) error) *background {
	ctx, cancel := context.WithCancel(context.Background())
	b := &background{cancel: cancel}
	b.wg.Go(func() { b.err = run(ctx) })
	return b
}

// stop ends it and gives its error; it may be called again.
func (b *background) stop() error {
	b.cancel()
	b.wg.Wait()
	return b.err
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func newGrid(t *testing.T) *grid {
	t.Helper()
	g := &grid{t: t, dir: t.TempDir(), listen: "127.0.0.1:0", log: slog.New(slog.NewTextHandler(testLog{t}, nil))}
	for dir := g.dir; dir != os.TempDir() && dir != "/"; dir = filepath.Dir(dir) {
		must(t, os.Chmod(dir, 0o755)) // for the sandboxes' user
	}
	g.startServer()
	token, _, err := g.core.AdminLogin(t.Context(), true)
	must(t, err)
	login, err := client.NewLogin(g.url(), token.Reveal())
	must(t, err)
	g.Client, err = client.New(t.Context(), login, pin.Options{Proxy: pin.Direct})
	must(t, err)
	t.Cleanup(g.Client.Close)
	return g
}

// testLog writes to the test's log, which is shown when it fails.
type testLog struct{ t *testing.T }

func (l testLog) Write(p []byte) (int, error) {
	l.t.Log(string(bytes.TrimSpace(p)))
	return len(p), nil
}

func (g *grid) url() string { return "https://" + g.listen }

// startServer starts the server, again at the address it had.
func (g *grid) startServer() {
	g.t.Helper()
	s, err := server.Open(g.t.Context(), server.Config{Dir: filepath.Join(g.dir, "server"), Listen: g.listen, MinFree: 1, Log: g.log})
	must(g.t, err)
	g.core, g.listen = s, s.Addr().String()
	b := inBackground(s.Run)
	g.server = b
	g.t.Cleanup(func() { must(g.t, b.stop()) })
}

// node is an agent in this process.
type node struct {
	*background
	id  fallow.NodeID
	dir string
}

// join makes a node and lets it work. Its address of the server is url.
func (g *grid) join(url string, change func(*agent.Config)) *node {
	g.t.Helper()
	config := agent.Config{
		Dir: filepath.Join(g.t.TempDir(), "agent"), Version: "test", Cores: 2, Memory: 2 * fallow.GiB,
		Init: evmtest.Init(g.t), Proxy: pin.Direct, Log: g.log,
	}
	for dir := filepath.Dir(config.Dir); dir != os.TempDir() && dir != "/"; dir = filepath.Dir(dir) {
		must(g.t, os.Chmod(dir, 0o755))
	}
	if change != nil {
		change(&config)
	}
	invitation, err := g.core.NewJoinToken(g.t.Context(), "test", time.Hour, 1)
	must(g.t, err)
	id, err := agent.Join(g.t.Context(), config, url, invitation.Reveal())
	must(g.t, err)
	n := &node{id: id, dir: config.Dir}
	n.background = g.start(config)
	return n
}

func (g *grid) start(config agent.Config) *background {
	g.t.Helper()
	a, err := agent.Open(g.t.Context(), config)
	if fallow.CodeOf(err) == fallow.CodeUnsupported {
		g.t.Skipf("SKIPPED: %v", err)
	}
	must(g.t, err)
	b := inBackground(func(ctx context.Context) error { return errors.Join(a.Run(ctx), a.Close()) })
	g.t.Cleanup(func() { must(g.t, b.stop()) })
	return b
}

// wrap registers a bundle of a few programs of this machine.
func (g *grid) wrap() fallow.Digest {
	g.t.Helper()
	wrapped, err := bundle.Wrap(g.t.Context(), bundle.Request{Programs: []string{"/bin/sh", "/bin/sleep", "/bin/cat", "/bin/echo", "/bin/ln", "/bin/mkdir"}, Name: "tools"})
	must(g.t, err)
	digest, err := g.PushBundle(g.t.Context(), wrapped, nil)
	must(g.t, err)
	return digest
}

// submit hands in a job of one subjob that runs a command.
func (g *grid) submit(change func(*fallow.JobSpec), command ...string) fallow.JobID {
	g.t.Helper()
	spec := fallow.JobSpec{
		Name: "test", Command: command, Bundle: g.wrap(),
		Needs: fallow.Needs{Memory: 128 * fallow.MiB, Disk: 64 * fallow.MiB},
	}
	if change != nil {
		change(&spec)
	}
	made, err := g.Submit(g.t.Context(), spec)
	must(g.t, err)
	return made.Job
}

// waitUntil looks until a condition holds.
func (g *grid) waitUntil(what string, holds func() bool) {
	g.t.Helper()
	for deadline := time.Now().Add(patience); !holds(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			g.t.Fatalf("waited %s for %s", patience, what)
		}
	}
}

// ended waits for the end of a job.
func (g *grid) ended(id fallow.JobID) fallow.Job {
	g.t.Helper()
	var job fallow.Job
	g.waitUntil("the end of job "+id.String(), func() bool {
		var err error
		job, err = g.Job(g.t.Context(), id)
		must(g.t, err)
		return job.State.Final()
	})
	return job
}

func (g *grid) attempts(id fallow.JobID) []client.Attempt {
	g.t.Helper()
	attempts, err := g.Attempts(g.t.Context(), fallow.SubjobID{Job: id})
	if fallow.CodeOf(err) == fallow.CodeNotFound {
		return nil
	}
	must(g.t, err)
	return attempts
}

// attempt waits for the outcome of a job's attempt, the first being 1.
func (g *grid) attempt(id fallow.JobID, number int) fallow.Outcome {
	g.t.Helper()
	var o fallow.Outcome
	g.waitUntil("an outcome", func() bool {
		all := g.attempts(id)
		if len(all) >= number {
			o = all[number-1].Outcome
		}
		return o.Kind != ""
	})
	return o
}

// runs waits until a node has a program in a sandbox.
func (g *grid) runs(n *node) {
	g.t.Helper()
	g.waitUntil("a running program", func() bool {
		found, err := filepath.Glob(filepath.Join(n.dir, "attempts", "*", "out", "began"))
		must(g.t, err)
		return len(found) > 0
	})
}

// idle tells whether a node has no attempt left.
func (n *node) idle(t *testing.T) bool {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(n.dir, "attempts"))
	must(t, err)
	return len(entries) == 0
}

// result reads the only result file of a job.
func (g *grid) result(job fallow.Job) string {
	g.t.Helper()
	if len(job.Results) != 1 {
		g.t.Fatalf("job %s is %s (%s) with results %v", job.ID, job.State, job.Reason, job.Results)
	}
	var content bytes.Buffer
	must(g.t, g.Download(g.t.Context(), job.Results[0], &content))
	return content.String()
}
