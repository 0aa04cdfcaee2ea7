package server

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"fallow"
	"fallow/internal/folderlock"
	"fallow/internal/jobs/life"
	"fallow/internal/nodes/pki"
	"fallow/internal/server/bundles"
	"fallow/internal/server/dispatch"
	"fallow/internal/server/order"
	"fallow/internal/staging/local"
	"fallow/internal/store"
	"fallow/internal/store/sqlite"
)

// Server is the grid's server.
type Server struct {
	config     Config
	store      store.Store
	files      *local.Store
	authority  *pki.Authority
	bundles    *bundles.Register
	dispatcher *dispatch.Dispatcher
	submitter  *life.Submitter
	collector  *life.Collector
	orders     *order.Maker
	streams    *streams
	listener   net.Listener
	lock       *os.File
}

// Open opens the server's state, creating it at the first start, and its port.
func Open(ctx context.Context, c Config) (*Server, error) {
	if c.Now == nil {
		c.Now = time.Now
	}
	lock, err := takeFolder(c.Dir)
	if err != nil {
		return nil, err
	}
	s, err := openState(ctx, c)
	if err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	s.lock = lock
	return s, nil
}

// takeFolder makes the state folder the server's own: no other user may look in, and
// no other server may use it.
func takeFolder(dir string) (*os.File, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make state folder: %w", err)
	}
	if err := os.Chmod(dir, 0o700); err != nil {
		return nil, fmt.Errorf("close the state folder to others: %w", err)
	}
	return folderlock.Take(dir, "server")
}

// openState opens what lies in the state folder, and the port.
func openState(ctx context.Context, c Config) (*Server, error) {
	listener, err := listen(c.Listen)
	if err != nil {
		return nil, err
	}
	if err := emptyFolder(c.temp()); err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	authority, err := pki.OpenAuthority(c.authority(), c.Hosts, c.Now)
	if err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	files, err := local.Open(c.files(), minFree(c))
	if err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	db, err := sqlite.Open(ctx, c.database())
	if err != nil {
		return nil, errors.Join(err, files.Close(), listener.Close())
	}
	return assemble(c, db, files, authority, listener), nil
}

func listen(address string) (net.Listener, error) {
	listener, err := net.Listen("tcp", address)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fallow.Errorf(fallow.CodeConflict, "another program listens on %s: %w", address, err).
			WithHint("is a server running here already? If not, choose another port with --listen")
	}
	if err != nil {
		return nil, fallow.Errorf(fallow.CodeInvalid, "cannot listen on %q: %w", address, err).
			WithHint("--listen takes an address of this machine and a port, such as :7443")
	}
	return listener, nil
}

func assemble(c Config, db store.Store, files *local.Store, authority *pki.Authority, listener net.Listener) *Server {
	register := bundles.New(db, files, authority.BundleKey(), c.Now)
	streams := newStreams()
	return &Server{
		config:     c,
		store:      db,
		files:      files,
		authority:  authority,
		bundles:    register,
		dispatcher: dispatch.New(dispatch.Parts{Store: db, Bundles: register, Stopper: streams, Now: c.Now, Log: c.Log}),
		submitter:  &life.Submitter{Store: db, Files: files, Bundles: register, Now: c.Now},
		collector:  &life.Collector{Store: db, Files: files, Temp: c.temp(), Now: c.Now, Log: c.Log},
		orders:     &order.Maker{Bundles: register, Indexes: indexes{files}},
		streams:    streams,
		listener:   listener,
	}
}

func minFree(c Config) fallow.Size {
	if c.MinFree == 0 {
		return local.DefaultMinFree
	}
	return c.MinFree
}

// emptyFolder makes a folder and removes what an earlier process left in it.
func emptyFolder(dir string) error {
	if err := os.RemoveAll(dir); err != nil {
		return fmt.Errorf("empty folder for temporary files: %w", err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make folder for temporary files: %w", err)
	}
	return nil
}

// Addr is the address the server listens on.
func (s *Server) Addr() net.Addr { return s.listener.Addr() }

// AuthorityPEM is the certificate by which clients know the server.
func (s *Server) AuthorityPEM() []byte { return s.authority.CertificatePEM() }

// stopGrace is how long requests under way may take when the server stops.
const stopGrace = 5 * time.Second

// The limits of a connection.
const (
	headerTime = 30 * time.Second // that a client may take over a request's header
	idleTime   = 3 * time.Minute  // without a request
	maxHeader  = 64 * fallow.KiB
)

// Run serves until ctx ends or something breaks, and closes everything.
func (s *Server) Run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	web := s.web(ctx)
	group.Go(func() error {
		if err := web.ServeTLS(s.listener, "", ""); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	})
	group.Go(func() error {
		<-ctx.Done()
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopGrace)
		defer cancel()
		return errors.Join(ignoreDeadline(web.Shutdown(grace)), web.Close())
	})
	group.Go(func() error { return s.persist(ctx, "watch over leases", s.dispatcher.Watch) })
	group.Go(func() error {
		return s.persist(ctx, "collect results", func(ctx context.Context) error {
			return s.collector.Run(ctx, s.dispatcher.Finished())
		})
	})
	return errors.Join(group.Wait(), s.store.Close(), s.files.Close(), s.lock.Close())
}

// web is the HTTP server, whose requests end with ctx.
func (s *Server) web(ctx context.Context) *http.Server {
	return &http.Server{
		Handler:           s.handler(),
		TLSConfig:         s.authority.TLSConfig(),
		ReadHeaderTimeout: headerTime,
		IdleTimeout:       idleTime,
		MaxHeaderBytes:    int(maxHeader),
		BaseContext:       func(net.Listener) context.Context { return ctx },
		ErrorLog:          errorLog(s.config.Log),
	}
}

func ignoreDeadline(err error) error {
	if errors.Is(err, context.DeadlineExceeded) {
		return nil
	}
	return err
}
