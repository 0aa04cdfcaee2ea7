package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"fallow/internal/client"
	"fallow/internal/nodes/pin"
)

// patience bounds every wait of these tests.
const patience = 3 * time.Minute

// grid is a server and its nodes, each a process with a folder.
type grid struct {
	t      *testing.T
	dir    string
	url    string
	began  time.Time
	server *process
	nodes  []*process
}

// newGrid starts a server and n nodes with one core each, and logs in.
func newGrid(t *testing.T, n int) *grid {
	t.Helper()
	g := &grid{t: t, dir: t.TempDir(), began: time.Now()}
	g.openTempDirs()
	address := freeAddress(t)
	g.url = "https://" + address
	token := filepath.Join(g.dir, "admin-token")
	g.server = g.start("server", "fallow", "server", "--dir", filepath.Join(g.dir, "server"),
		"--listen", address, "--token-file", token)
	g.waitForFile(token)
	secret, err := os.ReadFile(token)
	if err != nil {
		t.Fatal(err)
	}
	g.run("login", g.url, strings.TrimSpace(string(secret)))
	for i := range n {
		g.addNode(i)
	}
	return g
}

// openTempDirs lets the sandboxes' user reach the folder, as it can on a desktop.
func (g *grid) openTempDirs() {
	for dir := g.dir; dir != os.TempDir() && dir != "/"; dir = filepath.Dir(dir) {
		if err := os.Chmod(dir, 0o755); err != nil {
			g.t.Fatal(err)
		}
	}
}

// freeAddress finds a port on loopback for a server that must come back to it.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// addNode lets a new node join.
func (g *grid) addNode(i int) {
	g.t.Helper()
	var made struct{ Token string }
	g.runJSON(&made, "node", "token")
	dir := filepath.Join(g.dir, fmt.Sprintf("node%d", i))
	g.tool("fallow-agent", "--dir", dir, "join", "--enrol-only", g.url, made.Token)
	g.nodes = append(g.nodes, g.start(fmt.Sprintf("node%d", i), "fallow-agent", "--dir", dir,
		"--cores", "1", "--memory", "1GiB", "--init", filepath.Join(programs, "fallow-init"), "run"))
}

// run runs the CLI, which must succeed, and gives its standard output.
func (g *grid) run(args ...string) string {
	g.t.Helper()
	return g.tool("fallow", args...)
}

// runJSON runs the CLI and reads the object it prints.
func (g *grid) runJSON(object any, args ...string) {
	g.t.Helper()
	out := g.run(append([]string{"--json"}, args...)...)
	if err := json.Unmarshal([]byte(out), object); err != nil {
		g.t.Fatalf("fallow %v printed no JSON object: %v\n%s", args, err, out)
	}
}

func (g *grid) tool(name string, args ...string) string {
	g.t.Helper()
	ctx, cancel := context.WithTimeout(g.t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, filepath.Join(programs, name), args...)
	cmd.Env = g.environment()
	var out, complaint bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaint
	if err := cmd.Run(); err != nil {
		g.t.Fatalf("%s %s: %v\n%s%s", name, strings.Join(args, " "), err, &out, &complaint)
	}
	return out.String()
}

func (g *grid) environment() []string {
	return append(os.Environ(), "FALLOW_CONFIG="+filepath.Join(g.dir, "config"))
}

// client is a connection of the logged-in user.
func (g *grid) client() *client.Client {
	g.t.Helper()
	getenv := func(name string) string {
		if name == "FALLOW_CONFIG" {
			return filepath.Join(g.dir, "config")
		}
		return ""
	}
	folder, err := client.FindFolder(getenv)
	if err != nil {
		g.t.Fatal(err)
	}
	login, err := client.FindLogin(folder, getenv)
	if err != nil {
		g.t.Fatal(err)
	}
	c, err := client.New(g.t.Context(), login, pin.Options{})
	if err != nil {
		g.t.Fatal(err)
	}
	g.t.Cleanup(c.Close)
	return c
}

// write puts a file of a job into the grid's folder.
func (g *grid) write(name, content string) string {
	g.t.Helper()
	path := filepath.Join(g.dir, name)
	if err := os.WriteFile(path, []byte(content), 0o755); err != nil {
		g.t.Fatal(err)
	}
	return path
}

// waitForFile waits until a process has written a file.
func (g *grid) waitForFile(path string) {
	g.t.Helper()
	g.waitUntil("a file "+path, func() bool {
		info, err := os.Stat(path)
		return err == nil && info.Size() > 0
	})
}

// waitUntil looks until a condition holds.
func (g *grid) waitUntil(what string, holds func() bool) {
	g.t.Helper()
	for deadline := time.Now().Add(patience); !holds(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			g.t.Fatalf("waited %s for %s", patience, what)
		}
	}
}

// process is a program of the grid that can be killed and started again.
type process struct {
	grid *grid
	name string
	args []string
	cmd  *exec.Cmd
	done chan struct{}
}

func (g *grid) start(name string, program string, args ...string) *process {
	g.t.Helper()
	p := &process{grid: g, name: name, args: append([]string{filepath.Join(programs, program)}, args...)}
	p.begin()
	g.t.Cleanup(func() { p.stop(syscall.SIGTERM) })
	return p
}

func (p *process) begin() {
	p.grid.t.Helper()
	log, err := os.OpenFile(filepath.Join(p.grid.dir, p.name+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		p.grid.t.Fatal(err)
	}
	defer log.Close()
	p.cmd = exec.Command(p.args[0], p.args[1:]...)
	p.cmd.Env = p.grid.environment()
	p.cmd.Stdout, p.cmd.Stderr = log, log
	if err := p.cmd.Start(); err != nil {
		p.grid.t.Fatal(err)
	}
	cmd, done := p.cmd, make(chan struct{})
	p.done = done
	go func() {
		defer close(done)
		_ = cmd.Wait() // how it ended is not the question
	}()
}

// stop ends the process and waits for its end; the log is shown if the test failed.
func (p *process) stop(signal os.Signal) {
	_ = p.cmd.Process.Signal(signal) // it may have ended by itself
	select {
	case <-p.done:
	case <-time.After(patience):
		p.grid.t.Errorf("%s does not end on %s", p.name, signal)
		_ = p.cmd.Process.Kill()
		<-p.done
	}
	if p.grid.t.Failed() {
		log, _ := os.ReadFile(filepath.Join(p.grid.dir, p.name+".log"))
		p.grid.t.Logf("log of %s:\n%s", p.name, log[max(0, len(log)-4000):])
	}
}
