package e2e

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"

	"fallow"
)

// CLI and agents reach the server through an HTTP proxy that knows CONNECT, and
// come back to it after it was away.
func TestProxy(t *testing.T) {
	need(t, "tinyproxy")
	host := ownName(t)
	g := noGrid(t)
	proxy := g.addProxy()
	g.addServer(host)
	before := strings.Count(proxy.log(), "CONNECT "+host)
	if before == 0 {
		t.Fatalf("the login did not go through the proxy:\n%s", proxy.log())
	}
	g.addNodes(2)
	g.write("data.txt", lines(1000))
	const job = "run: cat {in}/data.txt\ninputs: [data.txt]\ncollect: {concat: stdout, into: all}\n"
	if got := g.result(job, "all"); got != lines(1000) {
		t.Errorf("what came through the proxy differs: %d bytes", len(got))
	}
	if n := strings.Count(proxy.log(), "CONNECT "+host) - before; n < 3 {
		t.Errorf("%d connections went through the proxy, want one for each node and command", n)
	}

	proxy.stop(stopped)
	g.refused(6, "jobs") // there is no way around the proxy
	proxy.begin()
	proxy.awaitPort()
	g.becomes(g.submit(job), fallow.JobSucceeded)
}

// ownName is a name of this machine that is not plainly loopback: Go's programs go
// to "localhost" and 127.0.0.1 directly, whatever proxy the environment names.
func ownName(t *testing.T) string {
	t.Helper()
	name, err := os.Hostname()
	if err == nil {
		_, err = net.LookupHost(name)
	}
	skipOn(t, err)
	return name
}

// proxy is a tinyproxy that the environment of all further programs names.
type proxy struct {
	*process
	port string
}

func (g *grid) addProxy() *proxy {
	g.t.Helper()
	port := freePort(g.t)
	config := g.write("tinyproxy.conf", fmt.Sprintf("Port %s\nListen %s\nAllow %[2]s\nTimeout 600\nMaxClients 100\nLogLevel Connect\n", port, loopback))
	program, err := exec.LookPath("tinyproxy")
	g.must(err)
	p := &proxy{g.start("proxy", nil, program, "-d", "-c", config), port}
	p.awaitPort()
	g.t.Setenv("HTTPS_PROXY", "http://"+net.JoinHostPort(loopback, port))
	g.t.Setenv("NO_PROXY", "")
	return p
}

func (p *proxy) awaitPort() {
	p.grid.t.Helper()
	p.grid.waitUntil("the proxy listens", func() bool {
		conn, err := net.Dial("tcp", net.JoinHostPort(loopback, p.port))
		return err == nil && conn.Close() == nil
	})
}
