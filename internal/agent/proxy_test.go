package agent_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"fallow"
	"fallow/internal/agent"
)

// connectProxy is an HTTP proxy that knows one host, by a name that nobody else can
// resolve.
type connectProxy struct {
	ctx     context.Context // ends all tunnels
	target  string
	tunnels atomic.Int64
	wg      sync.WaitGroup
}

const hidden = "grid.invalid:443" // RFC 2606, 2: never a real host

func newProxy(t *testing.T, target string) (*connectProxy, string) {
	t.Helper()
	p := &connectProxy{ctx: t.Context(), target: target}
	server := httptest.NewServer(p)
	t.Cleanup(p.wg.Wait)
	t.Cleanup(server.Close)
	return p, server.URL
}

func (p *connectProxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodConnect || r.Host != hidden {
		http.Error(w, "no way", http.StatusForbidden)
		return
	}
	up, err := net.Dial("tcp", p.target)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	down, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		up.Close()
		return
	}
	p.tunnels.Add(1)
	io.WriteString(down, "HTTP/1.1 200 OK\r\n\r\n") // a broken tunnel is its user's to notice
	pump := func(to, from net.Conn) {
		io.Copy(to, from)
		to.Close()
		from.Close()
	}
	p.wg.Go(func() { pump(up, down) })
	p.wg.Go(func() { pump(down, up) })
	context.AfterFunc(p.ctx, func() { up.Close(); down.Close() })
}

// A node that reaches nothing but a proxy joins, fetches, runs, brings back results
// and hears what to stop.
func TestNodeBehindAProxy(t *testing.T) {
	g := newGrid(t)
	proxy, url := newProxy(t, g.listen)
	n := g.join("https://"+strings.TrimSuffix(hidden, ":443"), func(c *agent.Config) { c.Proxy = url })
	job := g.ended(g.submit(func(s *fallow.JobSpec) { s.Collect = stdout }, "echo", "hello"))
	if got := g.result(job); got != "hello\n" {
		t.Errorf("result %q", got)
	}
	id := g.submit(nil, long...)
	g.runs(n)
	must(t, g.Cancel(t.Context(), id))
	g.waitUntil("the attempt's end", func() bool { return n.idle(t) })
	must(t, n.stop())
	if proxy.tunnels.Load() == 0 {
		t.Error("nothing went through the proxy")
	}
}
