package transfer_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
)

// proxy stands between client and server, counts what goes through, and breaks each
// connection when it has carried so many bytes.
type proxy struct {
	upstream, downstream atomic.Int64 // bytes passed on

	target   string
	listener net.Listener
	cutUp    int64        // bytes to the server after which a connection breaks; 0 never
	cutDown  int64        // the same for bytes to the client
	flipUp   int64        // this byte of the first connection to the server is damaged; 0 none
	flipDown int64        // the same for bytes to the client
	conns    atomic.Int64 // connections so far
	wg       sync.WaitGroup
}

// newProxy starts a proxy for a server's listener.
func newProxy(t testing.TB, target net.Addr, set func(*proxy)) *proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{target: target.String(), listener: l}
	set(p)
	p.wg.Go(p.serve)
	t.Cleanup(func() {
		l.Close()
		p.wg.Wait()
	})
	return p
}

func (p *proxy) serve() {
	for {
		conn, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.wg.Go(func() { p.carry(conn.(*net.TCPConn), p.conns.Add(1) == 1) })
	}
}

// carry passes bytes both ways. A cut ends both directions, after what was counted
// has gone out.
func (p *proxy) carry(client *net.TCPConn, first bool) {
	conn, err := net.Dial("tcp", p.target)
	if err != nil {
		client.Close()
		return
	}
	server := conn.(*net.TCPConn)
	up, down := p.flipUp, p.flipDown
	if !first {
		up, down = 0, 0
	}
	var both sync.WaitGroup
	both.Go(func() {
		pass(server, client, &p.upstream, p.cutUp, up)
		server.CloseWrite()
		client.CloseRead()
	})
	both.Go(func() {
		pass(client, server, &p.downstream, p.cutDown, down)
		client.CloseWrite()
		server.CloseRead()
		client.CloseRead()
	})
	both.Wait()
	client.Close()
	server.Close()
}

// pass copies until an error, or until cut bytes have passed.
func pass(dst io.Writer, src io.Reader, count *atomic.Int64, cut, flip int64) {
	buf := make([]byte, 32<<10)
	for passed := int64(0); cut == 0 || passed < cut; {
		limit := int64(len(buf))
		if cut > 0 {
			limit = min(limit, cut-passed)
		}
		n, err := src.Read(buf[:limit])
		if flip > passed && flip <= passed+int64(n) {
			buf[flip-passed-1] ^= 1
		}
		wrote, werr := dst.Write(buf[:n])
		passed += int64(n)
		count.Add(int64(wrote))
		if err != nil || werr != nil {
			return
		}
	}
}

// transport connects to the proxy whatever the address.
func (p *proxy) transport(t testing.TB) *http.Transport {
	tr := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "tcp", p.listener.Addr().String())
	}}
	t.Cleanup(tr.CloseIdleConnections)
	return tr
}
