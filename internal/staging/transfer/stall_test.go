package transfer_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"fallow"
	"fallow/internal/staging/transfer"
)

// pipeListener gives a server one connection in memory, so that time can be faked.
type pipeListener struct {
	conns chan net.Conn
}

func (l pipeListener) Accept() (net.Conn, error) {
	if conn, ok := <-l.conns; ok {
		return conn, nil
	}
	return nil, net.ErrClosed
}

func (l pipeListener) Close() error {
	close(l.conns)
	return nil
}

func (l pipeListener) Addr() net.Addr { return &net.TCPAddr{} }

// A client that goes silent loses its turn, and what it sent stays.
func TestServerGivesUpOnSilence(t *testing.T) {
	s := newStore(t)
	b := noise(1000)
	synctest.Test(t, func(t *testing.T) {
		near, far := net.Pipe()
		l := pipeListener{make(chan net.Conn, 1)}
		l.conns <- far
		server := &http.Server{Handler: transfer.Handler(s)}
		done := make(chan error)
		go func() { done <- server.Serve(l) }()
		fmt.Fprintf(near, "PUT /v1/files/%s HTTP/1.1\r\nHost: grid\r\nUpload-Offset: 0\r\nUpload-Length: 1000\r\nContent-Length: 1000\r\n\r\n%s",
			fallow.DigestOf(b), b[:400])
		begin := time.Now()
		resp, err := http.ReadResponse(bufio.NewReader(near), nil)
		if err != nil {
			t.Fatal(err)
		}
		if resp.StatusCode != http.StatusServiceUnavailable || time.Since(begin) != transfer.StallTime {
			t.Errorf("status %d after %s", resp.StatusCode, time.Since(begin))
		}
		near.Close()
		server.Close()
		<-done
	})
	if offset, err := s.Offset(t.Context(), fallow.DigestOf(b)); err != nil || offset != 400 {
		t.Errorf("offset %d, %v, want 400", offset, err)
	}
}

// A server that goes silent is given up, time after time, but not for ever.
func TestClientGivesUpOnSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) {
			near, far := net.Pipe()
			go func() { io.Copy(io.Discard, far) }()
			return near, nil
		}}
		client := &transfer.Client{HTTP: &http.Client{Transport: tr}, Base: "http://grid", FirstDelay: 1}
		begin := time.Now()
		err := client.Fetch(t.Context(), fallow.Piece{Length: 1}, io.Discard)
		wantCode(t, err, fallow.CodeUnavailable)
		if took := time.Since(begin).Round(time.Second); took != transfer.MaxTries*transfer.StallTime {
			t.Errorf("gave up after %s", took)
		}
		tr.CloseIdleConnections()
	})
}
