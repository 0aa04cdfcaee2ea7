package e2e

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"fallow"
	"fallow/internal/client"
	"fallow/internal/nodes/pin"
)

// patience bounds every wait of these tests.
const patience = 3 * time.Minute

// loopback is where a grid is unless the test is about the way to it.
const loopback = "127.0.0.1"

// grid is a server and its nodes, each a process with a folder.
type grid struct {
	t       *testing.T
	dir     string
	url     string
	account *syscall.Credential // whom nodes run as; nil: who runs the test
	server  *process
	nodes   []*node
	user    *client.Client // of the user who is logged in; made when it is first needed
}

// node is an agent and what it has on its desktop.
type node struct {
	*process
	id  fallow.NodeID
	dir string
}

// newGrid starts a server and n nodes with one core each, and logs in.
func newGrid(t *testing.T, n int) *grid {
	t.Helper()
	g := noGrid(t)
	g.addServer(loopback)
	g.addNodes(n)
	return g
}

// noGrid has a folder and the CLI only.
func noGrid(t *testing.T) *grid {
	t.Helper()
	g := &grid{t: t, dir: t.TempDir()}
	// The sandboxes' user must reach the folder, as it can on a desktop.
	for dir := g.dir; dir != os.TempDir() && dir != "/"; dir = filepath.Dir(dir) {
		g.must(os.Chmod(dir, 0o755))
	}
	return g
}

// addServer starts the server at a name or address of this machine, and logs in.
func (g *grid) addServer(host string) {
	g.t.Helper()
	port := freePort(g.t)
	g.url = "https://" + net.JoinHostPort(host, port)
	token := filepath.Join(g.dir, "admin-token")
	g.server = g.start("server", nil, tool("fallow"), "server", "--dir", filepath.Join(g.dir, "server"),
		"--listen", net.JoinHostPort(host, port), "--token-file", token)
	g.waitForFile(token)
	g.run("login", g.url, g.read(token))
	g.client()
}

// in is the grid for a subtest.
func (g *grid) in(t *testing.T) *grid {
	sub := *g
	sub.t = t
	return &sub
}

// freePort finds a port for a server that must come back to it.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", loopback+":0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

// addNodes lets n new nodes join and waits until they are ready for work.
func (g *grid) addNodes(n int) {
	g.t.Helper()
	if n == 0 {
		return
	}
	token := g.joinToken(n)
	first := len(g.nodes)
	for range n {
		g.nodes = append(g.nodes, g.addNode(token))
	}
	for _, node := range g.nodes[first:] {
		g.waitUntil(node.name+" is ready", func() bool { return strings.Contains(node.log(), "ready for work") })
	}
}

func (g *grid) joinToken(uses int) string {
	g.t.Helper()
	var made struct{ Token string }
	g.runJSON(&made, "node", "token", "--uses", fmt.Sprint(uses))
	return made.Token
}

// addNode lets a new node join. Each has a fallow-init of its own, so that its
// sandboxes can be told from those of others.
func (g *grid) addNode(token string) *node {
	g.t.Helper()
	name := fmt.Sprintf("node%d", len(g.nodes))
	n := &node{dir: filepath.Join(g.dir, name)}
	g.must(os.Mkdir(n.dir, 0o711))
	program, err := os.ReadFile(filepath.Join(programs, "fallow-init"))
	g.must(err)
	g.must(os.WriteFile(n.init(), program, 0o755))
	if g.account != nil {
		g.must(os.Chown(n.dir, int(g.account.Uid), int(g.account.Gid)))
	}
	g.must(g.command(g.account, "fallow-agent", "--dir", n.dir, "join", "--enrol-only", g.url, token).succeed())
	n.process = g.start(name, g.account, tool("fallow-agent"), "--dir", n.dir,
		"--cores", "1", "--memory", "1GiB", "--init", n.init(), "run")
	n.id = g.newestNode()
	return n
}

// init is the path of the node's fallow-init.
func (n *node) init() string { return filepath.Join(n.dir, "fallow-init") }

// newestNode is the node of the grid that none of ours is.
func (g *grid) newestNode() fallow.NodeID {
	g.t.Helper()
	known := map[fallow.NodeID]bool{}
	for _, n := range g.nodes {
		known[n.id] = true
	}
	for _, n := range g.listNodes() {
		if !known[n.ID] {
			return n.ID
		}
	}
	g.t.Fatal("the new node is not among the grid's")
	return ""
}

// listNodes gives the nodes as the server knows them.
func (g *grid) listNodes() []fallow.Node {
	g.t.Helper()
	var nodes []fallow.Node
	for n, err := range g.client().Nodes(g.t.Context()) {
		g.must(err)
		nodes = append(nodes, n)
	}
	return nodes
}

// known gives a node as the server knows it.
func (g *grid) known(n *node) fallow.Node {
	g.t.Helper()
	for _, other := range g.listNodes() {
		if other.ID == n.id {
			return other
		}
	}
	g.t.Fatalf("node %s is not among the grid's", n.id)
	return fallow.Node{}
}

// client is a connection of the user who is logged in.
func (g *grid) client() *client.Client {
	g.t.Helper()
	if g.user != nil {
		return g.user
	}
	getenv := func(name string) string {
		return map[string]string{"FALLOW_CONFIG": g.config()}[name]
	}
	folder, err := client.FindFolder(getenv)
	g.must(err)
	login, err := client.FindLogin(folder, getenv)
	g.must(err)
	g.user, err = client.New(g.t.Context(), login, pin.Options{Proxy: pin.Direct})
	g.must(err)
	g.t.Cleanup(g.user.Close)
	return g.user
}

func (g *grid) config() string { return filepath.Join(g.dir, "config") }

func (g *grid) must(err error) {
	g.t.Helper()
	if err != nil {
		g.t.Fatal(err)
	}
}
