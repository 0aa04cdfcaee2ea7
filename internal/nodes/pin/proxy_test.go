package pin

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"fallow/internal/nodes/pki"
)

// proxy is an HTTP proxy that knows CONNECT only. Whatever name it is asked for, it
// goes to loopback, so that tests can use names.
type proxy struct {
	url      string
	login    string // "name:password" it demands; "" for none
	connects atomic.Int32
	asked    atomic.Value // the host:port last asked for
	inspect  func(net.Conn, string)
}

func newProxy(t *testing.T, p *proxy) *proxy {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: p}
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := server.Serve(listener); err != http.ErrServerClosed {
			t.Error(err)
		}
	})
	t.Cleanup(func() { server.Close(); wg.Wait() })
	p.url = "http://" + listener.Addr().String()
	return p
}

func (p *proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodConnect {
		http.Error(w, "CONNECT only", http.StatusMethodNotAllowed)
		return
	}
	want := "Basic " + base64.StdEncoding.EncodeToString([]byte(p.login))
	if p.login != "" && r.Header.Get("Proxy-Authorization") != want {
		http.Error(w, "who are you?", http.StatusProxyAuthRequired)
		return
	}
	p.connects.Add(1)
	p.asked.Store(r.Host)
	_, port, _ := net.SplitHostPort(r.Host)
	target := net.JoinHostPort("127.0.0.1", port)
	client, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		return
	}
	defer client.Close()
	fmt.Fprint(client, "HTTP/1.1 200 OK\r\n\r\n")
	if p.inspect != nil {
		p.inspect(client, target)
	} else {
		tunnel(client, target)
	}
}

// tunnel carries bytes both ways until both ends are done.
func tunnel(client net.Conn, target string) {
	server, err := net.Dial("tcp", target)
	if err != nil {
		return
	}
	defer server.Close()
	var wg sync.WaitGroup
	pump := func(to, from net.Conn) {
		io.Copy(to, from)
		to.(*net.TCPConn).CloseWrite()
	}
	wg.Go(func() { pump(server, client) })
	wg.Go(func() { pump(client, server) })
	wg.Wait()
}

// inspecting is a TLS-inspecting proxy: it decrypts with certificates of its own
// authority, lets change do what it wants, and sends on over TLS.
func inspecting(t *testing.T, a *pki.Authority, change func(*http.Request)) *proxy {
	onward := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, ForceAttemptHTTP2: true}
	t.Cleanup(onward.CloseIdleConnections)
	return newProxy(t, &proxy{inspect: func(client net.Conn, target string) {
		forward := &httputil.ReverseProxy{
			Transport:     onward,
			FlushInterval: -1,
			Rewrite: func(r *httputil.ProxyRequest) {
				r.SetURL(&url.URL{Scheme: "https", Host: target})
				change(r.Out)
			},
		}
		one := &oneConn{conn: client, done: make(chan struct{})}
		server := &http.Server{Handler: forward, TLSConfig: a.TLSConfig(), ConnState: one.state, ErrorLog: silent}
		server.ServeTLS(one, "", "") // ends with the connection
	}})
}

// oneConn is a listener for one connection, and ends with it.
type oneConn struct {
	conn net.Conn
	once sync.Once
	end  sync.Once
	done chan struct{}
}

func (l *oneConn) Accept() (net.Conn, error) {
	var c net.Conn
	l.once.Do(func() { c = l.conn })
	if c != nil {
		return c, nil
	}
	<-l.done
	return nil, net.ErrClosed
}

func (l *oneConn) state(_ net.Conn, s http.ConnState) {
	if s == http.StateClosed || s == http.StateHijacked {
		l.Close()
	}
}

func (l *oneConn) Close() error   { l.end.Do(func() { close(l.done) }); return nil }
func (l *oneConn) Addr() net.Addr { return l.conn.LocalAddr() }

// tinyproxy runs Debian's tinyproxy, a proxy that this project did not write.
func tinyproxy(t *testing.T) string {
	t.Helper()
	program, err := exec.LookPath("tinyproxy")
	if err != nil {
		t.Skip("SKIPPED: tinyproxy is not installed (Debian: apt-get install tinyproxy)")
	}
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := free.Addr().String()
	_, port, _ := net.SplitHostPort(address)
	free.Close()
	config := filepath.Join(t.TempDir(), "tinyproxy.conf")
	text := "Port " + port + "\nListen 127.0.0.1\nAllow 127.0.0.1\nTimeout 600\nLogLevel Info\n"
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, program, "-d", "-c", config)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ready := make(chan bool, 1)
	var wg sync.WaitGroup
	wg.Go(func() { awaitLine(out, "Accepting connections", ready) })
	t.Cleanup(func() { stop(); wg.Wait(); cmd.Wait() })
	if !<-ready {
		t.Fatal("tinyproxy did not start")
	}
	return "http://" + address
}

// awaitLine tells ready whether a line with the words came, and reads on to the end,
// so that the writer never waits.
func awaitLine(r io.Reader, words string, ready chan<- bool) {
	found := false
	for lines := bufio.NewScanner(r); lines.Scan(); {
		if !found && strings.Contains(lines.Text(), words) {
			found = true
			ready <- true
		}
	}
	if !found {
		ready <- false
	}
}
